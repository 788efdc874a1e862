"""One client's socket as an asyncio protocol of our own: bytes in, packets out, and no task while nothing happens.

How it works: after the upgrade the transport is handed over from aiohttp, whose request, parser and task are gone then.
What comes in is read frame by frame; acknowledgements are passed on at once, events wait in a short queue that a task
empties while there is one, so the events of a client are handled one after another. What goes out is written straight
to the transport, which is asked how much it still holds.

What must always hold: a client that floods, stalls, lies or dies costs a bounded amount of memory and nobody else's
time. After `cut` nothing is heard or written, and two seconds later the line is gone, whatever the client does.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from relay.live import packets
from relay.live.admission import Bucket
from relay.live.bounds import KIB, MAX_FRAME_BYTES, Bounds
from relay.live.fast import frames
from relay.live.fast.frames import FrameReader, Opcode, Violation
from relay.live.line import GONE, TOO_SLOW, prepare_socket
from relay.live.packets import Packet, Unsound

if TYPE_CHECKING:
    from relay.live.connection import Connection

_PING = frames.frame(Opcode.TEXT, packets.PING)


class Ears(Protocol):
    """Who listens to the sockets: the engine, and what a test puts in its place."""

    bounds: Bounds

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        ...

    def answered(self, socket: "FastSocket", packet: Packet) -> None:
        """Hear an acknowledgement, at once."""
        ...

    async def said(self, socket: "FastSocket", packet: Packet) -> None:
        """Hear a connect, a disconnect or an event; the next one waits until this returns."""
        ...

    def malformed(self, socket: "FastSocket") -> None:
        """Hear of a message that is none."""
        ...

    def is_closing(self, socket: "FastSocket") -> None:
        """Note that the line must be gone soon."""
        ...

    def is_gone(self, socket: "FastSocket") -> None:
        """Note that the line is gone."""
        ...

    def run(self, socket: "FastSocket") -> None:
        """Run `socket.handle_events` in a task."""
        ...


class FastSocket(asyncio.Protocol):
    """One line. `sid` is its name in the Engine.IO layer."""

    __slots__ = (
        "_bucket",
        "_ears",
        "_events",
        "_is_cut",
        "_is_handling",
        "_is_paused",
        "_reader",
        "_transport",
        "address",
        "connection",
        "is_heard",
        "sid",
    )

    def __init__(self, sid: str, address: str, ears: Ears) -> None:
        """Prepare; `take_over` begins."""
        self.sid = sid
        self.address = address
        self.connection: Connection | None = None
        self.is_heard = True
        self._ears = ears
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader(MAX_FRAME_BYTES)
        self._bucket = Bucket(ears.bounds.frames_burst, ears.monotonic())
        self._events: deque[Packet] | None = None
        self._is_handling = self._is_paused = self._is_cut = False

    def take_over(self, transport: asyncio.Transport, early: bytes) -> None:
        """Become the transport's protocol; `early` is what the client said before it could know the answer."""
        prepare_socket(transport)
        self._transport = transport
        transport.set_protocol(self)
        if transport.is_closing():
            self.connection_lost(None)
        elif early:
            self.data_received(early)

    # What engineio asks of a socket.

    @property
    def closed(self) -> bool:
        """Tell engineio whether to forget this socket."""
        return not self.is_open

    async def send(self, packet: Any) -> None:
        """Write a packet of engineio's; never waits."""
        text = packet.encode()
        self.write(text.encode() if isinstance(text, str) else text)

    async def close(self, wait: bool = True, abort: bool = False, reason: object = None) -> None:  # noqa: ARG002 - upstream's signature
        """Close as engineio wants it; never waits."""
        self.cut(GONE)

    # What the live layer asks of a line.

    @property
    def is_open(self) -> bool:
        """Tell whether anything written now could still arrive."""
        return not self._is_cut and self._transport is not None and not self._transport.is_closing()

    def write(self, text: bytes) -> None:
        """Put one Engine.IO packet on the line; a line that is gone swallows it."""
        self.write_frame(frames.frame(Opcode.TEXT, text))

    def write_frame(self, frame: bytes) -> None:
        """Put a frame on the line that was written once for many."""
        if not self._is_cut:
            self._write(frame)

    def backlog(self) -> int:
        """Return how many bytes the transport holds because the client does not read them."""
        transport = self._transport
        return 0 if transport is None or transport.is_closing() else transport.get_write_buffer_size()

    def cut(self, code: int, reason: str = "") -> None:
        """Say the code and hear nothing more; the line is gone once the client answers, or in two seconds."""
        self._events = None
        self._say_goodbye(code, reason)

    def abort(self) -> None:
        """Drop the line, whatever still waits."""
        self._is_cut = True
        if self._transport is not None:
            self._transport.abort()

    # What the sweeper asks.

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.write_frame(_PING)

    def silent(self) -> None:
        """End a line that gave none; a client that is alive after all comes back."""
        if not self._is_paused:  # else it is we who do not listen
            self.cut(TOO_SLOW, "silent")

    # What the transport tells.

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self.is_heard = True
        try:
            for opcode, payload in self._reader.feed(data):
                self._take(opcode, payload)
                if self._transport is None:
                    return
        except Violation as violation:
            self._hang_up(violation.code, violation.reason)

    def eof_received(self) -> bool:
        """Close when the client did; WebSocket knows no half-open line."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the transport and tell; what the client said before it went is still handled."""
        self._transport = None
        self._ears.is_gone(self)
        if not self._is_handling:
            self.connection = None

    def _take(self, opcode: Opcode, payload: bytes) -> None:
        if self._is_cut and opcode is not Opcode.CLOSE:
            return
        bounds = self._ears.bounds
        if not self._bucket.take(
            self._reader.pieces + len(payload) // KIB,
            self._ears.monotonic(),
            per_second=bounds.frames_per_second,
            burst=bounds.frames_burst,
        ):
            self.cut(TOO_SLOW, "flood")
            return
        match opcode:
            case Opcode.TEXT:
                self._hear(payload)
            case Opcode.PING:
                self.write_frame(frames.frame(Opcode.PONG, payload))
                if self.backlog() > bounds.hard_bytes:
                    self.cut(TOO_SLOW, "unread pongs")
            case Opcode.CLOSE:
                # The code is echoed (RFC 6455, 5.5.1); a close frame that is none is a violation.
                self._hang_up(frames.close_code(payload) or GONE, "")
            case Opcode.BINARY:
                self._ears.malformed(self)
            case _:
                pass

    def _hear(self, text: bytes) -> None:
        try:
            packet = packets.read(text)
        except Unsound:
            self._ears.malformed(self)
            return
        match packet.kind:
            case "acknowledgement":
                self._ears.answered(self, packet)
            case "pong":
                pass
            case "goodbye":
                self._hang_up(GONE, "")
            case _:
                self._enqueue(packet)

    def _enqueue(self, packet: Packet) -> None:
        if self._events is None:
            self._events = deque()
        self._events.append(packet)
        if len(self._events) >= self._ears.bounds.queued_events and not self._is_paused:
            self._is_paused = True
            if self._transport is not None and not self._transport.is_closing():
                self._transport.pause_reading()
        if not self._is_handling:
            self._is_handling = True
            self._ears.run(self)

    async def handle_events(self) -> None:
        """Pass the events on, one after another, until there is none; the task of `Ears.run`."""
        try:
            while self._events:
                packet = self._events.popleft()
                if self._is_paused and len(self._events) * 2 <= self._ears.bounds.queued_events:
                    self._resume()
                await self._ears.said(self, packet)
        finally:
            self._is_handling, self._events = False, None
            self._resume()
            if self._transport is None:
                # Line and connection know each other; the garbage collector, which rests, would not part them.
                self.connection = None

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        try:
            transport.write(data)
        except (RuntimeError, OSError):
            # WORKAROUND: uvloop raises for a handle that was closed in between (uvloop 0.23, UVHandle._ensure_alive).
            self.abort()

    def _hang_up(self, code: int, reason: str) -> None:
        """Answer or give the last word, and close as soon as it is on its way."""
        self._say_goodbye(code, reason)
        if self._transport is not None:
            self._transport.close()

    def _say_goodbye(self, code: int, reason: str) -> None:
        if not self._is_cut:
            self._write(frames.close_frame(code, reason))
            self._is_cut = True
            self._resume()
            self._ears.is_closing(self)
