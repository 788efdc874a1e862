"""Puts together what watches over the relay, and lists what it answers: figures, health, backups, alerts, retention."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from aiohttp import web

from relay.admin.alerts import Alerts
from relay.admin.backups import Backups
from relay.admin.condition import ConditionRoutes
from relay.admin.exposition import Sources
from relay.admin.figures import FigureRoutes
from relay.admin.setting_routes import SettingRoutes
from relay.admin.tracing import NoTracingError, Tracing
from relay.chosen_settings import ChosenSettings
from relay.clock import Clock
from relay.delivery.courier import Courier
from relay.delivery.journal import Journal
from relay.delivery.purge import Purge
from relay.identity.screens import Screens
from relay.live.server import LiveServer
from relay.metrics import Recent
from relay.ops.certificate_life import expiry_of
from relay.settings import Settings
from relay.storage.database import Database
from relay.tasks import Tasks
from relay.web.attacks import Attacks

log = structlog.get_logger()

FAREWELL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The rooms that are watched over."""

    settings: Settings
    clock: Clock
    database: Database
    courier: Courier
    journal: Journal
    screens: Screens
    live: LiveServer
    choices: ChosenSettings
    attacks: Attacks


class Operations:
    """Everything of this room, each once."""

    def __init__(self, watched: Watched) -> None:
        """Watch over these rooms; nothing moves before `start`."""
        settings, clock = watched.settings, watched.clock
        recent = Recent(watched.courier.meter)
        self._watched = watched
        self._recent = recent
        self._sources = Sources(
            data=settings.data,
            clock=clock,
            database=watched.database,
            courier=watched.courier,
            live=watched.live,
            started=clock.monotonic(),
            certificate_ends_ms=lambda: expiry_of(settings),
        )
        self._figures = FigureRoutes(self._sources, recent, watched.journal, settings, watched.attacks)
        self._backups = Backups(settings, clock)
        self._alerts = Alerts(self._sources, recent, watched.screens, settings, watched.attacks)
        self._choices = SettingRoutes(watched.choices, self._alerts, watched.database, clock)
        self._tracing: Tracing | None = None

    def start(self, tasks: Tasks) -> None:
        """Begin with what is done by the clock: figures, backups, retention, alerts."""
        watched = self._watched
        self.trace(tasks)
        tasks.keep(self._figures.look_for_ever, "figures")
        tasks.keep(self._backups.make_for_ever, "backups")
        tasks.keep(Purge(watched.database, watched.clock, watched.settings).purge_for_ever, "retention")
        tasks.keep(self._alerts.watch_for_ever, "alerts: watch")
        tasks.keep(self._alerts.notifier.post_for_ever, "alerts: post")

    def trace(self, tasks: Tasks) -> None:
        """Send traces where the settings say so; without the libraries for it the relay serves all the same."""
        watched = self._watched
        if endpoint := watched.settings.otlp_endpoint:
            try:
                self._tracing = Tracing(watched.journal, tasks, endpoint, watched.settings.name)
            except NoTracingError as error:
                log.warning("There are no traces: benchcast[otel] is not installed", reason=str(error))
                return
            watched.courier.ended = self._tracing.beside(watched.courier.ended)

    async def close(self) -> None:
        """Send what is left of the traces, for two seconds at most."""
        if self._tracing is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._tracing.close(), FAREWELL_SECONDS)

    def table(self, is_ready: Callable[[], bool]) -> list[web.RouteDef]:
        """List the routes."""
        return [
            *self._figures.table(),
            *self._backups.table(),
            *self._choices.table(),
            *ConditionRoutes(self._sources, self._watched.settings, is_ready, self._watched.attacks).table(),
        ]
