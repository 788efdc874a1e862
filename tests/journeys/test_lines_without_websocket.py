"""A screen that cannot hold a WebSocket is served like any other: over Server-Sent Events, and by long polling."""

import asyncio

import pytest
from helpers.desk import Desk
from helpers.http_desk import TRANSPORTS, HttpDesk, PollDesk, RefusedError, StreamDesk
from helpers.raw_line import raw_get
from helpers.relay_running import Office, new_id, running_relay
from helpers.running_clock import RunningClock

from relay.delivery.answers import Answers
from relay.live.bounds import Bounds
from relay.live.streams import streams

KIB = 1024


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


def names(desk: Desk) -> list[str]:
    return [name for name, _ in desk.events]


def nothing(_value: object) -> None:
    pass


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
        assert names(desk)[0] == "hello"

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


# What a line is spared, and when it ends.


async def test_a_stream_says_what_proxies_and_browsers_have_to_know(office, grant):
    async with StreamDesk(office.url, grant["token"]) as desk:
        await desk.hears("hello")
        said = {name.lower(): value for name, value in desk.headers.items()}
        assert said["content-type"] == "text/event-stream"
        assert (said["cache-control"], said["x-accel-buffering"]) == ("no-store", "no")
        assert desk.fields[0].startswith("retry: ")
        assert 1000 <= int(desk.fields[0].removeprefix("retry: ")) <= 4000
        for _ in range(40):  # one round of the sweeper, which pings everybody once
            office.relay.live.sweeper.tick()
        await desk.until(lambda: ":" in desk.fields)


async def test_a_stream_whose_client_does_not_read_is_cut_and_dropped(office, grant):
    reader, writer = await raw_get(
        office.url, "/api/events/subscribe", token=grant["token"], receive_buffer=4096
    )
    await reader.readuntil(b"event: hello")
    writer.transport.pause_reading()
    live = office.relay.live
    connection = live.connection_of("SCREEN-001")
    async with asyncio.timeout(20):
        while connection.is_live:
            live.send(connection, "navigate", {"id": "x", "filler": "x" * 64 * KIB}, nothing)
            await asyncio.sleep(0)
        while connection.line.connection is not None:  # until the transport has told of its end
            live.sweeper.tick()
            await asyncio.sleep(0.01)
    assert live.tally["slow_closed"] == 1
    assert len(connection.acks) == 0
    assert (await office.call("GET", "/ready")).status == 200
    writer.close()


async def test_a_line_that_nobody_polls_is_cut_when_too_much_waits(office, grant):
    desk = PollDesk(office.url, grant["token"])
    await desk.connect()
    await desk.hears("hello")
    desk._reading.cancel()
    live = office.relay.live
    connection = live.connection_of("SCREEN-001")
    for number in range(2_000):
        live.send(connection, "navigate", {"id": str(number), "filler": "x" * 8 * KIB}, nothing)
        if not connection.is_live:
            break
    assert live.tally["slow_closed"] == 1
    assert connection.line.backlog() <= 1100 * KIB
    await desk.leave()


async def test_a_line_that_is_polled_no_more_ends_and_a_lost_answer_is_repeated(office, grant):
    desk = PollDesk(office.url, grant["token"])
    await desk.connect()
    await desk.hears("hello")
    desk._reading.cancel()
    id_ = (await office.trigger(command="identify")).body["id"]
    cursor = desk.cursor
    for _ in range(2):
        heard = await desk.ask(cursor=cursor, timeoutMs="10000")
        assert [each.data["id"] for each in heard if each.event == "identify"] == [id_]
        assert desk.cursor != cursor
    assert await desk.ask(cursor=desk.cursor, timeoutMs="0") == []
    stranger = PollDesk(office.url, (await office.pair("SCREEN-002"))["token"])
    await stranger.connect()
    for asks, wrong in (
        (desk, cursor),
        (desk, "nobody.1"),
        (desk, desk.cursor + "0"),
        (desk, "x"),
        (stranger, desk.cursor),
    ):
        with pytest.raises(RefusedError) as refused:
            await asks.ask(cursor=wrong)
        assert (refused.value.status, refused.value.problem["code"]) == (409, "LINE_ENDED"), wrong
    with pytest.raises(RefusedError) as refused:
        await desk.ask(timeoutMs="60001")
    assert refused.value.problem["code"] == "VALIDATION_ERROR"
    live = office.relay.live
    for _ in range(live.sweeper.ticks(streams.AWAY_SECONDS)):
        assert live.connection_of("SCREEN-001") is not None
        live.sweeper.tick()
    assert live.connection_of("SCREEN-001") is None
    with pytest.raises(RefusedError) as refused:
        await desk.ask(cursor=desk.cursor)
    assert refused.value.problem["code"] == "LINE_ENDED"
    gone = await desk.answer(id=id_, state="received")
    assert (gone["status"], gone["code"]) == (409, "LINE_ENDED"), "it will be sent again"
    assert (await desk.answer(id=id_, state="shown"))["counted"], "a fact needs no line"
    for each in (desk, stranger):
        await each.leave()


async def test_who_forgets_the_cursor_each_time_loses_the_oldest_line(office, monkeypatch):
    monkeypatch.setattr(streams, "MOST_OF_ONE", 3)
    cursors = []
    for _ in range(5):
        answer = await office.call("GET", "/api/events/poll?timeoutMs=5000")
        assert [each["event"] for each in answer.body["events"]] == ["hello"]
        cursors.append(answer.body["cursor"])
    assert office.relay.live.count == 3
    statuses = [
        (await office.call("GET", f"/api/events/poll?timeoutMs=0&cursor={each}")).status for each in cursors
    ]
    assert statuses == [409, 409, 200, 200, 200]


async def test_a_relay_that_goes_says_so_and_is_gone_in_time(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        desks = [
            StreamDesk(office.url, (await office.pair("SCREEN-001"))["token"]),
            PollDesk(office.url, (await office.pair("SCREEN-002"))["token"]),
        ]
        for desk in desks:
            await desk.connect()
            await desk.hears("hello")
        office.relay.live.refuse_newcomers()
        for path in ("/api/events/subscribe", "/api/events/poll"):
            refused = await office.call("GET", path)
            assert (refused.status, refused.body["code"]) == (503, "RELAY_UNAVAILABLE")
            assert int(refused.headers["Retry-After"]) >= 1
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    for desk in desks:
        assert await desk.hears("drain") == {"afterMs": 1000}
        assert await desk.hears("line:closed") == {"code": 1012, "reason": "restart"}
        await desk.leave()


# People follow, too.


@pytest.mark.parametrize("way", ["stream", "polling"])
async def test_people_follow_the_screens_that_they_may_see(office, grant, way):
    await office.add_screen("SCREEN-002")
    viewer = await office.add_user("viewer", "viewer")
    path = {"stream": "/api/events/subscribe", "polling": "/api/events/poll"}[way]
    for query, code in (
        ("watch=SCREEN-001,no%20name", "VALIDATION_ERROR"),
        ("watch=" + ",".join(f"S{number}" for number in range(201)), "VALIDATION_ERROR"),
    ):
        assert (await viewer.call("GET", f"{path}?{query}")).body["code"] == code
    changed = {"permissions": ["screen:SCREEN-001:view"]}
    await office.call("PATCH", "/api/users/viewer", json=changed)
    assert (await viewer.call("GET", f"{path}?watch=SCREEN-002")).body["code"] == "FORBIDDEN"
    assert (await office.as_(grant["token"]).call("GET", f"{path}?watch=*")).body["code"] == "FORBIDDEN"

    watcher = TRANSPORTS[way](office.url, viewer.token)
    watcher.presence = None
    watcher.query = {"watch": "*"}
    async with watcher:
        await watcher.hears("hello")
        await office.pair("SCREEN-002")
        async with StreamDesk(office.url, grant["token"]):
            status = await watcher.hears("screen:status")
            assert (status["screenId"], status["online"]) == ("SCREEN-001", True)
        refused = await watcher.answer(id=new_id(), state="shown")
        assert refused["code"] == "FORBIDDEN"
        assert (await watcher.say("presence", {}))["code"] == "FORBIDDEN"
        await office.call("DELETE", "/api/users/viewer")
        assert (await watcher.hears("session:revoked"))["code"] == "TOKEN_INVALID"
