"""Is it alive, is it ready: what a supervisor, a load balancer and an admin ask."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from aiohttp import web

from relay.clock import Clock


def app_version() -> str:
    """Return the installed version, `0` when running from a bare checkout."""
    try:
        return version("benchcast")
    except PackageNotFoundError:
        return "0"


class HealthRoutes:
    """`/health` says that the loop turns, `/ready` that triggers can be accepted, `/api/health` both in words."""

    def __init__(self, clock: Clock, is_ready: Callable[[], bool]) -> None:
        """Count the uptime from now."""
        self._clock = clock
        self._is_ready = is_ready
        self._started = clock.monotonic()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/health", self.health),
            web.get("/ready", self.ready),
            web.get("/api/health", self.words),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        """Answer 200 whenever the loop turns."""
        return web.json_response({"status": "ok"}, headers=_UNCACHED)

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 when a trigger would be accepted, 503 while starting or stopping, or when the disk is full."""
        is_ready = self._is_ready()
        body = {"status": "ready" if is_ready else "unavailable", "database": is_ready}
        return web.json_response(body, status=200 if is_ready else 503, headers=_UNCACHED)

    async def words(self, _request: web.Request) -> web.Response:
        """Answer status, time, uptime in seconds, and version."""
        return web.json_response(
            {
                "status": "ok" if self._is_ready() else "degraded",
                "timestamp": self._clock.now_ms(),
                "uptime": round(self._clock.monotonic() - self._started, 3),
                "version": app_version(),
            },
            headers=_UNCACHED,
        )


_UNCACHED = {"Cache-Control": "no-store"}
