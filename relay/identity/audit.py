"""Who did what to what: one table that only grows at its end and is cut at its beginning.

How it works: whoever takes a request says so with `doing`; rooms that change something ask for a note (`noting`) while
they still know for whom, and write it inside the transaction of the change itself, so that neither is there without the
other. A room that several kinds of requests go through writes whatever the request's frame says is `due`
(`with_note`). What nobody noted is recorded by the frame after the answer is known (relay.web.audited).

What must never be in it: passwords, tokens, codes of a pairing, the content of documents.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select

from relay.clock import Clock
from relay.contract.audit import AuditEntry
from relay.errors import StorageUnavailableError
from relay.identity.tables import audit
from relay.storage.database import Database

log = structlog.get_logger()
T = TypeVar("T")

DONE = "done"
NOBODY = "anybody"
DAY_MS = 24 * 3_600_000
# So many rows are deleted in one transaction at most; others write in between.
CHUNK = 2_000
TIDY_SECONDS = 3600.0
# What people typed (a user name, a screen's name) is cut to that many letters.
LONGEST = 200


class Note(Protocol):
    """Writes a deed down inside the transaction that does it; `target` and `actor`, where they are known only there."""

    def __call__(
        self, connection: Connection, target: str | None = None, actor: str | None = None, /
    ) -> None:
        """Write it down."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """What a request is called and what it is about, as its address says; `of_people`: of nobody else it is noted."""

    action: str
    kind: str
    target: str
    of_people: bool = False


@dataclass(slots=True)
class Doing:
    """A request in hand: from where, by whom (once that is known), and what it is about."""

    address: str
    actor: str = NOBODY
    target_kind: str = ""
    target: str = ""
    detail: str = ""
    is_noted: bool = False
    due: Due | None = None


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)


@contextmanager
def doing(address: str, actor: str = NOBODY) -> Generator[Doing]:
    """Have everything inside the block be done by whoever speaks from this address."""
    now = Doing(address, actor)
    token = _doing.set(now)
    try:
        yield now
    finally:
        _doing.reset(token)


def by(actor: str) -> None:
    """Say who it is, once that is known."""
    if (now := _doing.get()) is not None:
        now.actor = actor


def who_and_whence() -> tuple[str, str]:
    """Return who does what is being done, and from which address."""
    now = _doing.get() or Doing("", "relay")
    return now.actor[:LONGEST], now.address[:LONGEST]


def about(kind: str, target: str, detail: str = "") -> None:
    """Say what the request in hand is about, where its address does not say it."""
    if (now := _doing.get()) is not None:
        now.target_kind, now.target, now.detail = kind, target, detail


def noting(action: str, kind: str, target: str, clock: Clock, detail: str = "") -> Note:
    """Return what writes down this deed in the transaction that does it."""
    now = _doing.get() or Doing("", "relay")
    at = clock.now_ms()

    def note(connection: Connection, found: str | None = None, actor: str | None = None, /) -> None:
        named = replace(
            now, actor=actor or now.actor, target_kind=kind, target=found or target, detail=detail
        )
        _insert(connection, at, named, action, DONE)
        now.is_noted = True

    return note


def with_note(work: Callable[[Connection], T], at_ms: int, *actions: str) -> Callable[[Connection], T]:
    """Have `work` bring along the note that is due for the request in hand, if that is one of these actions.

    An action that ends in a dot means all that begin so. A request that changes things several times (an import) is
    noted with the first of them.
    """
    now = _doing.get()
    if now is None or now.is_noted or (due := now.due) is None:
        return work
    if due.action not in actions and not due.action.startswith(
        tuple(each for each in actions if each.endswith("."))
    ):
        return work
    if due.of_people and not now.actor.startswith("user:"):
        return work
    named = replace(now, target_kind=now.target_kind or due.kind, target=now.target or due.target)

    def noted(connection: Connection) -> T:
        result = work(connection)
        if not now.is_noted:
            _insert(connection, at_ms, named, due.action, DONE)
            now.is_noted = True
        return result

    return noted


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: each part only where it is given. `text` is looked for in actor, target and address."""

    text: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""
    since_ms: int | None = None
    until_ms: int | None = None


class Audit:
    """The log: written here when nobody else has, read page by page, and cut."""

    def __init__(self, database: Database, clock: Clock, *, days: int, rows: int) -> None:
        """Keep entries for `days`, and `rows` of them at most."""
        self._database = database
        self._clock = clock
        self._days = days
        self._rows = rows

    async def record(self, now: Doing, action: str, outcome: str = DONE) -> None:
        """Write down a deed that is done or refused already; a disk that is full does not undo it."""
        at = self._clock.now_ms()

        def add(connection: Connection) -> None:
            _insert(connection, at, now, action, outcome)

        try:
            await self._database.write(add)
        except StorageUnavailableError:
            log.exception("A deed could not be written to the audit log", action=action, outcome=outcome)

    async def page(self, wanted: Wanted, *, before: int | None, limit: int) -> tuple[AuditEntry, ...]:
        """Read entries, newest first, of those older than the id `before`."""
        query = select(audit).where(*_conditions(wanted)).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        return await self._database.read(
            lambda connection: tuple(entry_of(row) for row in connection.execute(query))
        )

    async def purge(self) -> int:
        """Delete what is too old or too much, oldest first; answer how many entries that were."""
        limit_ms = self._clock.now_ms() - self._days * DAY_MS

        def cut(connection: Connection) -> int:
            newest = connection.execute(select(func.max(audit.c.id))).scalar() or 0
            oldest = (
                select(audit.c.id)
                .where(or_(audit.c.at < limit_ms, audit.c.id <= newest - self._rows))
                .order_by(audit.c.id)
                .limit(CHUNK)
            )
            return connection.execute(delete(audit).where(audit.c.id.in_(oldest))).rowcount

        gone = 0
        while (count := await self._database.write(cut)) > 0:
            gone += count
        return gone

    async def tidy_for_ever(self) -> None:
        """Purge now and every hour."""
        while True:
            try:
                if gone := await self.purge():
                    log.info("Old entries of the audit log were deleted", count=gone)
            except StorageUnavailableError:
                log.warning("The audit log could not be tidied; it is tried again in an hour")
            await asyncio.sleep(TIDY_SECONDS)


def entry_of(row: Row[Any]) -> AuditEntry:
    """Tell a row of the log as the contract does."""
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        address=row.address,
        action=row.action,
        outcome=row.outcome,
        target_kind=row.target_kind,
        target=row.target,
        detail=row.detail,
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (audit.c.actor, audit.c.target, audit.c.address, audit.c.detail)
        found.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.action:
        found.append(or_(audit.c.action == wanted.action, audit.c.action.startswith(f"{wanted.action}.")))
    if wanted.target:
        found.append(audit.c.target == wanted.target)
    if wanted.outcome == "refused":
        found.append(audit.c.outcome != DONE)
    elif wanted.outcome:
        found.append(audit.c.outcome == wanted.outcome)
    if wanted.since_ms is not None:
        found.append(audit.c.at >= wanted.since_ms)
    if wanted.until_ms is not None:
        found.append(audit.c.at < wanted.until_ms)
    return found


def _insert(connection: Connection, at: int, now: Doing, action: str, outcome: str) -> None:
    connection.execute(
        insert(audit).values(
            at=at,
            actor=now.actor[:LONGEST],
            address=now.address[:LONGEST],
            action=action[:LONGEST],
            outcome=outcome,
            target_kind=now.target_kind,
            target=now.target[:LONGEST],
            detail=now.detail[:LONGEST],
        )
    )
