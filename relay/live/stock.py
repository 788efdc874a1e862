"""The stock engine: python-socketio and python-engineio as they come, with their edges filed.

For triage, and as the yardstick of the fast one: both pass the same conformance suite. It costs tasks, a queue and
twice the memory per connection; what must not happen with either does not happen with this one: a client that stalls is
bounded and cut, nothing malformed leaves a traceback, no promise hangs on a callback of python-socketio.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from engineio.packet import MESSAGE, Packet

from relay.live import packets
from relay.live.admission import Bucket
from relay.live.bounds import KIB
from relay.live.line import GONE, TOO_SLOW, prepare_socket
from relay.live.packets import Unsound
from relay.live.socket_server import LANGUAGE, LINE, GuardedEngine, SocketServer
from relay.live.wire import FrameSocket

if TYPE_CHECKING:
    from relay.live.connection import Connection
    from relay.live.server import LiveServer

OUTBOX = "benchcast.outbox"


class StockLine(FrameSocket):
    """aiohttp's WebSocket between python-engineio's queue and reader."""

    answers_pings = False

    def __init__(
        self, live: "LiveServer", handler: Callable[["FrameSocket"], Awaitable[None]], server: Any
    ) -> None:
        """Remember who will read from this socket."""
        super().__init__(handler, server)
        self.address = ""
        self.connection: Connection | None = None
        self._live = live
        self._bucket = Bucket(live.bounds.frames_burst, live.monotonic())
        self._outbox: asyncio.Queue[Packet | None] | None = None
        self._transport: asyncio.Transport | None = None
        self._queued = 0
        self._goodbye: tuple[int, str] | None = None

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        """Answer the upgrade and hand over to engineio until the line ends."""
        request: web.Request = environ["aiohttp.request"]
        self.address = request.remote or ""
        self._outbox = environ[OUTBOX]
        self._transport = request.transport
        if request.transport is not None:
            prepare_socket(request.transport)
        self._live.came_in(self)
        try:
            return await super().__call__(environ)
        finally:
            self._transport = None
            self._live.is_gone(self)

    def upgraded(self) -> None:
        """Keep two words of the request alone (its headers and body would stay for as long as the line)."""
        kept = {key: self.environ[key] for key in (LINE, LANGUAGE) if key in self.environ}
        self.environ.clear()
        self.environ.update(kept)

    @property
    def is_open(self) -> bool:
        """Tell whether anything written now could still arrive."""
        return self._goodbye is None and self._transport is not None and not self._transport.is_closing()

    def write(self, text: bytes) -> None:
        """Put one Engine.IO message into the queue of the writer; a line that is gone swallows it."""
        if self.is_open and self._outbox is not None:
            self._queued += len(text)
            self._outbox.put_nowait(Packet(MESSAGE, text[1:].decode()))

    def backlog(self) -> int:
        """Return what waits in the queue and in the transport."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return 0
        return self._queued + transport.get_write_buffer_size()

    def cut(self, code: int, reason: str = "") -> None:
        """Have the writer close the line behind what it still has to write."""
        if self._goodbye is None and self._outbox is not None:
            self._goodbye = (code, reason)
            self._outbox.put_nowait(None)
            self._live.is_closing(self)

    def abort(self) -> None:
        """Drop the line; the writer, which may hang in it, ends with it."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, code: int = GONE, reason: str = "") -> None:
        """Close; with the code that `cut` named, if it was called."""
        await super().close(*(self._goodbye or (code, reason)))

    async def send(self, message: str | bytes) -> None:
        """Send one frame for the writer."""
        try:
            await super().send(message)
        finally:
            # Pings and the opening were never counted in.
            self._queued = max(0, self._queued - len(message))

    async def wait(self) -> str | bytes:
        """Receive one sound packet. Raises OSError when the line is closed, as engineio expects."""
        bounds = self._live.bounds
        while True:
            message = await self._socket.receive()
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}:
                raise OSError("The line is closed.")
            if self._goodbye is not None:
                continue
            cost = 1 + len(message.data) // KIB
            if not self._bucket.take(
                cost, self._live.monotonic(), per_second=bounds.frames_per_second, burst=bounds.frames_burst
            ):
                self.cut(TOO_SLOW, "flood")
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is not WSMsgType.PONG and self._is_sound(message.data):
                return message.data

    def _is_sound(self, message: str | bytes) -> bool:
        try:
            if isinstance(message, str):
                if packets.read(message.encode()).kind == "goodbye":
                    # engineio would note it and read on, for as long as the client leaves the line open.
                    self.cut(GONE)
                return True
        except Unsound:
            pass
        self._live.malformed(self)
        return False


class StockEngine(GuardedEngine):
    """python-engineio's server behind our door."""


class StockServer(SocketServer):
    """python-socketio's server; its acknowledgements end in our own table."""

    def __init__(self, live: "LiveServer") -> None:
        """Serve this live layer."""
        super().__init__(live)

        def line(handler: Callable[[FrameSocket], Awaitable[None]], server: Any) -> StockLine:
            return StockLine(live, handler, server)

        # The driver's table is the only place where engineio takes a WebSocket class from; see wire.FrameSocket.
        self.eio.__dict__["_async"] = {**self.eio.__dict__["_async"], "websocket": line}
        self.on("*", self._on_any)

    async def _on_any(self, event: str, sid: str, *arguments: object) -> object:
        connection = self.live.connection(sid)
        return None if connection is None else await self.live.dispatch(connection, event, arguments)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Have the line find the queue that engineio's writer empties."""
        environ[OUTBOX] = self.eio.sockets[eio_sid].queue
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int, data: list[object]) -> None:  # noqa: A002, ARG002 - upstream's names
        if (line := self.line_of(eio_sid)) is not None:
            self.live.answered(line, id, tuple(data))

    def _engineio_server_class(self) -> type[StockEngine]:
        return StockEngine
