"""Who is connected and who is in which room: entering and leaving cost what one client costs, not what all do."""

import asyncio
import itertools

import pytest
from helpers.live_alone import Alone, live_alone
from helpers.raw_line import raw_line

from relay.live.fast import members as members_module
from relay.live.fast.members import Members


@pytest.fixture
async def alone():
    async with live_alone("fast") as alone:
        yield alone


def members_of(alone: Alone) -> Members:
    return alone.live._server.members


class Counting(dict):
    """Counts how often somebody looks at one of its entries."""

    looks = 0

    def __getitem__(self, key):
        Counting.looks += 1
        return super().__getitem__(key)

    def get(self, key, default=None):
        Counting.looks += 1
        return super().get(key, default)

    def __iter__(self):
        for key in super().__iter__():
            Counting.looks += 1
            yield key


class Server:
    class eio:  # noqa: N801 - upstream's name
        numbers = itertools.count()

        @classmethod
        def generate_id(cls) -> str:
            return f"id{next(cls.numbers)}"


async def members_with(count: int) -> tuple[Members, list[str]]:
    members = Members(lambda _eio_sid: None, 65536)
    members.server = Server
    sids = [await members.pre_connect(f"eio{number}", "/") for number in range(count)]
    for number, sid in enumerate(sids):
        await members.connect(sid, "/")
        await members.enter_room(sid, "/", "everybody")
        await members.enter_room(sid, "/", f"screen:{number}")
    return members, sids


@pytest.mark.parametrize("count", [10, 1000])
async def test_one_that_leaves_costs_the_same_however_many_there_are(count: int) -> None:
    members, sids = await members_with(count)
    members._members_of = Counting(members._members_of)
    Counting.looks = 0
    await members.disconnect(sids[0], "/")
    assert Counting.looks <= 4
    assert not members.is_connected(sids[0], "/")
    assert [sid for sid, _ in members.get_participants("/", "everybody")] == sids[1:]


async def test_nothing_is_left_of_those_who_left() -> None:
    members, sids = await members_with(50)
    for number, sid in enumerate(sids):
        if number % 2:
            await members.disconnect(sid, "/")
        else:
            assert members.drop(f"eio{number}") == sid
            assert members.drop(f"eio{number}") is None
    assert len(members) == 0
    assert (members._rooms_of, members._members_of, members._sid_of, members._halfway) == ({}, {}, {}, set())


async def test_rooms_are_entered_left_and_closed() -> None:
    members, [one, two] = await members_with(2)
    assert sorted(members.get_rooms(one, "/")) == ["everybody", "screen:0"]
    await members.leave_room(one, "/", "everybody")
    await members.leave_room(one, "/", "everybody")
    assert members.get_rooms(one, "/") == ["screen:0"]
    await members.close_room("everybody", "/")
    assert list(members.get_participants("/", "everybody")) == []
    assert members.get_rooms(two, "/") == ["screen:1"]
    with pytest.raises(ValueError, match="connected"):
        await members.enter_room("nobody", "/", "everybody")


async def test_whoever_is_only_halfway_in_hears_nothing() -> None:
    members = Members(lambda _eio_sid: None, 65536)
    members.server = Server
    sid = await members.pre_connect("eio", "/")
    assert await members.pre_connect("eio", "/") is None
    assert await members.pre_connect("other", "/admin") is None
    assert not members.is_connected(sid, "/")
    assert list(members.get_participants("/", sid)) == []
    with pytest.raises(ValueError, match="connected"):
        await members.enter_room(sid, "/", "everybody")


async def test_a_frame_for_many_is_written_once_and_reaches_each_but_the_skipped(
    alone: Alone, monkeypatch
) -> None:
    encoded: list[str] = []
    event = members_module.packets.event
    monkeypatch.setattr(
        members_module.packets, "event", lambda *said: encoded.append(said[0]) or event(*said)
    )
    async with raw_line(alone.url) as one, raw_line(alone.url) as two, raw_line(alone.url) as three:
        for number, line in enumerate((one, two, three)):
            await line.connect(f"screen:S{number}")
        sids = [alone.connection(f"S{number}").sid for number in range(3)]
        for sid in sids:
            await members_of(alone).enter_room(sid, "/", "watch:S0")
        encoded.clear()
        await alone.live._server.emit("screen:status", {"v": 1}, room="watch:S0", skip_sid=sids[2])
        assert encoded == ["screen:status"]
        assert await one.hear_event("screen:status") == {"v": 1}
        assert await two.hear_event("screen:status") == {"v": 1}
        three.emit("ping", ack=1)
        assert (await three.hear()).startswith("431")


async def test_nothing_is_said_without_an_address(alone: Alone) -> None:
    async with raw_line(alone.url) as stranger:
        with pytest.raises(ValueError, match="room"):
            await alone.live._server.emit("secret", {})
        with pytest.raises(ValueError, match=r"LiveServer\.send"):
            await alone.live._server.emit("secret", {}, room="everybody", callback=print)
        await stranger.connect("user:Kim")


async def test_a_stopped_reader_is_spared_what_a_room_hears(alone: Alone) -> None:
    async with raw_line(alone.url) as line, raw_line(alone.url, receive_buffer=4096) as stuck:
        await line.connect("screen:S")
        await stuck.connect("screen:STUCK")
        stuck.writer.transport.pause_reading()
        connection = alone.connection("STUCK")
        for name in ("S", "STUCK"):
            await members_of(alone).enter_room(alone.connection(name).sid, "/", "all")
        async with asyncio.timeout(10):
            while connection.line.backlog() <= 64 * 1024:
                await alone.live._server.emit("screen:status", {"filler": "x" * 16_000}, room="all")
                await line.hear()
        held = connection.line.backlog()
        for _ in range(20):
            await alone.live._server.emit("screen:status", {"filler": "x" * 16_000}, room="all")
            await line.hear()
        assert connection.line.backlog() <= held
