"""A screen that cannot hold a WebSocket is served like any other: over Server-Sent Events, and by long polling."""

import asyncio

import pytest
from helpers.http_desk import TRANSPORTS, HttpDesk, RefusedError, StreamDesk
from helpers.relay_running import Office, new_id, running_relay
from helpers.running_clock import RunningClock

from relay.delivery.answers import Answers
from relay.live.bounds import Bounds


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


@pytest.fixture
async def grant(office: Office) -> dict:
    return await office.pair()


@pytest.fixture(params=["stream", "polling"])
def transport(request: pytest.FixtureRequest) -> type[HttpDesk]:
    return TRANSPORTS[request.param]


def silent(_command: dict) -> None:
    return None


async def state_of(office: Office, id_: str) -> str:
    return (await office.delivery(id_))["state"]


async def until_state(office: Office, id_: str, state: str, seconds: float = 20.0) -> dict:
    async with asyncio.timeout(seconds):
        while (report := await office.delivery(id_))["state"] != state:
            await asyncio.sleep(0.05)
    return report


# The ways of a delivery.


async def test_a_command_is_taken_shown_and_answered(office, grant, transport):
    await office.add_order("WO-1", revision="A")
    async with transport(office.url, grant["token"]) as desk:
        answer = await office.trigger(orderId="WO-1", wait_ms=20_000)
        assert (answer.status, answer.body["state"]) == (200, "shown"), answer.body
        history = (await office.delivery(answer.body["id"]))["history"]
        assert [stage["state"] for stage in history] == ["waiting", "sent", "received", "shown"]
        await desk.until(lambda: len(desk.receipts) == 2)
        assert [(each["counted"], each["state"]) for each in desk.receipts] == [
            (True, "received"),
            (True, "shown"),
        ]
        verb, command = desk.commands[0]
        assert (verb, command["document"]["revision"]) == ("navigate", "A")
        assert desk.last_event_id == f"{desk.events[0][1]['epoch']}:{command['seq']}"
        assert desk.events[0][0] == "hello"

        desk.acknowledge = lambda command: {
            "received": False,
            "id": command["id"],
            "code": "UNSUPPORTED",
            "error": "A browser has one monitor.",
        }
        answer = await office.trigger(command="identify", wait_ms=20_000)
        assert (answer.body["state"], answer.body["code"]) == ("failed", "UNSUPPORTED")
    deeds = {each["action"] for each in (await office.call("GET", "/api/audit")).body["entries"]}
    assert not {deed for deed in deeds if "outcome" in deed or "presence" in deed}, (
        "a screen's words are no deeds"
    )


async def test_what_waited_comes_in_order_and_of_one_window_the_newest_alone(office, grant, transport):
    await office.add_order("WO-1")
    ids = [(await office.trigger(orderId="WO-1", page=1)).body["id"] for _ in range(3)]
    ids.append((await office.trigger(command="identify")).body["id"])
    async with transport(office.url, grant["token"]) as desk:
        for id_ in ids[2:]:
            await until_state(office, id_, "shown")
    assert [command["id"] for _verb, command in desk.commands] == ids[2:]
    assert [await state_of(office, id_) for id_ in ids[:2]] == ["superseded"] * 2


async def test_a_line_that_broke_between_received_and_shown_is_asked_and_nothing_is_sent_again(
    office, grant, transport
):
    desk = transport(office.url, grant["token"])
    desk.show = silent
    await desk.connect()
    id_ = (await office.trigger(command="identify")).body["id"]
    await until_state(office, id_, "received")
    await desk.vanish()
    again = transport(office.url, grant["token"])
    again.status = lambda question: {"id": question["id"], "state": "shown"}
    async with again:
        await until_state(office, id_, "shown")
    assert (len(again.asked), again.commands) == (1, [])


async def test_what_a_screen_has_forgotten_is_sent_again_when_it_says_so(office, grant, transport):
    desk = transport(office.url, grant["token"])
    desk.show = silent
    await desk.connect()
    id_ = (await office.trigger(command="identify")).body["id"]
    await until_state(office, id_, "received")
    await desk.vanish()
    async with transport(office.url, grant["token"]) as again:  # which answers `unknown`
        await until_state(office, id_, "shown")
    assert [command["id"] for _verb, command in again.commands] == [id_]


@pytest.mark.parametrize("is_same_journal", [True, False])
async def test_after_a_restart_a_line_goes_on_behind_its_last_event(tmp_path, transport, is_same_journal):
    async with running_relay(tmp_path / "data") as office:
        grant = await office.pair()
        desk = transport(office.url, grant["token"])
        desk.acknowledge = silent
        desk.presence = None
        await desk.connect()
        had = (await office.trigger(command="identify")).body["id"]
        await desk.until(lambda: len(desk.commands) == 1)
        last = desk.last_event_id
        await desk.leave()
        assert last.endswith(":1")
        more = (await office.trigger(command="blank")).body["id"]
    async with running_relay(tmp_path / "data") as office:
        again = transport(office.url, grant["token"])
        again.presence, again.resumes, again.show = None, True, silent
        again.last_event_id = last if is_same_journal else "another:1"
        async with again:
            await until_state(office, more, "received")
            await until_state(office, had, "received")
        sent = [command["id"] for _verb, command in again.commands]
        assert sent == ([more] if is_same_journal else [had, more])


async def test_what_is_said_twice_counts_once_and_what_is_over_is_told(office, grant, transport):
    async with transport(office.url, grant["token"]) as desk:
        id_ = (await office.trigger(command="identify", wait_ms=20_000)).body["id"]
        for state in ("received", "shown", "failed", "unknown"):
            receipt = await desk.answer(id=id_.upper(), state=state)
            assert (receipt["status"], receipt["counted"], receipt["state"]) == (200, False, "shown"), state
        assert await state_of(office, id_) == "shown"
        stranger = await desk.answer(id=new_id(), state="shown")
        assert (stranger["status"], stranger["code"]) == (404, "DELIVERY_NOT_FOUND")
        await office.add_screen("SCREEN-002")
        other = (await office.trigger(office.body("SCREEN-002", command="identify"))).body["id"]
        for state in ("received", "shown"):
            assert (await desk.answer(id=other, state=state))["code"] == "DELIVERY_NOT_FOUND"
        assert await state_of(office, other) == "waiting"
        desk.acknowledge = silent
        cancelled = (await office.trigger(command="identify")).body["id"]
        await desk.until(lambda: len(desk.commands) == 2)
        await office.call("DELETE", f"/api/trigger/{cancelled}")
        late = await desk.answer(id=cancelled, state="received")
        assert (late["counted"], late["state"]) == (False, "cancelled")
        shown = await desk.answer(id=cancelled, state="shown")
        assert (shown["status"], shown["counted"], shown["state"]) == (200, False, "cancelled")
        for body in ({"id": id_, "state": "shown", "page": 0}, {"state": "shown"}, [], "no"):
            assert (await desk.post("/api/outcome", body))["code"] == "VALIDATION_ERROR"


async def test_an_answer_is_enough_even_if_only_the_end_was_told(office, grant, transport):
    desk = transport(office.url, grant["token"])
    desk.acknowledge = silent
    async with desk:
        id_ = (await office.trigger(command="identify")).body["id"]
        await desk.until(lambda: len(desk.commands) == 1)
        assert (await desk.answer(id=id_, state="shown"))["counted"]
        history = (await office.delivery(id_))["history"]
        assert [stage["state"] for stage in history] == ["waiting", "sent", "received", "shown"]
        assert len(office.relay.live.connection_of("SCREEN-001").acks) == 0


# Which line is heard.


async def sent_over_two_lines(office: Office, grant: dict, transport: type[HttpDesk]) -> tuple:
    """Have one delivery sent over a line that broke, and over its successor; nobody has answered it."""
    older = transport(office.url, grant["token"])
    older.acknowledge = silent
    await older.connect()
    id_ = (await office.trigger(command="identify")).body["id"]
    await older.until(lambda: len(older.commands) == 1)
    newer = transport(office.url, grant["token"])
    newer.acknowledge = silent
    await newer.connect()
    await newer.until(lambda: len(newer.commands) == 1)
    assert newer.gen > older.gen
    return older, newer, id_


async def test_an_answer_of_an_older_line_does_not_count_for_a_newer_one(office, grant, transport):
    older, newer, id_ = await sent_over_two_lines(office, grant, transport)
    for state in ("received", "refused", "unknown", "shown", "failed"):
        refused = await older.answer(id=id_, state=state)
        assert (refused["status"], refused["code"]) == (409, "LINE_ENDED"), state
    presence = await older.say("presence", older.presence)
    assert presence["code"] == "LINE_ENDED"
    assert await state_of(office, id_) == "sent"
    nameless = await newer.post("/api/outcome", {"id": id_, "state": "received"})
    assert (nameless["status"], nameless["code"]) == (400, "VALIDATION_ERROR"), (
        "nobody knows which line it means"
    )
    receipt = await newer.answer(id=id_, state="received")
    assert (receipt["counted"], receipt["state"]) == (True, "received")
    assert await state_of(office, id_) == "received"
    for desk in (older, newer):
        await desk.leave()


async def test_without_the_fence_the_older_line_would_have_been_believed(office, grant, monkeypatch):
    def anybody(self: Answers, screen_id: str, _gen: int | None):
        return self._live.connection_of(screen_id)

    monkeypatch.setattr(Answers, "line_of", anybody)
    older, newer, id_ = await sent_over_two_lines(office, grant, StreamDesk)
    await older.answer(id=id_, state="received")
    assert await state_of(office, id_) == "received", "so the test before this one can see the fence"
    for desk in (older, newer):
        await desk.leave()


async def test_a_newer_line_replaces_the_older_whatever_carries_them(office, grant):
    desks = []
    for name in ("socket", "stream", "polling", "stream", "socket", "polling", "socket"):
        desk = TRANSPORTS[name](office.url, grant["token"])
        await desk.connect()
        await desk.hears("hello")
        if desks:
            problem = await desks[-1].hears("session:replaced")
            assert problem["code"] == "FORBIDDEN"
            if isinstance(desks[-1], HttpDesk):
                assert await desks[-1].hears("line:closed") == {"code": 4001, "reason": "session:replaced"}
        desks.append(desk)
        assert office.relay.live.count == 1
    shown = await office.trigger(command="identify", wait_ms=20_000)
    assert shown.body["state"] == "shown"
    assert [len(desk.commands) for desk in desks] == [0, 0, 0, 0, 0, 0, 1]
    for desk in desks:
        await desk.leave()


async def test_a_screen_whose_credential_is_gone_is_told_and_not_let_in_again(office, grant, transport):
    async with transport(office.url, grant["token"]) as desk:
        await desk.hears("hello")
        await office.call("DELETE", "/api/screens/SCREEN-001")
        assert (await desk.hears("session:revoked"))["code"] == "TOKEN_INVALID"
        assert (await desk.hears("line:closed"))["code"] == 4401
        await desk.until(lambda: not desk.is_connected)
        with pytest.raises(RefusedError) as refused:
            await desk.open()
        assert (refused.value.status, refused.value.problem["code"]) == (401, "TOKEN_INVALID")


async def test_a_line_ends_with_its_token_unless_a_newer_one_is_heard(tmp_path, monkeypatch, transport):
    monkeypatch.setattr(Bounds, "of", lambda _settings: Bounds(expiry_seconds=0.3))
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        grant = await office.pair()
        async with transport(office.url, grant["token"]) as desk:
            await desk.hears("hello")
            clock.skip(600)
            answer = await office.call(
                "POST", "/api/auth/refresh", json={"refreshToken": grant["refreshToken"]}
            )
            desk._http.headers["Authorization"] = f"Bearer {answer.body['accessToken']}"
            connection = office.relay.live.connection_of("SCREEN-001")
            before = connection.caller.expires_at_ms
            await desk.say("presence", desk.presence)
            assert connection.caller.expires_at_ms >= before + 590_000
            clock.skip(600)
            assert (await desk.say("presence", desk.presence))["status"] == 204
            clock.skip(600)
            assert (await desk.hears("error"))["code"] == "TOKEN_EXPIRED"
            assert (await desk.hears("line:closed"))["code"] == 1012
