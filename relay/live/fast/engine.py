"""The fast engine: python-socketio's server on sockets of our own.

How it works: python-socketio and python-engineio judge the handshake and let clients in and out, as they always did.
What happens often goes past them: frames are read and written by `FastSocket`, events and acknowledgements go straight
to whoever asked for them. Both packages are pinned exactly: this relies on their names (`_handle_connect`, `sockets`).
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
from aiohttp import web

from relay.live import packets
from relay.live.bounds import MAX_FRAME_BYTES
from relay.live.fast import frames
from relay.live.fast.frames import Opcode
from relay.live.fast.members import Members
from relay.live.fast.socket import FastSocket
from relay.live.fast.upgrade import Upgraded, answer, take_transport
from relay.live.packets import Packet
from relay.live.socket_server import LANGUAGE, LINE, GuardedEngine, SocketServer

if TYPE_CHECKING:
    from relay.live.server import LiveServer


class FastEngine(GuardedEngine):
    """python-engineio's server; a client that comes in gets a socket of ours."""

    ears: "FastServer"

    async def _handle_connect(
        self,
        environ: dict[str, Any],
        transport: str,  # noqa: ARG002 - upstream's signature
        jsonp_index: int | None = None,  # noqa: ARG002 - upstream's signature
    ) -> Any:
        request: web.Request = environ["aiohttp.request"]
        accepted, address = answer(request), request.remote or ""
        if (taken := take_transport(request)) is not None:
            stream, early = taken
            sid = str(self.generate_id())
            socket = FastSocket(sid, address, self.ears)
            self.sockets[sid] = socket
            self.ears.came_in(socket, environ.get(LANGUAGE))
            stream.write(accepted + frames.frame(Opcode.TEXT, self._opening(sid)))
            socket.take_over(stream, early)
        return Upgraded()

    def _opening(self, sid: str) -> bytes:
        words = {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": round(self.ping_timeout * 1000),
            "pingInterval": round(self.ping_interval * 1000),
            "maxPayload": MAX_FRAME_BYTES,
        }
        return b"0" + msgspec.json.encode(words)


class FastServer(SocketServer):
    """python-socketio's server, and the ears of its sockets."""

    def __init__(self, live: "LiveServer") -> None:
        """Serve this live layer."""
        self.bounds = live.bounds
        self.monotonic: Callable[[], float] = live.monotonic
        self.members = Members(self._socket_of, live.bounds.soft_bytes)
        super().__init__(live, client_manager=self.members)
        assert isinstance(self.eio, FastEngine)
        self.eio.ears = self

    def came_in(self, socket: FastSocket, language: str | None) -> None:
        """Note a client that was upgraded and has not said who it is; nothing else of its request is kept."""
        self.environ[socket.sid] = {LINE: socket, LANGUAGE: language}
        self.live.came_in(socket)
        self.live.sweeper.add(socket)

    # What a socket tells.

    def answered(self, socket: FastSocket, packet: Packet) -> None:
        """Pass an acknowledgement on."""
        if packet.number is not None:
            self.live.answered(socket, packet.number, packet.values)

    async def said(self, socket: FastSocket, packet: Packet) -> None:
        """Handle one event, connect or disconnect."""
        match packet.kind:
            case "event":
                connection = socket.connection
                if connection is not None:
                    value = await self.live.dispatch(connection, packet.name, packet.values)
                    if packet.number is not None:
                        socket.write(packets.acknowledgement(packet.number, value))
            case "connect" if socket.is_open:
                await self._handle_connect(socket.sid, packet.namespace, packet.values[0])
                # `hello`, which was scheduled meanwhile, comes before the answer to whatever the client said next.
                await asyncio.sleep(0)
            case "disconnect":
                await self._handle_disconnect(socket.sid, packet.namespace)
            case _:
                pass

    def malformed(self, socket: FastSocket) -> None:
        """Count a message that is none."""
        self.live.malformed(socket)

    def is_closing(self, socket: FastSocket) -> None:
        """Have the line dropped in a while."""
        self.live.is_closing(socket)

    def is_gone(self, socket: FastSocket) -> None:
        """Forget a socket."""
        self.eio.sockets.pop(socket.sid, None)
        self.environ.pop(socket.sid, None)
        self.live.sweeper.remove(socket)
        self.live.is_gone(socket)
        if (sid := self.members.drop(socket.sid)) is not None:
            self.live.forget(sid)

    def run(self, socket: FastSocket) -> None:
        """Handle the events of a socket beside everything else."""
        self.live.tasks.spawn(socket.handle_events(), "live: events")

    def _socket_of(self, eio_sid: str) -> FastSocket | None:
        return cast("FastSocket | None", self.eio.sockets.get(eio_sid))

    def _engineio_server_class(self) -> type[FastEngine]:
        return FastEngine
