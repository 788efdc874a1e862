"""What the relay hears from a bench, whatever the clocks say and whatever else is going on there."""

import asyncio
import time
import uuid

import pytest
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import SCREEN, command, now_ms, relay_double

from app.stage.director import Director
from app.stage.status import LinkState
from relay.contract.commands import Trigger

DAY_MS = 24 * 3_600_000


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


class MachineClock:
    """This machine's time of day, as far off as the test sets it."""

    def __init__(self, off_ms: int = 0) -> None:
        self.off_ms = off_ms

    def now_ms(self) -> int:
        return now_ms() + self.off_ms


def make_trigger():
    return Trigger(id=str(uuid.uuid4()), screen_id=SCREEN, timestamp=1, order_id="WO-1")


# Clocks.


@pytest.mark.parametrize("off_ms", [-DAY_MS, DAY_MS])
@pytest.mark.parametrize("step_ms", [-DAY_MS, DAY_MS])
async def test_a_clock_that_is_wrong_and_is_set_while_the_line_is_up_hurts_nobody(
    relay, tmp_path, off_ms, step_ms
):
    machine = MachineClock(off_ms)
    async with link_bench(relay.address, tmp_path, clock=machine.now_ms) as bench:
        await bench.reaches(LinkState.CONNECTED)
        machine.off_ms += step_ms
        assert abs(bench.link.server_now_ms() - now_ms()) < 60_000
        assert (await bench.link.trigger(make_trigger(), wait_ms=500)).state == "shown"
        assert (await relay.ask("navigate", command()))["received"] is True
        await until(lambda: len(bench.performed) == 1)
    assert [path for path, _ in relay.requests] == ["/api/trigger"]  # not refused with CLOCK_SKEW first


class DarkWindows:
    """Windows that nothing may be painted in."""

    def displays(self):
        return ()

    def absent(self):
        return ()

    def seat(self, wished):
        return None

    def surface(self, window_id):
        raise AssertionError(f"{window_id} was to be painted")

    def release(self, window_id):
        pass

    async def identify(self):
        raise AssertionError


@pytest.mark.parametrize("off_ms", [-DAY_MS, 0, DAY_MS])
async def test_what_has_expired_by_the_relays_clock_is_acknowledged_and_never_painted(
    relay, tmp_path, off_ms
):
    expired = command(expiresAt=now_ms() - 1_000)
    machine = MachineClock(off_ms)
    async with link_bench(relay.address, tmp_path, clock=machine.now_ms) as bench:
        director = Director(
            windows=DarkWindows(),
            fetch=lambda _document: pytest.fail("nothing is to be fetched"),
            default_display_index=None,
            presence_changed=lambda: None,
            server_now_ms=bench.link.server_now_ms,
            language="en",
        )
        bench.perform = director.perform
        await bench.reaches(LinkState.CONNECTED)
        assert await relay.ask("navigate", expired) == {"received": True, "id": expired["id"]}
        told = await relay.hears("outcome")
    assert (told["id"], told["state"], told["code"]) == (expired["id"], "failed", "EXPIRED")


# Questions.


async def test_a_question_about_something_unknown_does_not_wait_for_a_slow_navigate(relay, tmp_path):
    slow = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        gate = bench.hold[slow["id"]] = asyncio.Event()
        await relay.hears("presence")
        await relay.ask("navigate", slow)
        await until(lambda: len(bench.performed) == 1)
        began = time.monotonic()
        for _ in range(10):
            unknown = str(uuid.uuid4())
            assert await relay.ask("status?", {"id": unknown}) == {"id": unknown, "state": "unknown"}
        assert time.monotonic() - began < 2.0
        assert relay.said("outcome") == []
        gate.set()
        await relay.hears("outcome")


async def test_a_question_is_answered_although_the_relay_takes_no_outcome(relay, tmp_path):
    """The relay's probe asks for an id that nobody knows, also while an outcome is on its way without an answer."""

    def no_answer(_payload):
        raise RuntimeError("no acknowledgement")

    relay.answer_of["outcome"] = no_answer
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        await relay.ask("navigate", navigate)
        outcome = await relay.hears("outcome")
        unknown = "00000000-0000-4000-8000-000000000000"
        assert await relay.ask("status?", {"id": unknown}, seconds=2) == {"id": unknown, "state": "unknown"}
        assert await relay.ask("status?", {"id": navigate["id"]}, seconds=2) == outcome


# Outcomes that the relay does not take now.


async def test_an_outcome_that_a_replaced_line_could_not_tell_is_told_on_the_next(relay, tmp_path):
    relay.answer_of["outcome"] = lambda _payload: {"success": False, "code": "FORBIDDEN"}
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", navigate)
        await relay.hears("outcome")
        assert [each.id for each in await bench.inbox.unreported()] == [navigate["id"]]
        del relay.answer_of["outcome"]
        await relay.cut()
        assert (await relay.hears("outcome", 2))["id"] == navigate["id"]
        await until(lambda: not bench.link._intake.due)
        assert await bench.inbox.unreported() == ()


@pytest.mark.parametrize(
    "answer", [None, "yes", {}, {"success": False}, {"success": False, "code": "NEWER_CODE"}]
)
async def test_only_a_clear_yes_puts_an_outcome_away(relay, tmp_path, answer):
    relay.answer_of["outcome"] = lambda _payload: answer
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", command())
        await relay.hears("outcome")
        await relay.ask("status?", {"id": str(uuid.uuid4())})  # the answer to the outcome has arrived by then
        assert len(await bench.inbox.unreported()) == 1
        assert len(bench.link._intake.due) == 1


async def test_an_outcome_that_is_refused_does_not_hold_up_the_others(relay, tmp_path):
    stuck, free = command(seq=1), command(seq=2, windowId="side")
    relay.answer_of["outcome"] = lambda outcome: (
        {"success": False, "code": "RELAY_UNAVAILABLE"} if outcome["id"] == stuck["id"] else {"success": True}
    )
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.ask("navigate", stuck)
        await relay.hears("outcome")
        await relay.ask("navigate", free)
        await until(lambda: list(bench.link._intake.due) == [stuck["id"]])


# A disk that is full.


@pytest.mark.parametrize(("language", "word"), [("en", "disk"), ("ko", "디스크")])
async def test_a_full_disk_is_told_and_what_was_refused_may_come_again(relay, tmp_path, language, word):
    async with link_bench(relay.address, tmp_path, language=language) as bench:
        await relay.hears("presence")
        db = bench.inbox._book._db
        db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
        refused = {"received": True}
        seq = 0
        while refused["received"]:
            seq += 1
            last = command(seq=seq)
            refused = await relay.ask("navigate", last)
        assert (refused["id"], refused["code"]) == (last["id"], "SCREEN_UNHEALTHY")
        assert word in refused["error"]
        db.execute("PRAGMA max_page_count=1000000")
        assert (await relay.ask("navigate", last))["received"] is True
        await until(lambda: bench.performed[-1].id == last["id"])


async def test_an_outcome_that_the_disk_did_not_take_is_told_and_not_shown_again(relay, tmp_path):
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        gate = bench.hold[navigate["id"]] = asyncio.Event()
        await relay.hears("presence")
        await relay.ask("navigate", navigate)
        db = bench.inbox._book._db
        db.execute("PRAGMA query_only=ON")
        gate.set()
        assert (await relay.hears("outcome"))["state"] == "shown"
        db.execute("PRAGMA query_only=OFF")
        assert (await relay.ask("navigate", navigate))["received"] is True
        assert (await relay.hears("outcome", 2))["state"] == "shown"
        await until(lambda: not bench.link._intake.due)
        assert (await bench.inbox.look_up(navigate["id"])).outcome is not None
    assert len(bench.performed) == 1
