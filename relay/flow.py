"""What a flow is: a name, the tables' history it brings, and how it is built from the core it stands on."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from relay.clock import Clock
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.watch import Watch
from relay.documents.documents import Documents
from relay.identity.screens import Screens
from relay.live.connection import Connection
from relay.live.server import LiveServer
from relay.settings import Settings
from relay.storage.database import Database
from relay.web.turnstile import Turnstile

Service = Callable[[], Coroutine[object, object, None]]
EventHandler = Callable[[Connection, object], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Core:
    """What every flow stands on."""

    settings: Settings
    clock: Clock
    database: Database
    courier: Courier
    dead_letters: DeadLetters
    documents: Documents
    screens: Screens
    live: LiveServer
    # The relay's own addresses, such as `http://127.0.0.1:8440`, known once it listens.
    own_addresses: Callable[[], tuple[str, ...]]
    turnstile: Turnstile
    watch: Watch


@dataclass(frozen=True, slots=True)
class Running:
    """What a flow adds to the relay: HTTP routes, socket events (name to handler), and what runs beside them."""

    routes: Sequence[web.RouteDef]
    events: dict[str, EventHandler] = field(default_factory=dict[str, EventHandler])
    # What runs beside the requests, for as long as the relay does: name to work that never ends.
    services: dict[str, Service] = field(default_factory=dict[str, Service])


@dataclass(frozen=True, slots=True)
class Flow:
    """The front door of a flow; `relay/flows/<name>/__init__.py` holds one under the name `flow`."""

    name: str
    build: Callable[[Core], Running]
    versions: Path
