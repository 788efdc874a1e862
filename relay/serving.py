"""Serving: the application of all routes, where it listens, and the word that is left for the command line."""

import json
import os
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aiohttp import web

from relay.clock import Clock
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code
from relay.delivery.courier import Courier
from relay.delivery.journal import Journal
from relay.errors import Refusal
from relay.flow import EventHandler
from relay.identity.audit import DONE, doing
from relay.identity.keys import Keys
from relay.identity.tokens import AccessTokens
from relay.live.connection import Connection
from relay.live.server import LiveServer
from relay.ops.addresses import EVERYWHERE, bracketed, served_addresses
from relay.ops.certificate import Certificate
from relay.settings import Settings
from relay.storage.database import Database
from relay.tasks import Tasks
from relay.web.access import ACCESS
from relay.web.audited import Frame
from relay.web.cookies import KEYS
from relay.web.handler import problems
from relay.web.lines import Runner
from relay.web.proxies import Proxies
from relay.web.shield import KEEPALIVE_SECONDS, Patience, by_https_alone, shield

# How long requests in hand may take to end; aiohttp waits for them twice.
SHUTDOWN_SECONDS = 0.7
RETRY_MS = 2_000


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
    # Where the first admin chooses a password, while there are no users; it works once.
    welcome_link: str | None = None


class Gate:
    """Refuses what would begin something new once the relay is going away; what was begun may end."""

    def __init__(self, relay: Relay) -> None:
        """Stand before this relay's flows."""
        self._relay = relay

    def route(self, route: web.RouteDef) -> web.RouteDef:
        """Let only those requests through that may begin something now."""

        async def while_ready(request: web.Request) -> web.StreamResponse:
            self._check()
            return await handler(request)

        handler = cast("Callable[[web.Request], Awaitable[web.StreamResponse]]", route.handler)
        is_reading = route.method in {"GET", "HEAD"}
        return route if is_reading else web.RouteDef(route.method, route.path, while_ready, route.kwargs)

    def event(self, handler: EventHandler) -> EventHandler:
        """Let only those events through that may begin something now."""

        async def while_ready(connection: Connection, payload: object) -> object:
            self._check()
            return await handler(connection, payload)

        return while_ready

    def _check(self) -> None:
        if not self._relay.ready:
            raise Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=RETRY_MS)


def audited_event(frame: Frame, event: str, handler: EventHandler) -> EventHandler:
    """Put on record what people do on the socket, as the frame around requests does over HTTP (relay.web.audited)."""
    action = f"screen.{event}"

    async def with_record(connection: Connection, payload: object) -> object:
        if connection.caller.kind not in {"user", "guest"}:
            return await handler(connection, payload)
        with doing(connection.line.address, connection.caller.subject) as now:
            answer = await handler(connection, payload)
            if now.target and not now.is_noted:
                said = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
                code = str(said.get("code", DONE))
                if code in {DONE, Code.FORBIDDEN.value}:
                    await frame.record(now, action, code)
            return answer

    return with_record


def application(
    settings: Settings,
    access: AccessTokens,
    keys: Keys,
    live: LiveServer,
    routes: Sequence[web.RouteDef],
    *,
    frame: Frame,
) -> web.Application:
    """Put all routes and the live line into one application."""
    proxied = [Proxies(settings).middleware] if settings.trusted_proxies else []
    app = web.Application(
        middlewares=[*proxied, problems, frame.middleware], client_max_size=settings.max_body_bytes
    )
    app.on_response_prepare.append(shield)
    if settings.sends_hsts:
        app.on_response_prepare.append(by_https_alone)
    app[ACCESS] = access
    app[KEYS] = keys
    app.add_routes(routes)
    live.attach(app)
    return app


async def listen(
    stack: AsyncExitStack,
    app: web.Application,
    settings: Settings,
    certificate: Certificate | None,
    tasks: Tasks,
    *,
    clock: Clock,
    is_guest: bool,
) -> int:
    """Serve, and return the port. Raises OSError when it is taken."""
    runner = Runner(
        app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, keepalive_timeout=KEEPALIVE_SECONDS
    )
    await runner.setup()
    assert runner.server is not None, "it is set up"
    tasks.keep(Patience(runner.server, clock).watch, "patience with clients")
    stack.push_async_callback(runner.cleanup)
    context: ssl.SSLContext | None = certificate.context() if certificate and not is_guest else None
    host, port = ("127.0.0.1", 0) if is_guest else (settings.host, settings.port)
    # Thousands of screens come back at once after a restart; aiohttp's 128 would leave the rest to their timeouts.
    site = web.TCPSite(runner, host, port, ssl_context=context, backlog=4096)
    await site.start()
    return int(runner.addresses[0][1])


def announce(relay: Relay, certificate: Certificate | None, *, is_guest: bool) -> None:
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
    if certificate:
        word["certificate"] = str(certificate.path.absolute())
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
