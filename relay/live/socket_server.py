"""What both engines share of python-socketio: its settings, the guarded door, and who is told of coming and going."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import engineio
import socketio
from aiohttp import web

from relay.live.bounds import MAX_FRAME_BYTES
from relay.live.wire import Json

if TYPE_CHECKING:
    from relay.live.line import Line
    from relay.live.server import LiveServer

# A logger of our own: python-socketio would set a level and add a handler to its default one.
_quiet = logging.getLogger("benchcast.socketio")
_quiet.setLevel(logging.CRITICAL)

# Where the line and the header of a handshake are found in what python-socketio calls the environment of a client.
LINE, LANGUAGE = "benchcast.socket", "HTTP_ACCEPT_LANGUAGE"


def is_own_page(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """Tell whether a page of this relay asks, by host and port; who is no browser says no origin.

    WORKAROUND: python-engineio 4.15 takes every direct connection to aiohttp for http, so that it refuses all pages of
    a relay with TLS. The scheme says nothing that host and port do not: nothing else listens there.
    """
    request: web.Request = environ["aiohttp.request"]
    return origin is not None and urlsplit(origin).netloc.lower() == request.host.lower()


class GuardedEngine(engineio.AsyncServer):
    """python-engineio's server behind our door."""

    live: "LiveServer"

    async def handle_request(self, request: web.Request) -> Any:
        """Answer one request to `/socket.io/`. Raises RELAY_UNAVAILABLE before any upgrade, where there is no room."""
        self.live.admission.check(request.remote or "")
        return await super().handle_request(request)


class SocketServer(socketio.AsyncServer):
    """python-socketio's server; only connecting and disconnecting are its events, all others are ours."""

    eio: GuardedEngine

    def __init__(self, live: "LiveServer", **options: Any) -> None:
        """Serve this live layer."""
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            async_handlers=False,
            json=Json,
            max_http_buffer_size=MAX_FRAME_BYTES,
            ping_interval=live.bounds.ping_seconds,
            ping_timeout=live.bounds.ping_timeout_seconds,
            monitor_clients=False,
            cors_allowed_origins=is_own_page,
            logger=_quiet,  # pyright: ignore[reportArgumentType] - its annotation forgets what its docs promise
            engineio_logger=_quiet,
            **options,
        )
        self.live = live
        self.eio.live = live
        self.on("connect", self._on_connect)
        self.on("disconnect", self._on_disconnect)

    def line_of(self, eio_sid: str) -> "Line | None":
        """Return the line of a socket; None before the upgrade and after its end."""
        return self.environ.get(eio_sid, {}).get(LINE)

    async def _on_connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        await self.live.admit(sid, environ[LINE], environ.get(LANGUAGE), auth)

    async def _on_disconnect(self, sid: str, *_reason: object) -> None:
        self.live.forget(sid)
