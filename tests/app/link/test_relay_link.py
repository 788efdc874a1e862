"""The line: comes back by itself, takes every command once, and tells every outcome until the relay has it."""

import asyncio
import uuid

import pytest
from aiohttp import web
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import SCREEN, command, now_ms, refuse, relay_double

from app.errors import RelayRefused, RelayUnreachable
from app.stage.status import LinkState
from relay.contract.codec import convert
from relay.contract.commands import Navigate, Trigger
from relay.contract.problems import Code
from relay.contract.reports import Outcome


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


def make_trigger(**fields):
    return Trigger(id=str(uuid.uuid4()), screen_id=SCREEN, timestamp=1, order_id="WO-1", **fields)


# Commands and outcomes.


async def test_a_command_is_acknowledged_performed_and_its_outcome_told(relay, tmp_path):
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        assert await relay.ask("navigate", navigate) == {"received": True, "id": navigate["id"]}
        outcome = await relay.hears("outcome")
        await until(lambda: not bench.link._intake.due)
        assert await bench.inbox.unreported() == ()
    assert (outcome["id"], outcome["state"], outcome["page"]) == (navigate["id"], "shown", 1)
    timings = outcome["timings"]
    assert 0 <= timings["receivedMs"] < timings["loadedMs"] < timings["shownMs"]


async def test_sent_twice_is_performed_once_and_answered_twice(relay, tmp_path):
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", navigate)
        first = await relay.hears("outcome")
        assert await relay.ask("navigate", navigate) == {"received": True, "id": navigate["id"]}
        assert await relay.hears("outcome", 2) == first
    assert len(bench.performed) == 1


async def test_sent_again_while_its_outcome_is_being_written_down_it_is_performed_once(relay, tmp_path):
    navigate = command(seq=1)
    written = asyncio.Event()
    async with link_bench(relay.address, tmp_path) as bench:
        settle = bench.inbox.settle

        async def settle_slowly(outcome: Outcome) -> None:
            await written.wait()
            await settle(outcome)

        bench.inbox.settle = settle_slowly
        await relay.hears("presence")
        await relay.ask("navigate", navigate)
        await until(lambda: len(bench.performed) == 1)
        assert await relay.ask("navigate", navigate) == {"received": True, "id": navigate["id"]}
        assert (await relay.ask("status?", {"id": navigate["id"]}))["state"] == "received"
        assert relay.said("outcome") == []  # what the relay knows as shown must be known here for good
        written.set()
        await relay.hears("outcome")
        assert len(bench.performed) == 1


async def test_a_late_command_is_acknowledged_and_superseded(relay, tmp_path):
    newer, older = command(seq=5), command(seq=4)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", newer)
        assert (await relay.ask("navigate", older))["received"] is True
        await until(lambda: any(each["id"] == older["id"] for each in relay.said("outcome")))
    told = next(each for each in relay.said("outcome") if each["id"] == older["id"])
    assert (told["state"], told["code"]) == ("failed", "SUPERSEDED")
    assert [each.id for each in bench.performed] == [newer["id"]]


async def test_many_commands_are_performed_in_the_order_they_came(relay, tmp_path):
    commands = [command("view", seq, page=seq) for seq in range(1, 41)]
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        for each in commands:
            await relay.tell("view", each)
        await until(lambda: len(bench.performed) == len(commands))
    assert [each.seq for each in bench.performed] == list(range(1, 41))


async def test_a_command_that_loads_does_not_hold_up_the_next_one(relay, tmp_path):
    slow, quick = command(seq=1), command(seq=2)
    async with link_bench(relay.address, tmp_path) as bench:
        bench.hold[slow["id"]] = asyncio.Event()
        await relay.hears("presence")
        await relay.ask("navigate", slow)
        await relay.ask("navigate", quick)
        assert (await relay.hears("outcome"))["id"] == quick["id"]
        bench.hold[slow["id"]].set()
        await relay.hears("outcome", 2)


async def test_a_malformed_command_is_refused_with_the_reason(relay, tmp_path):
    broken = command(seq=1, page="two")
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        answer = await relay.ask("navigate", broken)
        assert (answer["received"], answer["id"], answer["code"]) == (False, broken["id"], "VALIDATION_ERROR")
        assert "page" in answer["error"]
        assert (await relay.ask("navigate", "nonsense"))["received"] is False
        assert (await relay.ask("navigate", None))["received"] is False
    assert bench.performed == []


async def test_a_command_for_another_screen_is_refused(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        answer = await relay.ask("navigate", command(screenId="SCREEN-002"))
    assert (answer["received"], answer["code"]) == (False, "FORBIDDEN")
    assert bench.performed == []


async def test_the_screens_name_counts_in_any_letter_case(relay, tmp_path):
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        assert (await relay.ask("navigate", command(screenId=SCREEN.lower())))["received"] is True


async def test_the_relay_may_ask_how_a_delivery_stands(relay, tmp_path):
    slow = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        gate = bench.hold[slow["id"]] = asyncio.Event()
        await relay.hears("presence")
        await relay.ask("navigate", slow)
        assert await relay.ask("status?", {"id": slow["id"]}) == {"id": slow["id"], "state": "received"}
        gate.set()
        outcome = await relay.hears("outcome")
        assert await relay.ask("status?", {"id": slow["id"]}) == outcome
        unknown = str(uuid.uuid4())
        assert await relay.ask("status?", {"id": unknown}) == {"id": unknown, "state": "unknown"}


async def test_a_command_that_was_written_down_when_the_line_dropped_is_not_forgotten(relay, tmp_path):
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        written = convert(navigate, Navigate)
        await bench.inbox.take(written, late=Outcome(id=written.id, state="failed"))
        # Nobody performs it, so the relay must not be told that it is under way.
        assert (await relay.ask("status?", {"id": navigate["id"]}))["state"] == "unknown"
        assert (await relay.ask("navigate", navigate))["received"] is True
        assert (await relay.hears("outcome"))["state"] == "shown"
    assert len(bench.performed) == 1


async def test_a_command_under_way_is_not_begun_twice(relay, tmp_path):
    slow = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        gate = bench.hold[slow["id"]] = asyncio.Event()
        await relay.hears("presence")
        for _ in range(3):
            assert (await relay.ask("navigate", slow))["received"] is True
        gate.set()
        await relay.hears("outcome")
    assert len(bench.performed) == 1


async def test_an_event_of_a_newer_relay_does_no_harm(relay, tmp_path):
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        await relay.ask("sing", {"song": 1})
        assert (await relay.ask("navigate", command()))["received"] is True


@pytest.mark.parametrize("refusal", [{"success": False, "code": "RELAY_UNAVAILABLE"}, None])
async def test_an_outcome_that_the_relay_could_not_keep_is_told_again(relay, tmp_path, refusal, monkeypatch):
    monkeypatch.setattr("app.link.outcome_teller.ANSWER_SECONDS", 0.1)
    answers = [refusal, {"success": True}]

    def answer(_payload):
        given = answers.pop(0)
        if given is None:
            raise RuntimeError("no acknowledgement")
        return given

    relay.answer_of["outcome"] = answer
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", command())
        await relay.hears("outcome", 2)
        await until(lambda: not bench.link._intake.due)


async def test_an_outcome_of_a_delivery_that_the_relay_forgot_is_put_away(relay, tmp_path):
    relay.answer_of["outcome"] = lambda _payload: {"success": False, "code": "DELIVERY_NOT_FOUND"}
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", command())
        await relay.hears("outcome")
        await until(lambda: not bench.link._intake.due)
        assert await bench.inbox.unreported() == ()


async def test_what_ended_while_the_line_was_down_is_told_when_it_is_back(relay, tmp_path):
    slow = command()
    async with link_bench(relay.address, tmp_path) as bench:
        gate = bench.hold[slow["id"]] = asyncio.Event()
        await relay.hears("presence")
        await relay.ask("navigate", slow)
        relay.says_hello = False
        await relay.cut()
        gate.set()
        await until(lambda: bool(bench.link._intake.due))
        relay.says_hello = True
        await until(lambda: len(relay.sockets) >= 2)
        await relay.cut()
        assert (await relay.hears("outcome"))["id"] == slow["id"]


# Restarts.


async def test_an_outcome_that_was_not_told_is_told_after_a_restart(relay, tmp_path):
    relay.answer_of["outcome"] = lambda _payload: {"success": False, "code": "RELAY_UNAVAILABLE"}
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        await relay.ask("navigate", command())
        await relay.hears("outcome")
    del relay.answer_of["outcome"]
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("outcome", 2)
        await until(lambda: not bench.link._intake.due)
    assert bench.performed == []


async def test_after_a_crash_the_newest_of_each_window_is_shown_again_and_the_others_are_superseded(
    relay, tmp_path
):
    old, new, side = command(seq=1), command(seq=2), command(seq=3, windowId="side")
    turned = command("view", 4, page=2)
    never = asyncio.Event()
    async with link_bench(relay.address, tmp_path) as bench:
        bench.hold = {each["id"]: never for each in (old, new, side, turned)}
        await relay.hears("presence")
        for verb, each in (("navigate", old), ("navigate", new), ("navigate", side), ("view", turned)):
            await relay.ask(verb, each)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("outcome", 4)
    assert [each.id for each in bench.performed] == [new["id"], side["id"], turned["id"]]
    told = {each["id"]: (each["state"], each.get("code")) for each in relay.said("outcome")}
    assert told[old["id"]] == ("failed", "SUPERSEDED")
    assert told[new["id"]] == told[side["id"]] == told[turned["id"]] == ("shown", None)


async def test_after_a_crash_nothing_old_is_put_over_what_was_shown_since(relay, tmp_path):
    """The line drops just when the old one was written down, before anybody begins with it; a newer one is shown."""
    old, new = command(seq=1), command(seq=2)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await bench.inbox.take(convert(old, Navigate), late=Outcome(id=old["id"], state="failed"))
        await relay.ask("navigate", new)
        await relay.hears("outcome")
        await until(lambda: not bench.link._intake.due)
    async with link_bench(relay.address, tmp_path) as bench:
        told = await relay.hears("outcome", 2)
    assert bench.performed == []
    assert (told["id"], told["state"], told["code"]) == (old["id"], "failed", "SUPERSEDED")


async def test_what_was_only_written_down_is_not_begun_when_something_newer_is_shown_by_then(relay, tmp_path):
    old, new = command(seq=1), command(seq=2)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await bench.inbox.take(convert(old, Navigate), late=Outcome(id=old["id"], state="failed"))
        await relay.ask("navigate", new)
        await relay.hears("outcome")
        assert await relay.ask("navigate", old) == {"received": True, "id": old["id"]}
        told = await relay.hears("outcome", 2)
    assert [each.id for each in bench.performed] == [new["id"]]
    assert (told["id"], told["state"], told["code"]) == (old["id"], "failed", "SUPERSEDED")


async def test_after_a_restart_the_bench_says_how_far_it_came(relay, tmp_path):
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        await relay.ask("navigate", command(seq=12))
        await relay.hears("outcome")
    async with link_bench(relay.address, tmp_path):
        presence = await relay.hears("presence", 2)
    assert (presence["appliedSeq"], presence["epoch"]) == (12, "e1")


async def test_a_relay_with_a_new_journal_starts_counting_anew(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", command(seq=12))
        relay.hello["epoch"] = "e2"
        await relay.cut()
        presence = await relay.hears("presence", 2)
        assert (presence.get("appliedSeq", 0), presence["epoch"]) == (0, "e2")
        await relay.ask("navigate", command(seq=1))
        await until(lambda: len(bench.performed) == 2)


# Scanning at the bench.


async def test_a_scan_at_the_bench_is_answered_with_how_it_ended(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        report = await bench.link.trigger(make_trigger(document_number=2), wait_ms=500)
    assert report.state == "shown"
    (path, body) = relay.requests[0]
    assert (path, body["orderId"], body["documentNumber"]) == ("/api/trigger", "WO-1", 2)
    assert abs(body["timestamp"] - now_ms()) < 5000


async def test_a_wrong_clock_is_corrected_by_the_relays(relay, tmp_path):
    def wrong() -> int:
        return now_ms() - 3_600_000

    relay.says_hello = False
    async with link_bench(relay.address, tmp_path, clock=wrong) as bench:
        report = await bench.link.trigger(make_trigger(), wait_ms=500)
        assert report.state == "shown"
        assert abs(bench.link.server_now_ms() - now_ms()) < 5000
        first, second = (body for path, body in relay.requests if path == "/api/trigger")
        assert first["id"] == second["id"]
        await bench.link.trigger(make_trigger(), wait_ms=500)
        assert len([path for path, _ in relay.requests if path == "/api/trigger"]) == 3


async def test_hello_sets_the_clock_before_anybody_scans(relay, tmp_path):
    async with link_bench(relay.address, tmp_path, clock=lambda: now_ms() + 7_200_000) as bench:
        await bench.reaches(LinkState.CONNECTED)
        assert (await bench.link.trigger(make_trigger(), wait_ms=500)).state == "shown"
    assert len(relay.requests) == 1


async def test_a_scan_with_an_old_token_is_sent_again_with_a_fresh_one(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)
        relay.accepted = "access-of-another-time"
        assert (await bench.link.trigger(make_trigger(), wait_ms=500)).state == "shown"


async def test_a_refused_scan_says_what_the_relay_said(relay, tmp_path):
    relay.instead["/api/trigger"] = lambda request, _body: refuse(
        Code.ORDER_NOT_FOUND, request.headers["Accept-Language"], orderId="WO-1"
    )
    async with link_bench(relay.address, tmp_path) as bench:
        with pytest.raises(RelayRefused) as caught:
            await bench.link.trigger(make_trigger(), wait_ms=500)
    assert caught.value.problem.code == "ORDER_NOT_FOUND"
    assert "WO-1" in caught.value.problem.detail


async def test_a_scan_while_the_relay_is_away_says_so(tmp_path):
    async with relay_double() as gone:
        pass
    async with link_bench(gone.address, tmp_path) as bench:
        with pytest.raises(RelayUnreachable) as caught:
            await bench.link.trigger(make_trigger(), wait_ms=500)
    assert caught.value.code is Code.CONNECTION_REFUSED


async def test_an_answer_of_something_else_than_a_relay_is_no_report(relay, tmp_path):
    relay.instead["/api/trigger"] = lambda _request, _body: web.json_response({"hello": "world"})
    async with link_bench(relay.address, tmp_path) as bench:
        with pytest.raises(RelayUnreachable) as caught:
            await bench.link.trigger(make_trigger(), wait_ms=500)
    assert caught.value.step == "answer"
