"""Lines without WebSocket: what a client that does not read is spared, when a line ends, and who may follow."""

import asyncio

import pytest
from helpers.http_desk import TRANSPORTS, PollDesk, RefusedError, StreamDesk
from helpers.raw_line import raw_get
from helpers.relay_running import Office, new_id, running_relay

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


def nothing(_value: object) -> None:
    pass


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
    assert live.connection_of("SCREEN-001") is not None
    for _ in range(live.sweeper.ticks(streams.AWAY_SECONDS)):
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


async def test_a_screen_that_talks_without_end_is_told_to_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(Bounds, "of", lambda _settings: Bounds(frames_per_second=1, frames_burst=5))
    async with running_relay(tmp_path / "data") as office:
        grant = await office.pair()
        async with StreamDesk(office.url, grant["token"]) as desk:
            await desk.hears("hello")
            answers = [await desk.say("presence", desk.presence) for _ in range(20)]
            assert answers[0]["status"] == 204
            assert (answers[-1]["status"], answers[-1]["code"]) == (429, "RATE_LIMITED")
            assert (await desk.answer(id=new_id(), state="shown"))["code"] == "RATE_LIMITED"


async def test_who_forgets_the_cursor_each_time_loses_the_oldest_line(office, monkeypatch):
    monkeypatch.setattr(streams, "MOST_OF_ONE", 3)
    cursors = []
    for _ in range(5):
        answer = await office.call("GET", "/api/events/poll?timeoutMs=0")
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
