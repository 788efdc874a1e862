"""What a source may answer, and how its steps are told to whoever tries it; pure."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from relay.contract.names import OrderId


class SourceError(Exception):
    """A source cannot be asked, or answers what nobody understands; `what` is a key of the catalogue."""

    def __init__(self, what: str, **values: str | int) -> None:
        """Name the sentence and fill it."""
        super().__init__(what)
        self.what = what
        self.values = values


@dataclass(frozen=True, slots=True)
class Known:
    """What is here already: the revision as the source called it, and by what it knows the file again."""

    revision: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The document on its way; `chunks` is None where it is the one that is here already."""

    chunks: AsyncGenerator[bytes] | None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An order as a source knows it; `open` brings its document."""

    open: Callable[[], AbstractAsyncContextManager[Body]]
    name: str = ""
    title: str | None = None
    revision: str | None = None
    customer: str | None = None
    due_date: str | None = None


Step = tuple[str, bool, dict[str, str | int]]


@dataclass(slots=True)
class Steps:
    """Hears what is done; `told` is called with a key of the catalogue, whether it went well, and values."""

    told: Callable[[str, bool, dict[str, str | int]], None] = field(default=lambda _key, _ok, _values: None)

    def good(self, key: str, **values: str | int) -> None:
        """Tell a step that went well."""
        self.told(key, True, values)


class Connector(Protocol):
    """Something that can be asked for an order."""

    async def ask(self, order_id: OrderId, known: Known, steps: Steps) -> Answer | None:
        """Ask for an order; None where the source does not know it. Raises SourceError."""
        ...
