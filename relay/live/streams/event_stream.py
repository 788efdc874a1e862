"""A line that is one endless answer (Server-Sent Events): an asyncio protocol of our own, without a task or a timer.

How it works: once the request is judged, its transport is taken out of aiohttp's hands, as for a WebSocket; from then
on events are written straight to it. The sweeper has a comment written now and then, so that proxies keep the line.

What must always hold: nothing that the client sends on this line is read as anything. A client that does not read is
bounded and cut by relay.live.pressure, like every other.
"""

import asyncio
from typing import TYPE_CHECKING

from relay.contract.codec import to_json
from relay.contract.streams import LineClosed
from relay.live.line import TOO_LARGE, prepare_socket
from relay.live.streams import framing
from relay.live.streams.streamed import CLOSED, Streamed

if TYPE_CHECKING:
    from relay.live.server import LiveServer

# A client has nothing to say here; what is left of its request's body, or of its patience, is not worth more.
MOST_BYTES_HEARD = 16 * 1024


class EventStream(Streamed, asyncio.Protocol):
    """One line; `head` is written first."""

    __slots__ = ("_heard", "_is_cut", "_transport")

    def __init__(self, sid: str, address: str, live: "LiveServer") -> None:
        """Prepare; `take_over` begins."""
        super().__init__(sid, address, live)
        self._transport: asyncio.Transport | None = None
        self._heard = 0
        self._is_cut = False

    def take_over(self, transport: asyncio.Transport, head: bytes, early: bytes) -> None:
        """Become the transport's protocol; `early` is what the client sent behind its request."""
        prepare_socket(transport)
        self._transport = transport
        transport.set_protocol(self)
        self._write(head)
        if early:
            self.data_received(early)

    # What the live layer asks of a line.

    @property
    def is_open(self) -> bool:
        """Tell whether anything written now could still arrive."""
        return not self._is_cut and self._transport is not None and not self._transport.is_closing()

    def write(self, text: bytes) -> None:
        """Put one packet on the line, as an event; a line that is gone swallows it."""
        if self.is_open and (said := self._read(text)) is not None:
            self._write(framing.event(said.name, said.data, self._id_of(said)))

    def backlog(self) -> int:
        """Return how many bytes the transport holds because the client does not read them."""
        transport = self._transport
        return 0 if transport is None or transport.is_closing() else transport.get_write_buffer_size()

    def cut(self, code: int, reason: str = "") -> None:
        """Say the code and end the answer; a client that does not read it is dropped in two seconds."""
        if not self._is_cut:
            self._write(framing.event(CLOSED, to_json(LineClosed(code=code, reason=reason))))
            self._is_cut = True
            self._live.is_closing(self)
            if self._transport is not None:
                self._transport.close()

    def abort(self) -> None:
        """Drop the line, whatever still waits."""
        self._is_cut = True
        if self._transport is not None:
            self._transport.abort()

    # What the sweeper asks.

    def ping(self) -> None:
        """Keep the line in the minds of the proxies between us, and find out whether it is still there."""
        if not self._is_cut:
            self._write(framing.HEARTBEAT)

    # What the transport tells.

    def data_received(self, data: bytes) -> None:
        """Pay no attention, up to a point."""
        self._heard += len(data)
        if self._heard > MOST_BYTES_HEARD:
            self.cut(TOO_LARGE, "nothing is read here")

    def eof_received(self) -> bool:
        """Close when the client did."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the transport, and tell."""
        self._transport = None
        self._live.sweeper.remove(self)
        self._live.is_gone(self)
        self._live.forget(self.sid)
        self.part()

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        try:
            transport.write(data)
        except (RuntimeError, OSError):
            # WORKAROUND: uvloop raises for a handle that was closed in between (uvloop 0.23, UVHandle._ensure_alive).
            self.abort()
