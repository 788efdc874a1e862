"""`/metrics`, `/api/metrics` and the dashboard: how the relay does, for Prometheus, for programs and for people.

Besides people, whoever has a token of scope `metrics` may read them. `/metrics` is also given to this machine itself,
as long as no proxy speaks for somebody else, and to anybody where `metrics_open` says so.
"""

import asyncio
import ipaddress
from contextlib import suppress

from aiohttp import web

from relay.admin.exposition import CONTENT_TYPE, Exposition, Sources
from relay.contract.operations import Dashboard, Figures, RecentError, Series, SeriesPoint
from relay.contract.problems import Code, write_problem
from relay.contract.wording import Language, choose_language
from relay.delivery.journal import Journal
from relay.delivery.purge import count_dead_letters
from relay.delivery.records import DEAD_LETTER_STATES, Delivery
from relay.errors import Refusal, StorageUnavailableError
from relay.metrics import LOOK_SECONDS, Recent, Span
from relay.settings import Settings
from relay.web.access import caller_of
from relay.web.attacks import Attacks
from relay.web.handler import answer

ERRORS = 20
SCOPE = "metrics"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class FigureRoutes:
    """The HTTP face of what is counted."""

    def __init__(
        self, sources: Sources, recent: Recent, journal: Journal, settings: Settings, attacks: Attacks
    ) -> None:
        """Speak of these."""
        self._attacks = attacks
        self._from = sources
        self._recent = recent
        self._journal = journal
        self._is_open = settings.metrics_open
        self._exposition = Exposition(sources)

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/metrics", self.prometheus),
            web.get("/api/metrics", self.figures),
            web.get("/api/monitoring/dashboard", self.dashboard),
            web.get("/api/monitoring/series", self.series),
        ]

    async def look_for_ever(self) -> None:
        """Remember every ten seconds what had been counted by then."""
        while True:
            self._recent.look(self._from.clock.now_ms(), self._from.live.count)
            await asyncio.sleep(LOOK_SECONDS)

    async def prometheus(self, request: web.Request) -> web.Response:
        """Answer everything that is counted."""
        if not (self._is_open or _is_from_here(request)):
            await _require(request)
        # Where the database cannot be read the rest is all the more wanted, and tells why.
        with suppress(StorageUnavailableError):
            self._exposition.dead_letters = await count_dead_letters(self._from.database)
        return web.Response(
            body=self._exposition.text(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        )

    async def figures(self, request: web.Request) -> web.Response:
        """Answer rates and latencies of the last quarter of an hour."""
        await _require(request)
        span = self._whole()
        return answer(
            Figures(
                success_rate=1 - span.error_rate,
                error_rate=span.error_rate,
                average_latency=_ms(span.average) or 0.0,
                p95_latency=_ms(span.p95) or 0.0,
                messages_per_minute=round(span.per_minute, 2),
            )
        )

    async def dashboard(self, request: web.Request) -> web.Response:
        """Answer how things stand, with the newest errors."""
        await _require(request)
        span, live = self._whole(), self._from.live
        bad = await self._journal.list(states=DEAD_LETTER_STATES, limit=ERRORS)
        language = choose_language(request.headers.get("Accept-Language"))
        return answer(
            Dashboard(
                total_connections=live.count,
                active_screens=sum(each.screen_id is not None for each in live.connections()),
                messages_per_minute=round(span.per_minute, 2),
                average_latency=_ms(span.average) or 0.0,
                p95_latency=_ms(span.p95) or 0.0,
                error_rate=span.error_rate,
                uptime=round(self._from.clock.monotonic() - self._from.started, 3),
                recent_errors=tuple(_error(delivery, language) for delivery in bad),
                attacks=len(self._attacks.signs()),
            )
        )

    async def series(self, request: web.Request) -> web.Response:
        """Answer the last quarter of an hour, step by step."""
        await _require(request)
        now = self._recent.glance(self._from.clock.now_ms(), self._from.live.count)
        whole = self._recent.whole(now)
        return answer(
            Series(
                step_seconds=LOOK_SECONDS,
                points=tuple(_point(span) for span in self._recent.spans(now)),
                p50_latency=_ms(whole.p50),
                p95_latency=_ms(whole.p95),
                p99_latency=_ms(whole.p99),
                dead_letters=await count_dead_letters(self._from.database),
            )
        )

    def _whole(self) -> Span:
        return self._recent.whole(self._recent.glance(self._from.clock.now_ms(), self._from.live.count))


async def _require(request: web.Request) -> None:
    caller = await caller_of(request)
    if not (caller.has_role("viewer") or SCOPE in caller.scopes):
        raise Refusal(Code.FORBIDDEN)


def _is_from_here(request: web.Request) -> bool:
    """Tell whether this machine asks for itself; a proxy on this machine asks for others."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not isinstance(peer, tuple) or any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])  # pyright: ignore[reportUnknownArgumentType] - a socket's word
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _point(span: Span) -> SeriesPoint:
    return SeriesPoint(
        at=span.to_ms,
        accepted=span.accepted,
        shown=span.shown,
        failed=span.failed,
        connections=span.connections,
        p50=_ms(span.p50),
        p95=_ms(span.p95),
        p99=_ms(span.p99),
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _error(delivery: Delivery, language: Language) -> RecentError:
    code = delivery.code or Code.INTERNAL_ERROR.value
    try:
        title = write_problem(
            Code(code), language, trace_id="", values={"screenId": delivery.screen_id}
        ).title
    except ValueError:
        title = code  # a code that a screen of another age sent
    return RecentError(
        timestamp=delivery.ended_at or delivery.created_at,
        screen_id=delivery.screen_id,
        error=title,
        code=code,
        severity="warning" if delivery.state == "expired" else "error",
    )
