"""`/api/monitoring/health`: what the relay finds when it examines itself, for the console's page about health."""

import asyncio
import platform
import sys
from collections.abc import Callable

from aiohttp import web

from relay.admin.exposition import Sources
from relay.contract.operations import Condition
from relay.contract.wording import choose_language
from relay.ops.doctor import Doctor
from relay.ops.findings import Found
from relay.ops.health import app_version
from relay.settings import Settings
from relay.storage import dialect
from relay.web.access import caller_of
from relay.web.attacks import Attacks
from relay.web.handler import answer


class ConditionRoutes:
    """The HTTP face of the doctor."""

    def __init__(
        self, sources: Sources, settings: Settings, is_ready: Callable[[], bool], attacks: Attacks
    ) -> None:
        """Examine the relay of these settings, and tell of signs of an attack."""
        self._settings = settings
        self._attacks = attacks
        self._from = sources
        self._is_ready = is_ready
        self._doctor = Doctor(settings, sources.clock)
        # Two people who look at once are one examination after the other: each syncs the disk and reads the database.
        self._alone = asyncio.Lock()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.get("/api/monitoring/health", self.condition)]

    async def condition(self, request: web.Request) -> web.Response:
        """Answer what is found now; takes a second, more with a large database."""
        (await caller_of(request)).require_role("admin")
        async with self._alone:
            found: list[Found] = await asyncio.to_thread(lambda: list(self._doctor.examine()))
        found.append(self._attack())
        language = choose_language(request.headers.get("Accept-Language"))
        return answer(
            Condition(
                ready=self._is_ready(),
                uptime=round(self._from.clock.monotonic() - self._from.started, 3),
                versions={
                    "benchcast": app_version(),
                    "python": sys.version.split()[0],
                    "sqlite": str(dialect.sqlite.sqlite_version),
                    "system": platform.platform(terse=True),
                },
                findings=tuple(each.worded(language) for each in found),
            )
        )

    def _attack(self) -> Found:
        """Is somebody trying to get in? Only the relay that serves knows."""
        signs = self._attacks.signs()
        minutes = f"{self._settings.alert_attack_minutes:g}"
        if not signs:
            return Found("attack", "good", "good", {"minutes": minutes})
        worst = max(signs, key=lambda sign: sign.count)
        values: dict[str, str | int] = {"minutes": minutes, "count": worst.count, "who": worst.who}
        return Found("attack", "bad", worst.what, values)
