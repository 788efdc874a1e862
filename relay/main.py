"""The only file that knows every room: opens them in order, serves, and closes them in reverse."""

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import filelock
import structlog
from aiohttp import web

from relay.clock import Clock, SystemClock, boot_id
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.journal import Journal
from relay.delivery.line import Line
from relay.delivery.picture_routes import PictureRoutes
from relay.delivery.picture_store import Pictures
from relay.delivery.reception import Reception
from relay.delivery.routes import DeliveryRoutes
from relay.documents.documents import Documents
from relay.documents.routes import DocumentRoutes
from relay.errors import Refusal
from relay.flow import Core, EventHandler, Flow
from relay.flows.display import flow as display
from relay.identity.keys import Keys
from relay.identity.screens import PresenceView, Screens
from relay.identity.sessions import Sessions
from relay.identity.tokens import AccessTokens
from relay.identity.users import Users
from relay.live.bounds import Bounds
from relay.live.connection import Connection
from relay.live.server import LiveServer
from relay.ops.addresses import EVERYWHERE, bracketed, served_addresses
from relay.ops.announcement import Announcement
from relay.ops.app_advice import app_advice_routes
from relay.ops.certificate import Certificate, open_certificate
from relay.ops.descriptions import description_routes
from relay.ops.health import HealthRoutes, app_version
from relay.pairing.approve_page import ApprovePage
from relay.pairing.offers import Offers
from relay.pairing.request_routes import RequestRoutes
from relay.pairing.requests import Requests
from relay.pairing.routes import PairingRoutes
from relay.settings import Settings
from relay.storage.database import Database
from relay.storage.migrate import migrate
from relay.tasks import Tasks
from relay.web.access import ACCESS
from relay.web.control_sheet import control_sheet_routes
from relay.web.browser import BrowserRoutes
from relay.web.cookies import KEYS
from relay.web.handler import problems
from relay.web.limits import Limits
from relay.web.pages import PageRoutes
from relay.web.sign_in import SignInRoutes

log = structlog.get_logger()

FLOWS: tuple[Flow, ...] = (display,)
# How long requests in hand may take to end; aiohttp waits for them twice.
SHUTDOWN_SECONDS = 0.7
RETRY_MS = 2_000
# sysexits.h; `os` knows it by name on Unix alone.
EX_SOFTWARE = 70


class AlreadyRunningError(Exception):
    """Another relay holds this data directory; only one may write its database."""


@dataclass(slots=True)
class Relay:
    """A relay that is serving. `urls` are where it listens, `address` is what a pairing link says."""

    settings: Settings
    port: int
    urls: tuple[str, ...]
    address: RelayAddress
    database: Database
    journal: Journal
    courier: Courier
    live: LiveServer
    ready: bool = field(default=False)


@asynccontextmanager
async def open_relay(
    settings: Settings, *, clock: Clock | None = None, is_guest: bool = False
) -> AsyncGenerator[Relay]:
    """Open every room and serve; leaving the block is the shutdown.

    A guest (the command line, when no relay runs) listens on a free loopback port for itself only, and links that it
    makes carry the address that the real relay serves on. Raises AlreadyRunningError, OSError when the port is taken.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _take_lock(stack, settings.data)
        database_path = settings.data / "relay.db"
        await asyncio.to_thread(migrate, database_path, [flow.versions for flow in FLOWS])
        database = Database(database_path, asyncio.get_running_loop(), on_broken=_leave)
        stack.push_async_callback(database.close)
        tasks = await stack.enter_async_context(Tasks())
        keys = Keys.open(settings.data)
        certificate = open_certificate(settings) if settings.uses_tls else None
        access = AccessTokens(keys, database, clock)
        live = LiveServer(access, clock, tasks, Bounds.of(settings), settings.engine)
        journal = Journal(database)
        line = Line(live)
        courier = Courier(journal, line, clock, tasks, ladder=settings.retry_seconds, boot=boot_id())
        reception = Reception(courier, live, line, clock=clock)
        dead_letters = DeadLetters(courier, journal, clock)
        screens = Screens(database, clock, access, presence=_presence_of(live, reception))
        access.on_screen_revoked.append(live.revoke)
        sessions = Sessions(database, clock, access, keys)
        documents = Documents(database, clock, settings.data / "documents", settings)
        pictures = Pictures(settings.data / "screenshots", clock)
        tasks.keep(pictures.tidy_for_ever, "pictures")
        relay = Relay(settings, 0, (), RelayAddress(addresses=()), database, journal, courier, live)
        core = Core(
            settings, clock, database, courier, dead_letters, documents, screens, live, lambda: relay.urls
        )
        running = [flow.build(core) for flow in FLOWS]
        gate = _Gate(relay)
        for flow in running:
            for event, handler in flow.events.items():
                live.on(event, gate.event(handler))
        limits = Limits(clock, settings.attempts_per_minute)
        offers = Offers(database, clock, screens, sessions, lambda: relay.address)
        requests = Requests(database, clock, sessions, lambda: relay.address)
        users = Users(database, clock)
        approve_page = ApprovePage(
            requests, screens, users=users, sessions=sessions, limits=limits, clock=clock
        )
        routes = [
            *HealthRoutes(clock, lambda: relay.ready and database.writable).table(),
            *description_routes(),
            *control_sheet_routes(),
            *app_advice_routes(settings),
            *SignInRoutes(users, sessions, access, limits).table(),
            *BrowserRoutes(users, sessions, access, keys, limits).table(),
            *PageRoutes().table(),
            *PairingRoutes(screens, offers, limits).table(),
            *RequestRoutes(requests, limits).table(),
            *approve_page.table(),
            *DocumentRoutes(documents).table(),
            *DeliveryRoutes(courier, journal, dead_letters).table(),
            *PictureRoutes(courier, pictures).table(),
            *(gate.route(route) for flow in running for route in flow.routes),
        ]
        app = _application(settings, access, keys, live, routes)
        await documents.tidy()
        await courier.start()
        stack.callback(courier.notes.flush)
        live.start()
        relay.port = await _listen(stack, app, settings, certificate, is_guest=is_guest)
        _announce(relay, certificate, is_guest=is_guest)
        if settings.announce and not settings.is_loopback and not is_guest:
            announcement = Announcement(settings, relay.address, relay.port, app_version())
            tasks.keep(announcement.run, "announcement")
        stack.push_async_callback(live.close)
        stack.callback(live.refuse_newcomers)
        stack.callback(lambda: setattr(relay, "ready", False))
        relay.ready = True
        yield relay


class _Gate:
    """Refuses what would begin something new once the relay is going away; what was begun may end."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def route(self, route: web.RouteDef) -> web.RouteDef:
        async def while_ready(request: web.Request) -> web.StreamResponse:
            self._check()
            return await handler(request)

        handler = cast("Callable[[web.Request], Awaitable[web.StreamResponse]]", route.handler)
        is_reading = route.method in {"GET", "HEAD"}
        return route if is_reading else web.RouteDef(route.method, route.path, while_ready, route.kwargs)

    def event(self, handler: EventHandler) -> EventHandler:
        async def while_ready(connection: Connection, payload: object) -> object:
            self._check()
            return await handler(connection, payload)

        return while_ready

    def _check(self) -> None:
        if not self._relay.ready:
            raise Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=RETRY_MS)


def _leave(_reason: str) -> None:
    """Leave at once, without a farewell: what this process believes of its database is worth nothing any more.

    The supervisor starts another one, which reads what is on disk.
    """
    logging.shutdown()
    os._exit(EX_SOFTWARE)


def _take_lock(stack: AsyncExitStack, data: Path) -> None:
    lock = filelock.FileLock(data / "relay.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise AlreadyRunningError(str(data)) from error
    stack.callback(lock.release)


def _application(
    settings: Settings, access: AccessTokens, keys: Keys, live: LiveServer, routes: Sequence[web.RouteDef]
) -> web.Application:
    app = web.Application(middlewares=[problems], client_max_size=settings.max_body_bytes)
    app[ACCESS] = access
    app[KEYS] = keys
    app.add_routes(routes)
    live.attach(app)
    return app


async def _listen(
    stack: AsyncExitStack,
    app: web.Application,
    settings: Settings,
    certificate: Certificate | None,
    *,
    is_guest: bool,
) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    context: ssl.SSLContext | None = certificate.context() if certificate and not is_guest else None
    host, port = ("127.0.0.1", 0) if is_guest else (settings.host, settings.port)
    # Thousands of screens come back at once after a restart; aiohttp's 128 would leave the rest to their timeouts.
    site = web.TCPSite(runner, host, port, ssl_context=context, backlog=4096)
    await site.start()
    return int(runner.addresses[0][1])


def _announce(relay: Relay, certificate: Certificate | None, *, is_guest: bool) -> None:
    """Fix the addresses, and leave word for the command line on this machine."""
    settings = relay.settings
    note = settings.data / "running.json"
    fingerprint = certificate.fingerprint if certificate else None
    if is_guest:
        relay.urls = (f"http://127.0.0.1:{relay.port}",)
        relay.address = _last_address(note, settings) or RelayAddress(
            addresses=settings.addresses or served_addresses(settings, settings.port),
            fingerprint=fingerprint,
            name=settings.name,
        )
        return
    relay.urls = served_addresses(settings, relay.port)
    addresses = settings.addresses or relay.urls
    relay.address = RelayAddress(addresses=addresses, fingerprint=fingerprint, name=settings.name)
    scheme = "https" if certificate else "http"
    host = "127.0.0.1" if settings.host in EVERYWHERE else bracketed(settings.host)
    word = {"url": f"{scheme}://{host}:{relay.port}", "addresses": addresses, "fingerprint": fingerprint}
    partial = note.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(word | {"pid": os.getpid()}, file)
    partial.replace(note)


def _last_address(note: Path, settings: Settings) -> RelayAddress | None:
    """Return where the relay last served, with the certificate of then: flags of `serve` may have decided both."""
    try:
        word = json.loads(note.read_text("utf-8"))
        addresses, fingerprint = tuple(word["addresses"]), word["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return RelayAddress(
        addresses=settings.addresses or addresses, fingerprint=fingerprint, name=settings.name
    )


def _presence_of(live: LiveServer, reception: Reception) -> Callable[[str], PresenceView | None]:
    def view(screen_id: str) -> PresenceView | None:
        seen = reception.last_seen(screen_id)
        if seen is None:
            return None
        presence = seen.presence
        return PresenceView(
            online=live.connection_of(screen_id) is not None,
            last_seen_at=seen.at_ms,
            app_version=presence.app_version if presence else None,
            displays=presence.displays if presence else (),
            windows=presence.windows if presence else (),
        )

    return view
