"""A client that does not read: what it is spared, what it is told later, when it is cut; and nobody else notices."""

import asyncio

import pytest
from helpers.live_alone import Alone, live_alone
from helpers.raw_line import RawLine, open_raw_line, raw_line

from relay.live.connection import Connection

KIB = 1024
# Less than the real bounds, so that a test fills them at once; the kernel takes some megabytes before.
BOUNDS = {"slow_seconds": 0.6, "ping_seconds": 4.0, "ping_timeout_seconds": 3.9}


@pytest.fixture(params=["fast", "stock"])
def engine(request) -> str:
    return request.param


async def stopped_reader(alone: Alone, token: str = "screen:S") -> RawLine:
    line = await open_raw_line(alone.url, receive_buffer=4096)
    await line.connect(token)
    line.writer.transport.pause_reading()
    return line


def nothing(_value: object) -> None:
    pass


def fill(alone: Alone, connection: Connection, until_bytes: int) -> int:
    """Send deliveries until that much waits in the relay; answers how many."""
    count = 0
    while connection.is_live and connection.line.backlog() <= until_bytes:
        alone.live.send(connection, "navigate", {"id": str(count), "filler": "x" * 8 * KIB}, nothing)
        count += 1
        assert count < 20_000
    return count


async def becomes_slow(alone: Alone, connection: Connection) -> int:
    """Fill the kernel's buffers and then ours beyond the soft bound, in turns, as a relay would."""
    count = 0
    async with asyncio.timeout(10):
        while connection.slow_since is None:
            assert connection.is_live
            if connection.line.backlog() < 100 * KIB:
                alone.live.send(connection, "navigate", {"id": str(count), "filler": "x" * 8 * KIB}, nothing)
                count += 1
            await asyncio.sleep(0)
    return count


async def test_a_client_that_stops_reading_is_cut_after_a_while_and_its_memory_is_bounded(
    engine: str,
) -> None:
    async with live_alone(engine, **BOUNDS) as alone, raw_line(alone.url) as healthy:
        await healthy.connect("screen:HEALTHY")
        line = await stopped_reader(alone)
        connection = alone.connection()
        count = await becomes_slow(alone, connection)
        assert connection.line.backlog() <= 256 * KIB
        await alone.until(lambda: not connection.is_live)
        assert alone.live.tally["slow_closed"] == 1
        assert alone.farewells[0] is connection
        assert len(connection.acks) == 0
        healthy.emit("ping", ack=1)
        assert set(await healthy.hear_answer(1)) == {"timestamp"}
        line.writer.transport.resume_reading()
        assert await line.close_code() in {4408, 1006}
        assert count > 0
        line.drop()


async def test_one_that_reads_again_in_time_hears_the_code(engine: str) -> None:
    async with live_alone(engine, **BOUNDS) as alone:
        line = await stopped_reader(alone)
        connection = alone.connection()
        await becomes_slow(alone, connection)
        await alone.until(lambda: not connection.is_live)
        line.writer.transport.resume_reading()
        assert await line.close_code() == 4408
        line.drop()


async def test_a_flood_beyond_the_hard_bound_is_cut_at_once(engine: str) -> None:
    async with live_alone(engine, slow_seconds=60) as alone:
        line = await stopped_reader(alone)
        connection = alone.connection()
        await becomes_slow(alone, connection)
        fill(alone, connection, 300 * KIB)
        most = connection.line.backlog()
        await alone.until(lambda: not connection.is_live, seconds=3)
        assert most <= 1024 * KIB + 20 * KIB
        await alone.until(lambda: connection.line.backlog() == 0, seconds=5)
        line.drop()


async def test_not_even_one_turn_of_the_loop_may_pile_up_more_than_a_megabyte(engine: str) -> None:
    async with live_alone(engine, slow_seconds=60) as alone:
        line = await stopped_reader(alone)
        connection = alone.connection()
        fill(alone, connection, 10**9)
        assert not connection.is_live
        assert alone.live.tally["slow_closed"] == 1
        line.drop()


async def test_a_large_burst_to_a_client_that_reads_is_no_reason_to_cut(engine: str) -> None:
    async with live_alone(engine) as alone, raw_line(alone.url) as line:
        await line.connect("screen:S")
        for number in range(100):
            alone.live.send(
                alone.connection(), "navigate", {"id": str(number), "filler": "x" * 4 * KIB}, nothing
            )
        heard = [await line.hear() for _ in range(100)]
        assert [text.split('"id":"')[1].split('"')[0] for text in heard] == [
            str(number) for number in range(100)
        ]
        await asyncio.sleep(0.1)
        assert alone.connection().slow_since is None


async def test_what_is_ephemeral_is_spared_what_is_state_is_told_once_what_is_durable_arrives(
    engine: str,
) -> None:
    async with live_alone(engine, **BOUNDS | {"slow_seconds": 30}) as alone:
        line = await stopped_reader(alone)
        connection = alone.connection()
        count = await becomes_slow(alone, connection)
        for number in range(50):
            alone.live.send(connection, "error", {"number": number})
            alone.live.send(connection, "hello", {"number": number})
        alone.live.send(connection, "navigate", {"id": "last"}, nothing)
        assert (alone.live.tally["skipped"], alone.live.tally["conflated"]) == (50, 49)
        line.writer.transport.resume_reading()
        for number in range(count):
            assert f'"id":"{number}"' in await line.hear()
        assert await line.hear_event("navigate") == {"id": "last"}
        assert await line.hear() == '42["hello",{"number":49}]'
        await alone.until(lambda: connection.slow_since is None)
        alone.live.send(connection, "error", {"number": "again"})
        assert await line.hear_event("error") == {"number": "again"}
        line.drop()


async def test_what_was_kept_for_a_client_goes_with_it(engine: str) -> None:
    async with live_alone(engine, **BOUNDS | {"slow_seconds": 30}) as alone:
        line = await stopped_reader(alone)
        connection = alone.connection()
        await becomes_slow(alone, connection)
        alone.live.send(connection, "hello", {"number": 1})
        assert connection.held
        line.drop()
        await alone.until(lambda: not connection.is_live)
        assert connection.held is None
        assert alone.live._pressure._slow == {}


async def test_a_drain_drops_whoever_is_stuck_and_is_over_in_time(engine: str) -> None:
    async with live_alone(engine, slow_seconds=60) as alone, raw_line(alone.url) as healthy:
        await healthy.connect("screen:HEALTHY")
        stuck = await stopped_reader(alone)
        connection = alone.connection()
        await becomes_slow(alone, connection)
        await asyncio.gather(alone.live.close(), healthy.close_code())
        assert alone.live.count == 0
        assert len(alone.live._departures) == 0
        assert connection.line.backlog() == 0
        stuck.drop()
