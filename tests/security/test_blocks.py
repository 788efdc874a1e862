"""Whom the relay does not answer for a while, and how often others may come."""

import contextlib

import aiohttp
import pytest
from helpers.hand_clock import HandClock
from helpers.raw_line import raw_line
from helpers.relay_running import new_id, running_relay

from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.settings import Settings
from relay.web.turnstile import Turnstile

BEHIND = {"trusted_proxies": ("127.0.0.1/32",)}


def from_(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def test_a_blocked_network_gets_no_answer_until_it_ends_and_after_a_restart(tmp_path):
    clock = HandClock()
    wish = {"kind": "address", "value": "192.0.2.7/24", "minutes": 10, "reason": "guesses"}
    async with running_relay(tmp_path / "data", clock=clock, **BEHIND) as office:
        made = await office.call("POST", "/api/blocks", json=wish)
        assert (made.status, made.body["value"]) == (201, "192.0.2.0/24")
    async with running_relay(tmp_path / "data", clock=clock, **BEHIND) as office:
        for path in (
            "/health",
            "/api/screens",
            "/socket.io/?EIO=4&transport=websocket",
            "/api/events/subscribe",
        ):
            answer = await office.call("GET", path, headers=from_("192.0.2.200"))
            assert (answer.status, answer.body["code"]) == (429, "RATE_LIMITED"), path
            assert answer.body["retryAfterMs"] == 600_000
        assert (await office.call("GET", "/health", headers=from_("192.0.3.1"))).status == 200
        assert (await office.call("GET", "/health", headers=from_("::ffff:192.0.2.9"))).status == 429
        clock.turn(601)
        office.token = None
        assert (await office.call("GET", "/health", headers=from_("192.0.2.200"))).status == 200


async def test_a_blocked_person_is_cut_and_refused_everywhere_until_unblocked(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        anna = await office.add_user("Anna", "operator")
        assert (await anna.call("GET", "/api/screens")).status == 200
        wish = {"kind": "user", "value": "ANNA", "minutes": 10}
        block = (await office.call("POST", "/api/blocks", json=wish)).body
        answer = await anna.call("GET", "/api/screens")
        assert (answer.status, answer.body["code"]) == (429, "RATE_LIMITED")
        assert 590_000 < answer.body["retryAfterMs"] <= 600_000
        listed = (await office.call("GET", "/api/blocks")).body["blocks"]
        assert [each["id"] for each in listed] == [block["id"]]
        assert (await office.call("DELETE", f"/api/blocks/{block['id']}")).status == 204
        assert (await office.call("DELETE", f"/api/blocks/{block['id']}")).status == 404
        assert (await anna.call("GET", "/api/screens")).status == 200
        deeds = [each["action"] for each in (await office.call("GET", "/api/audit")).body["entries"]]
        assert {"block.add", "block.remove"} <= set(deeds)


@pytest.mark.parametrize(
    "value", ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "::1", "::/0", "relay.plant", "1.2.3"]
)
async def test_no_admin_can_lock_themselves_or_this_machine_out(tmp_path, value):
    async with running_relay(tmp_path / "data") as office:
        wish = {"kind": "address", "value": value, "minutes": 10}
        assert (await office.call("POST", "/api/blocks", json=wish)).status == 400
        boss = await office.add_user("boss", "admin")
        wish = {"kind": "user", "value": "BOSS", "minutes": 10}
        assert (await boss.call("POST", "/api/blocks", json=wish)).status == 400
        assert (await office.call("GET", "/api/blocks")).body == {}


async def test_only_an_admin_blocks(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        lead = await office.add_user("lead", "lead")
        wish = {"kind": "user", "value": "x", "minutes": 1}
        assert (await lead.call("POST", "/api/blocks", json=wish)).status == 403
        assert (await lead.call("GET", "/api/blocks")).status == 403


async def test_who_triggers_too_often_waits_and_the_others_at_the_same_address_do_not(tmp_path):
    async with running_relay(tmp_path / "data", triggers_per_minute=5) as office:
        await office.add_screen()
        fast, calm = await office.add_user("fast", "operator"), await office.add_user("calm", "operator")
        answers = [await fast.trigger(command="blank") for _ in range(6)]
        assert [each.status for each in answers[:5]] == [202] * 5, answers[0].body
        assert (answers[5].status, answers[5].body["code"]) == (429, "RATE_LIMITED")
        assert 0 < answers[5].body["retryAfterMs"] <= 12_000
        assert (await calm.trigger(command="blank")).status == 202


async def test_uploads_have_a_limit_of_their_own(tmp_path):
    async with running_relay(tmp_path / "data", uploads_per_minute=1) as office:
        lead = await office.add_user("lead", "lead")
        await lead.add_order("WO-1")
        form = aiohttp.FormData()
        form.add_field("file", b"%PDF-", filename="a.pdf")
        answer = await lead.call("POST", "/api/orders/WO-1/documents", data=form)
        assert (answer.status, answer.body["code"]) == (429, "RATE_LIMITED")


def test_who_is_too_fast_uses_up_nothing_of_the_neighbours_share():
    clock = HandClock()
    turnstile = Turnstile(Settings(triggers_per_minute=10, triggers_per_minute_of_address=15), clock)
    fast, calm = Caller("user", "fast", "operator"), Caller("screen", "SCREEN-001")

    def passes(caller: Caller) -> int:
        count = 0
        for _ in range(100):
            with contextlib.suppress(Refusal):
                turnstile.count("trigger", caller, "192.0.2.1")
                count += 1
        return count

    assert passes(fast) == 10
    assert passes(calm) == 5, "the address has a ceiling"
    clock.turn(60)
    assert passes(calm) == 10


def test_the_command_line_of_the_relays_own_machine_is_not_counted():
    turnstile = Turnstile(Settings(triggers_per_minute=1), HandClock())
    for _ in range(10):
        turnstile.count("trigger", Caller("api", "command-line", "admin"), "127.0.0.1")


async def test_a_trigger_on_a_live_line_is_counted_like_one_over_http(tmp_path):
    async with running_relay(tmp_path / "data", triggers_per_minute=1) as office:
        await office.add_screen()
        calm = await office.add_user("calm", "operator")
        assert (await calm.trigger(command="blank")).status == 202
        body = {
            "id": new_id(),
            "screenId": "SCREEN-001",
            "command": "blank",
            "timestamp": office.clock.now_ms(),
        }
        async with raw_line(office.url) as line:
            await line.connect(calm.token)
            line.emit("trigger", body, 7)
            answer = await line.hear_answer(7)
            assert answer["code"] == "RATE_LIMITED"
            assert answer["retryAfterMs"] > 0
