"""A line between desk and relay that can be spoiled in every way a network knows, and some that only libraries know.

    proxy.weather = Weather(latency_seconds=2, jitter_seconds=1)      # holds for every connection from now on
    proxy.cut()                                                       # RST on both sides

`half_open` swallows what comes, either way, and tells nobody; a connection that lost bytes so stays deaf for ever, as a
real one would. The frame-wise ones (`repeat`, `swap`, `lose_acknowledgements`, …) act on whole WebSocket frames.
"""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from faults.frames import Cutter, Frame

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What the line does to the bytes; shares are probabilities per frame."""

    half_open: bool = False
    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    bytes_per_second: int = 0
    is_sliced: bool = False
    repeat: float = 0.0
    repeat_after_seconds: float = 0.0
    swap: float = 0.0
    lose_acknowledgements: float = 0.0
    repeat_acknowledgements: float = 0.0
    late_acknowledgements_seconds: float = 0.0


FINE = Weather()


@dataclass(eq=False)
class _Pair:
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    is_deaf: bool = False

    def reset(self) -> None:
        for writer in self.writers:
            connection: socket.socket | None = writer.get_extra_info("socket")
            if connection is not None:
                with suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


class FaultProxy:
    """Listens on `port` and passes on to the relay's port."""

    def __init__(self, target_port: int, seed: int) -> None:
        self.weather = FINE
        self.port = 0
        self.spoiled = 0
        self._target_port = target_port
        self._random = random.Random(seed)
        self._pairs: set[_Pair] = set()
        self._is_closed = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FaultProxy"]:
        """Serve until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._is_closed = True
            self.cut()
            while self._pairs:
                await asyncio.sleep(0.005)
            # What the kernel had accepted by then comes now, and what was reset goes.
            await asyncio.sleep(0.05)

    def cut(self) -> None:
        """Reset every connection."""
        for pair in tuple(self._pairs):
            pair.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair([writer])
        if self._is_closed:
            pair.reset()
            return
        self._pairs.add(pair)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            pair.writers.append(far_writer)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(pair, reader, far_writer))
                tasks.create_task(self._carry(pair, far_reader, writer))
        except (OSError, ExceptionGroup):
            pass
        finally:
            pair.reset()
            self._pairs.discard(pair)

    async def _carry(self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        cutter, held = Cutter(), list[Frame]()
        due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(pair, due, writer))
            latest = 0.0
            while True:
                try:
                    # A frame that waits to be swapped with the next one does not wait for ever.
                    async with asyncio.timeout(0.2 if held else None):
                        data = await reader.read(65536)
                except TimeoutError:
                    frames, held = held, []
                except OSError:
                    if not pair.is_deaf:
                        raise
                    sending.cancel()
                    return
                else:
                    if not data and pair.is_deaf:
                        sending.cancel()  # whoever is on the other side hears nothing, not even the end
                        return
                    if not data:
                        break
                    frames = cutter.cut(data)
                weather = self.weather
                if weather.half_open:
                    pair.is_deaf = True
                if pair.is_deaf:
                    continue
                for frame in self._spoil(frames, held, weather):
                    if frame.is_event and self._happens(weather.repeat):
                        later = weather.latency_seconds + weather.repeat_after_seconds
                        loop.call_later(later, _write, writer, frame.raw)
                    if frame.is_acknowledgement and weather.late_acknowledgements_seconds:
                        # What was said after it overtakes it.
                        loop.call_later(weather.late_acknowledgements_seconds, _write, writer, frame.raw)
                        continue
                    wait = weather.latency_seconds + self._random.uniform(0, weather.jitter_seconds)
                    latest = max(latest, loop.time() + wait)
                    due.put_nowait((latest, frame.raw))
            due.put_nowait(None)

    def _spoil(self, frames: list[Frame], held: list[Frame], weather: Weather) -> list[Frame]:
        """Lose, repeat and swap frames; one that waits for its successor is left in `held`."""
        out: list[Frame] = []
        for frame in frames:
            copies = 1
            if frame.is_acknowledgement:
                if self._happens(weather.lose_acknowledgements):
                    continue
                copies += self._happens(weather.repeat_acknowledgements)
            elif frame.is_event and not held and self._happens(weather.swap):
                held.append(frame)
                continue
            out += [frame] * copies
            if held and frame.is_event:
                out.append(held.pop())
        return out

    def _happens(self, share: float) -> bool:
        happens = share > 0 and self._random.random() < share
        self.spoiled += happens
        return happens

    async def _send(
        self, pair: _Pair, due: "asyncio.Queue[tuple[float, bytes] | None]", writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while (item := await due.get()) is not None:
            at, data = item
            if (rest := at - loop.time()) > 0:
                await asyncio.sleep(rest)
            weather = self.weather
            if pair.is_deaf:
                continue
            step = 1 if weather.is_sliced else 256 if weather.bytes_per_second else len(data)
            for start in range(0, len(data), step):
                _write(writer, data[start : start + step])
                if weather.bytes_per_second:
                    await asyncio.sleep(step / weather.bytes_per_second)
                elif weather.is_sliced:
                    await asyncio.sleep(0)
            await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(RuntimeError):  # its end was passed on in between
        if not writer.is_closing():
            writer.write(data)
