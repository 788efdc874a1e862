"""Every way in which a line can be bad, between a real relay and real desks; and the proxy that makes it so."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from faults.frames import Cutter
from faults.proxy import FaultProxy, Weather
from faults.run import plan, report, run
from faults.stepped_clock import seconds

from relay.live.fast.frames import Opcode, frame

KINDS = [
    "acknowledgements_late",
    "acknowledgements_lost",
    "frames_repeated",
    "frames_swapped",
    "line_cut",
    "line_half_open",
    "line_late",
    "line_slow",
    "line_sliced",
]


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_shown_twice_on_bad_lines(tmp_path: Path):
    seed, began = 12, seconds()
    verdict, world = await run(tmp_path, seed, plan(seed, kills=0, others=1, only=KINDS))
    said = report(verdict, world, seed, seconds() - began)
    print(said)
    assert verdict.faults.total() == len(KINDS)
    assert sum(proxy.spoiled for proxy in world.proxies.values()) > 50
    assert verdict.ended.keys() <= {"shown", "superseded"}, (
        said
    )  # no line is so bad that something dies of it
    assert not verdict.violations, said


# The proxy itself.


async def test_a_line_in_fine_weather_carries_every_byte():
    async with _echo() as port, FaultProxy(port, 1).open() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        content = os.urandom(300_000)
        writer.write(content)
        assert await reader.readexactly(len(content)) == content
        writer.close()


@pytest.mark.parametrize("weather", [Weather(is_sliced=True), Weather(bytes_per_second=100_000)])
async def test_a_slow_or_sliced_line_carries_every_byte_in_order(weather):
    async with _echo() as port, FaultProxy(port, 1).open() as proxy:
        proxy.weather = weather
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        content = os.urandom(2_000)
        writer.write(content)
        assert await reader.readexactly(len(content)) == content
        writer.close()


async def test_a_late_line_is_late():
    async with _echo() as port, FaultProxy(port, 1).open() as proxy:
        proxy.weather = Weather(latency_seconds=0.3)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        began = seconds()
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert seconds() - began >= 0.6
        writer.close()


async def test_a_half_open_line_is_silent_for_ever_and_a_new_one_works():
    async with _echo() as port, FaultProxy(port, 1).open() as proxy:
        proxy.weather = Weather(half_open=True)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"lost")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        proxy.weather = Weather()
        writer.write(b"lost too")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        second_reader, second = await asyncio.open_connection("127.0.0.1", proxy.port)
        second.write(b"here")
        assert await second_reader.readexactly(4) == b"here"
        for each in (writer, second):
            each.close()


async def test_a_cut_line_is_reset_on_both_sides():
    async with _echo() as port, FaultProxy(port, 1).open() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


def test_frames_are_found_however_their_bytes_are_cut():
    texts = ['42["hello",{}]', '431[{"received":true}]', "x" * 200, "y" * 70_000, "2"]
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    stream = head + b"".join(frame(Opcode.TEXT, text.encode()) for text in texts)
    for step in (1, 7, 4096, len(stream)):
        cutter = Cutter()
        found = [
            piece
            for start in range(0, len(stream), step)
            for piece in cutter.cut(stream[start : start + step])
        ]
        assert b"".join(piece.raw for piece in found) == stream
        told = [piece.text for piece in found if piece.text]
        assert told == [text[:256] for text in texts]
        assert [piece.is_event for piece in found if piece.text] == [True, False, False, False, False]
        assert [piece.is_acknowledgement for piece in found if piece.text][1]


@asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
