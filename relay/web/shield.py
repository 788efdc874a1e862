"""What every answer says to a browser besides its content, and how long the relay listens to who says nothing.

How it works: headers that an answer has not set itself are set when it is sent, whoever made it. A watch goes over the
open HTTP lines every second: who has not said a whole request by `HEAD_SECONDS`, or brings a body more slowly than
`LEAST_BYTES_PER_SECOND`, is cut. Live lines are no HTTP lines any more, and have a watch of their own (relay.live).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from relay.clock import Clock

log = structlog.get_logger()

SERVER = "Benchcast"
ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # What is no page of ours may load and run nothing, and stands in no frame.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Where programs ask. Who opens one of these in a browser gets a file with a harmless name, whatever the address says
# behind its last stroke; what is there to be looked at, a picture, is shown in its sandbox.
CALLED = ("/api/", "/health", "/ready")
DISPOSITIONS: Mapping[str, str] = {
    "application/json": 'attachment; filename="api.json"',
    "application/problem+json": 'attachment; filename="api.json"',
    "text/event-stream": 'attachment; filename="api.txt"',
    "image/png": 'inline; filename="picture.png"',
    "image/jpeg": 'inline; filename="picture.jpg"',
}
# A year; no other host of the plant is concerned.
HSTS = "max-age=31536000"
HEAD_SECONDS = 15.0
# An honest upload over bad Wi-Fi is a hundred times as fast.
BODY_GRACE_SECONDS = 30.0
LEAST_BYTES_PER_SECOND = 500
KEEPALIVE_SECONDS = 75.0
LOOK_SECONDS = 1.0


async def shield(request: web.Request, response: web.StreamResponse) -> None:
    """Set what an answer has not set itself (an `on_response_prepare` of aiohttp)."""
    headers = response.headers
    for name, value in ALWAYS.items():
        if name not in headers:
            headers[name] = value
    headers["Server"] = SERVER
    if "Content-Disposition" not in headers and request.path.startswith(CALLED):
        disposition = DISPOSITIONS.get(headers.get("Content-Type", "").partition(";")[0])
        if disposition is not None:
            headers["Content-Disposition"] = disposition


async def by_https_alone(request: web.Request, response: web.StreamResponse) -> None:
    """Have browsers come by https alone (RFC 6797); said over our own TLS, behind a proxy the proxy says it."""
    if request.secure:
        response.headers["Strict-Transport-Security"] = HSTS


@dataclass(slots=True)
class _Seen:
    since: float
    requests: int
    is_heard: bool


class Patience:
    """Cuts the lines of those who keep the relay waiting."""

    def __init__(self, server: web.Server, clock: Clock) -> None:
        """Watch over the lines of this server."""
        self._server = server
        self._clock = clock
        self._seen: dict[RequestHandler, _Seen] = {}

    async def watch(self) -> None:
        """Look at every line every second, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> int:
        """Cut who is too slow; return how many."""
        now, cut = self._clock.monotonic(), 0
        before, self._seen = self._seen, {}
        for line in self._server.connections:
            request = line._current_request  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - aiohttp has no other word for "waits for a request"
            count = line._request_count  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - nor for how many there were
            is_heard = request is not None
            seen = before.get(line)
            if seen is None or (seen.requests, seen.is_heard) != (count, is_heard):
                seen = _Seen(now, count, is_heard)
            self._seen[line] = seen
            waited = now - seen.since
            if request is None:
                # Between two requests aiohttp's own keep-alive counts.
                is_late = count == 0 and waited > HEAD_SECONDS
            else:
                body = request.content
                is_late = (
                    waited > BODY_GRACE_SECONDS
                    and not body.is_eof()
                    and body.total_bytes < waited * LEAST_BYTES_PER_SECOND
                )
            if is_late:
                cut += 1
                line.force_close()
                if line.transport is not None:
                    line.transport.abort()
        if cut:
            log.info("Lines that kept the relay waiting were cut", count=cut)
        return cut
