"""Deliveries when things go wrong: dead letters, cancelling, the breaker, restarts, clocks that are set."""

import asyncio

import pytest
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay
from helpers.running_clock import RunningClock

from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

DAY = 86_400


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture
async def office(tmp_path, clock: RunningClock):
    async with running_relay(tmp_path / "data", clock=clock) as office:
        yield office


@pytest.fixture
async def grant(office: Office) -> dict:
    await office.add_order("WO-1", revision="A")
    return await office.pair()


def silent(_command: dict) -> None:
    return None


async def state_of(office: Office, id_: str) -> str:
    return (await office.delivery(id_))["state"]


async def until_state(office: Office, id_: str, state: str, seconds: float = 8.0) -> dict:
    async with asyncio.timeout(seconds):
        while (report := await office.delivery(id_))["state"] != state:
            await asyncio.sleep(0.05)
    return report


async def expired_delivery(office: Office, clock: RunningClock) -> str:
    id_ = (await office.trigger(orderId="WO-1", expiresInMs=60_000)).body["id"]
    clock.skip(61)
    await until_state(office, id_, "expired")
    return id_


async def fresh_tokens(office: Office, grant: dict) -> None:
    """Sign in anew: tokens are dated, and a clock that jumps a day outdates them."""
    office.token = mint_local_admin(Keys.open(office.relay.settings.data), office.clock)
    answer = await office.call("POST", "/api/auth/refresh", json={"refreshToken": grant["refreshToken"]})
    assert answer.status == 200, answer.body
    grant["refreshToken"] = answer.body["refreshToken"]
    grant["token"] = answer.body["accessToken"]


# Dead letters.


async def test_what_was_too_late_is_a_dead_letter_and_is_sent_again_with_todays_revision(
    office: Office, grant: dict, clock: RunningClock
):
    id_ = await expired_delivery(office, clock)
    letters = (await office.call("GET", "/api/dead-letters")).body["deliveries"]
    assert [(letter["id"], letter["code"]) for letter in letters] == [(id_, "EXPIRED")]
    assert letters[0]["action"], "whoever reads it is told what to do"

    before = letters[0]["revision"]
    await office.call("DELETE", "/api/orders/WO-2")
    await office.add_order("WO-1", revision="B")
    retried = await office.call("POST", f"/api/dead-letters/{id_}/retry")
    assert retried.status == 202
    assert retried.body["retryOf"] == id_
    async with Desk(office.url, grant["token"]) as desk:
        await desk.until(lambda: len(desk.commands) == 1)
        shown = await until_state(office, retried.body["id"], "shown")
    assert (before, shown["revision"]) == ("A", "B")
    assert desk.commands[0][1]["document"]["revision"] == "B"
    assert desk.commands[0][1]["id"] == retried.body["id"]
    assert (await office.delivery(id_))["retriedAs"] == retried.body["id"]
    assert (await office.call("GET", "/api/dead-letters")).body["deliveries"] == []


async def test_a_dead_letter_that_is_retried_twice_is_sent_once(
    office: Office, grant: dict, clock: RunningClock
):
    id_ = await expired_delivery(office, clock)
    first, second, third = await asyncio.gather(
        *(office.call("POST", f"/api/dead-letters/{id_}/retry") for _ in range(3))
    )
    assert first.body["id"] == second.body["id"] == third.body["id"]
    assert len((await office.call("GET", "/api/deliveries")).body["deliveries"]) == 2


async def test_a_dead_letter_that_is_laid_aside_stays_on_record(
    office: Office, grant: dict, clock: RunningClock
):
    id_ = await expired_delivery(office, clock)
    assert (await office.call("DELETE", f"/api/dead-letters/{id_}")).status == 204
    assert (await office.call("GET", "/api/dead-letters")).body["deliveries"] == []
    assert await state_of(office, id_) == "expired"
    again = await office.call("POST", f"/api/dead-letters/{id_}/retry")
    assert (again.status, again.body["code"]) == (404, "DELIVERY_NOT_FOUND")


async def test_what_went_well_is_no_dead_letter(office: Office, grant: dict):
    async with Desk(office.url, grant["token"]):
        id_ = (await office.trigger(orderId="WO-1", wait_ms=5000)).body["id"]
    for method, path in (("POST", f"/api/dead-letters/{id_}/retry"), ("DELETE", f"/api/dead-letters/{id_}")):
        answer = await office.call(method, path)
        assert (answer.status, answer.body["code"]) == (404, "DELIVERY_NOT_FOUND")


async def test_a_dead_letter_of_a_document_that_is_gone_says_so_and_stays(
    office: Office, grant: dict, clock: RunningClock
):
    id_ = await expired_delivery(office, clock)
    await office.call("DELETE", "/api/orders/WO-1")
    answer = await office.call("POST", f"/api/dead-letters/{id_}/retry", language="ko")
    assert (answer.status, answer.body["code"]) == (404, "DOCUMENT_NOT_FOUND")
    assert len((await office.call("GET", "/api/dead-letters")).body["deliveries"]) == 1


async def test_a_viewer_reads_dead_letters_and_may_do_nothing_with_them(
    office: Office, grant: dict, clock: RunningClock
):
    id_ = await expired_delivery(office, clock)
    viewer = await office.add_user("viewer", "viewer")
    assert len((await viewer.call("GET", "/api/dead-letters")).body["deliveries"]) == 1
    for method, path in (("POST", f"/api/dead-letters/{id_}/retry"), ("DELETE", f"/api/dead-letters/{id_}")):
        assert (await viewer.call(method, path)).body["code"] == "FORBIDDEN"
    assert (await viewer.call("DELETE", f"/api/trigger/{id_}")).body["code"] == "FORBIDDEN"


# Cancelling.


async def test_what_waits_can_be_taken_back_and_never_leaves(office: Office, grant: dict):
    id_ = (await office.trigger(orderId="WO-1")).body["id"]
    cancelled = await office.call("DELETE", f"/api/trigger/{id_}")
    assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")
    assert (await office.call("DELETE", f"/api/trigger/{id_}")).status == 200, "twice is once"
    async with Desk(office.url, grant["token"]) as desk:
        later = await office.trigger(command="identify", wait_ms=5000)
    assert later.body["state"] == "shown"
    assert [verb for verb, _ in desk.commands] == ["identify"]
    assert [stage["state"] for stage in (await office.delivery(id_))["history"]] == ["waiting", "cancelled"]
    assert (await office.call("GET", "/api/dead-letters")).body["deliveries"] == []


async def test_what_is_on_the_screen_cannot_be_taken_back(office: Office, grant: dict):
    async with Desk(office.url, grant["token"]):
        id_ = (await office.trigger(orderId="WO-1", wait_ms=5000)).body["id"]
    answer = await office.call("DELETE", f"/api/trigger/{id_}")
    assert (answer.status, answer.body["code"]) == (409, "ALREADY_ENDED")
    assert await state_of(office, id_) == "shown"


# The ladder and the breaker.


async def test_a_screen_that_never_acknowledges_is_tried_found_ill_and_served_when_it_is_well(
    office: Office, grant: dict, clock: RunningClock
):
    desk = Desk(office.url, grant["token"])
    desk.acknowledge = silent
    await desk.connect()
    await desk.until(lambda: any(name == "hello" for name, _ in desk.events))
    waiting = asyncio.ensure_future(office.trigger(orderId="WO-1", wait_ms=50_000))  # noqa: TID251 - the scanner
    for attempt in range(1, 6):
        await desk.until(lambda attempt=attempt: len(desk.commands) == attempt)
        clock.skip(9)
    answer = await waiting
    assert (answer.status, answer.body["code"]) == (202, "SCREEN_UNHEALTHY"), (
        "the scanner hears at once, and does not wait 50 seconds"
    )
    assert answer.body["action"]
    async with asyncio.timeout(5):
        while desk.is_connected:
            await asyncio.sleep(0.05)
    told = await office.trigger(orderId="WO-1", wait_ms=30_000)
    assert told.body["code"] in {"SCREEN_OFFLINE", "SCREEN_UNHEALTHY"}
    await desk.leave()

    async with Desk(office.url, grant["token"]) as well:
        assert (await until_state(office, told.body["id"], "shown"))["state"] == "shown"
        assert (await office.trigger(orderId="WO-1", wait_ms=5000)).body["state"] == "shown"
    assert [command["id"] for _verb, command in well.commands].count(told.body["id"]) == 1


async def test_a_screen_that_cannot_take_it_now_is_asked_again(office: Office, grant: dict):
    def full_at_first(command: dict) -> dict:
        is_full = len(desk.commands) < 3
        answer = {"received": not is_full, "id": command["id"]}
        return answer | {"code": "SCREEN_UNHEALTHY", "error": "The disk is full."} if is_full else answer

    desk = Desk(office.url, grant["token"])
    desk.acknowledge = full_at_first
    async with desk:
        answer = await office.trigger(orderId="WO-1", wait_ms=20_000)
    assert answer.body["state"] == "shown"
    assert len({command["id"] for _verb, command in desk.commands}) == 1
    assert len(desk.commands) == 3


async def test_a_delivery_that_kills_every_line_is_laid_aside_and_the_next_one_is_shown(
    office: Office, grant: dict
):
    poison = (await office.trigger(command="identify")).body["id"]
    healthy = (await office.trigger(orderId="WO-1")).body["id"]
    killed = 0
    while await state_of(office, poison) in {"waiting", "sent"} and killed < 20:
        desk = Desk(office.url, grant["token"])
        desk.acknowledge = silent
        await desk.connect()
        await desk.until(lambda desk=desk: len(desk.commands) >= 1)
        await desk.vanish()
        killed += 1
        await asyncio.sleep(0.05)
    report = await until_state(office, poison, "dead")
    assert report["code"] == "SCREEN_UNHEALTHY"
    async with Desk(office.url, grant["token"]) as desk:
        await until_state(office, healthy, "shown")
    assert [command["id"] for _verb, command in desk.commands] == [healthy]


# Restarts and clocks.


async def test_what_became_overdue_while_the_relay_was_down_happens_once_at_its_start(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        await office.add_order("WO-1")
        await office.pair()
        short = (await office.trigger(orderId="WO-1", windowId="a", expiresInMs=60_000)).body["id"]
        long = (await office.trigger(orderId="WO-1", windowId="b", expiresInMs=900_000)).body["id"]
    clock.skip(300)
    async with running_relay(tmp_path / "data", clock=clock) as office:
        report = await until_state(office, short, "expired")
        assert [stage["state"] for stage in report["history"]].count("expired") == 1
        assert await state_of(office, long) == "waiting"
        clock.skip(601)
        office.token = mint_local_admin(Keys.open(tmp_path / "data"), clock)
        await until_state(office, long, "expired")


async def test_a_breaker_that_was_open_is_open_after_a_restart_until_its_time(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        await office.add_order("WO-1")
        grant = await office.pair()
        desk = Desk(office.url, grant["token"])
        desk.acknowledge = silent
        await desk.connect()
        await office.trigger(orderId="WO-1")
        for attempt in range(1, 6):
            await desk.until(lambda attempt=attempt: len(desk.commands) == attempt)
            clock.skip(9)
        async with asyncio.timeout(5):
            while office.relay.courier.is_healthy("SCREEN-001"):
                await asyncio.sleep(0.05)
        await desk.leave()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        assert not office.relay.courier.is_healthy("SCREEN-001")
        clock.skip(31)
        assert office.relay.courier.is_healthy("SCREEN-001")


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_is_set_neither_expires_what_waits_nor_keeps_it_for_ever(
    office: Office, grant: dict, clock: RunningClock, days: int
):
    id_ = (await office.trigger(orderId="WO-1", expiresInMs=60_000)).body["id"]
    clock.set_by(days * DAY)
    await fresh_tokens(office, grant)
    async with Desk(office.url, grant["token"]) as desk:
        await until_state(office, id_, "shown")
        _verb, command = desk.commands[0]
        rest_ms = command["expiresAt"] - clock.now_ms()
        assert 30_000 < rest_ms <= 60_000, "what travels is told in the time that the relay now tells"
        hellos = [payload for name, payload in desk.events if name == "hello"]
        assert abs(hellos[-1]["serverTime"] - clock.now_ms()) < 20_000
        # A screen that is connected while the clock is set hears the new time before the next command.
        clock.set_by(-days * DAY)
        await fresh_tokens(office, grant)
        await office.trigger(orderId="WO-1", wait_ms=5000)
        hellos = [payload for name, payload in desk.events if name == "hello"]
        assert abs(hellos[-1]["serverTime"] - clock.now_ms()) < 20_000
    late = (await office.trigger(orderId="WO-1", expiresInMs=60_000)).body["id"]
    clock.set_by(days * DAY)
    await fresh_tokens(office, grant)
    clock.skip(61)
    await until_state(office, late, "expired")


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_was_set_while_the_relay_was_down_changes_no_life(tmp_path, days: int):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        await office.add_order("WO-1")
        await office.pair()
        id_ = (await office.trigger(orderId="WO-1", expiresInMs=120_000)).body["id"]
    clock.set_by(days * DAY)
    clock.skip(60)
    async with running_relay(tmp_path / "data", clock=clock) as office:
        report = await office.delivery(id_)
        assert report["state"] == "waiting"
        assert 30_000 < report["expiresAt"] - clock.now_ms() <= 60_000
        clock.skip(61)
        await until_state(office, id_, "expired")


async def test_a_trigger_whose_sender_hung_up_is_delivered_all_the_same(office: Office, grant: dict):
    async with Desk(office.url, grant["token"]) as desk:
        body = office.body(orderId="WO-1")
        asking = asyncio.ensure_future(office.trigger(body))  # noqa: TID251 - a scanner that hangs up
        await asyncio.sleep(0.002)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        known = await office.call("GET", f"/api/trigger/{body['id']}")
        if known.status == 200:
            await desk.until(lambda: len(desk.commands) == 1)
            await until_state(office, body["id"], "shown")


async def test_an_idle_screen_is_asked_whether_it_lives_and_a_dead_one_loses_its_line(
    office: Office, grant: dict, clock: RunningClock
):
    async with Desk(office.url, grant["token"]) as desk:
        await desk.until(lambda: any(name == "hello" for name, _ in desk.events))
        await desk.say("presence", desk.presence)
        clock.skip(61)
        await desk.until(lambda: len(desk.asked) == 1)
        assert desk.is_connected
        original = desk._status  # a desk whose stage has died, and whose socket lives

        async def dead(question: dict) -> dict:
            await original(question)
            await asyncio.Event().wait()
            return {}

        desk._sio.on("status?", dead)
        await desk.say("ping", None)  # the relay has heard the answer before this one
        clock.skip(61)
        await desk.until(lambda: len(desk.asked) == 2)
        clock.skip(11)
        async with asyncio.timeout(6):
            while desk.is_connected:
                await asyncio.sleep(0.05)
