"""Those who trigger: keep-alive HTTP lines and Socket.IO lines, each with one trigger under way at a time.

Latency is counted from the moment that a trigger was meant to leave, also when no line was free then, so that a server
that stalls cannot hide it (no coordinated omission).
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bench.frames import frame
from bench.line import Line, upgrade_request
from bench.screens import until

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Call:
    """One trigger on its way: its id, its JSON, and the moment it was meant to leave."""

    id: str
    body: bytes
    meant_at: float


@dataclass(eq=False, slots=True)
class Ledger:
    """What the senders know: when each trigger was meant to leave, and when it was accepted."""

    meant: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)


class Sender(Protocol):
    """A line that carries one call at a time."""

    def send(self, call: Call) -> None:
        """Put a call on the line."""
        ...

    def hang_up(self) -> None:
        """Drop the line."""
        ...


class Senders:
    """A pool of lines. A call that finds no free line waits, and its waiting counts."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.on_free: Callable[[], None] = lambda: None
        self._free: deque[Sender] = deque()
        self._waiting: deque[Call] = deque()
        self._lines: list[Sender] = []

    @property
    def under_way(self) -> int:
        """Count the calls without an answer."""
        return len(self._lines) - len(self._free) + len(self._waiting)

    async def open_http(self, host: str, port: int, token: str, count: int) -> None:
        """Open keep-alive HTTP lines."""
        loop = asyncio.get_running_loop()
        head = (
            f"POST /api/trigger HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        for _ in range(count):
            _, line = await loop.create_connection(lambda: HttpSender(self, head), host, port)
            self._add(line)

    async def open_sockets(self, host: str, port: int, auth: bytes, count: int) -> None:
        """Open Socket.IO lines that trigger with the event `trigger`."""
        loop = asyncio.get_running_loop()
        request = upgrade_request(host, port)
        for _ in range(count):
            _, line = await loop.create_connection(lambda: SocketSender(self, request, auth), host, port)
            assert await until(lambda line=line: line.is_let_in or line.transport is None, 10), line.refusal
            assert line.is_let_in, line.refusal
            self._add(line)

    def submit(self, call: Call) -> None:
        """Send a call on a free line, or as soon as one is free."""
        self.ledger.meant[call.id] = call.meant_at
        if self._free:
            self._free.popleft().send(call)
        else:
            self._waiting.append(call)

    def done(self, line: Sender, call: Call, refusal: str | None) -> None:
        """Note the answer to a call, and let the next one go."""
        if refusal is None:
            self.ledger.accepted[call.id] = time.perf_counter()
        else:
            self.ledger.refused[refusal] += 1
        if self._waiting:
            line.send(self._waiting.popleft())
        else:
            self._free.append(line)
            self.on_free()

    def close(self) -> None:
        """Drop every line."""
        for line in self._lines:
            line.hang_up()

    def _add(self, line: Sender) -> None:
        self._lines.append(line)
        self._free.append(line)


class HttpSender(asyncio.Protocol):
    """A keep-alive connection with one request under way."""

    __slots__ = ("_buffer", "_call", "_head", "_senders", "_transport")

    def __init__(self, senders: Senders, head: bytes) -> None:
        self._senders = senders
        self._head = head
        self._buffer = b""
        self._call: Call | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def send(self, call: Call) -> None:
        self._call = call
        if self._transport is None or self._transport.is_closing():
            self._answered("the line is down")
            return
        self._transport.write(self._head + str(len(call.body)).encode() + _END_OF_HEAD + call.body)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        end = data.find(_END_OF_HEAD)
        if end < 0:
            self._buffer = data
            return
        head = data[:end].lower()
        at = head.index(b"content-length:") + 15
        stop = head.find(b"\r\n", at)
        size = int(head[at:] if stop < 0 else head[at:stop])
        if len(data) < end + 4 + size:
            self._buffer = data
            return
        self._buffer = b""
        status = data[9:12]
        self._answered(None if status in {b"202", b"200"} else data[end + 4 :][:200].decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._call is not None:
            self._answered("the line dropped")

    def hang_up(self) -> None:
        self._call = None
        if self._transport is not None:
            self._transport.abort()

    def _answered(self, refusal: str | None) -> None:
        call, self._call = self._call, None
        assert call is not None, "An answer came to no question."
        self._senders.done(self, call, refusal)


class SocketSender(Line):
    """A Socket.IO client that triggers and waits for the acknowledgement."""

    __slots__ = ("_call", "_number", "_senders", "is_let_in")

    def __init__(self, senders: Senders, request: bytes, auth: bytes) -> None:
        super().__init__(request, auth)
        self._senders = senders
        self._call: Call | None = None
        self._number = 0
        self.is_let_in = False

    def on_connected(self) -> None:
        self.is_let_in = True

    def on_answer(self, number: bytes, body: bytes) -> None:
        if int(number) == self._number and self._call is not None:
            call, self._call = self._call, None
            self._senders.done(self, call, None if b'"success":true' in body else body[:200].decode())

    def on_lost(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            self._senders.done(self, call, "the line dropped")

    def send(self, call: Call) -> None:
        self._call = call
        self._number += 1
        self.write(frame(b"42" + str(self._number).encode() + b'["trigger",' + call.body + b"]"))

    def hang_up(self) -> None:
        self._call = None
        super().hang_up()
