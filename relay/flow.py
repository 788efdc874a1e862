"""What a flow is: a name, the tables' history it brings, and how it is built from the core it stands on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from relay.clock import Clock
from relay.delivery.courier import Courier
from relay.documents.documents import Documents
from relay.settings import Settings
from relay.storage.database import Database


@dataclass(frozen=True, slots=True)
class Core:
    """What every flow stands on."""

    settings: Settings
    clock: Clock
    database: Database
    courier: Courier
    documents: Documents


@dataclass(frozen=True, slots=True)
class Running:
    """What a flow adds to the relay: HTTP routes and socket events (name to handler)."""

    routes: Sequence[web.RouteDef]
    events: dict[str, Callable[..., object]] = field(default_factory=dict[str, Callable[..., object]])


@dataclass(frozen=True, slots=True)
class Flow:
    """The front door of a flow; `relay/flows/<name>/__init__.py` holds one under the name `flow`."""

    name: str
    build: Callable[[Core], Running]
    versions: Path
