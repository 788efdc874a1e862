"""What a screen may be asked for next, so that it can keep it for the time when nobody can be asked.

The rule, in two sentences: first what this screen showed in the last three days, the latest first; then the orders
that are due from a week ago to a week ahead, the nearest day first. An admin may narrow the second part by a search,
where a bench makes only some of the orders.

How it works: the second part is the same for all screens with the same search, so it is remembered until an order
changes or the day does. When orders change, every screen is hinted to ask again, at most twice a minute, spread over
half a minute.
"""

import asyncio
import datetime as dt
import hashlib
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from sqlalchemy import Connection, Row, case, delete, insert, select

from relay.contract import codec
from relay.contract.island import MOST_UPCOMING, UpcomingDocument, UpcomingHint
from relay.contract.names import OrderId
from relay.delivery.island import documents_shown
from relay.flow import Core
from relay.flows.display.island_tables import upcoming_wish
from relay.flows.display.orders import Orders, newest, ref_of, searched
from relay.flows.display.tables import documents, orders
from relay.identity.audit import with_note
from relay.identity.caller import Caller
from relay.identity.spelling import name_key

SHOWN_SINCE = timedelta(days=3)
DUE_WITHIN = timedelta(days=7)
MOST_SHOWN = 50
# Two hints have this between them; the desks spread their questions over the other one.
HINT_PAUSE = timedelta(seconds=30)
HINT_SPREAD = timedelta(seconds=30)
_MS = timedelta(milliseconds=1)
_LONGEST_MEMORY = 200

Documents = tuple[UpcomingDocument, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with the moment at which it held (UTC ms), its search, and a mark that is the same for the same list."""

    documents: Documents
    as_of: int
    query: str
    mark: str


class UpcomingOrders:
    """Answers what is due next, and hints that it has changed."""

    def __init__(self, core: Core, orders_: Orders) -> None:
        """Read these orders; nothing is hinted before the first of them changes."""
        self._core = core
        self._orders = orders_
        self._due: dict[tuple[str, str, int], Documents] = {}
        self._hint: asyncio.TimerHandle | None = None
        self._hinted_at = -HINT_PAUSE.total_seconds()
        orders_.listen(self._changed)

    async def of(self, screen_id: str) -> Listed:
        """List what may be scanned next at a screen, the likeliest first."""
        clock, changes = self._core.clock, self._orders.changes
        now_ms = clock.now_ms()
        day = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).date()
        since_ms = now_ms - SHOWN_SINCE // _MS

        def work(connection: Connection) -> tuple[str, Documents, Documents]:
            query = _query_of(connection, screen_id)
            due = self._due.get((query, day.isoformat(), changes))
            if due is None:
                due = _due(connection, query, day)
            shown = _shown(connection, documents_shown(connection, screen_id, since_ms, MOST_SHOWN))
            return query, shown, due

        query, shown, due = await self._core.database.read(work)
        self._remember((query, day.isoformat(), changes), due)
        there = {each.document.id for each in shown}
        listed = (*shown, *(each for each in due if each.document.id not in there))[:MOST_UPCOMING]
        content = msgspec.json.encode((query, listed))
        return Listed(listed, now_ms, query, hashlib.sha256(content).hexdigest()[:32])

    async def wish(self, screen_id: str, query: str, caller: Caller) -> None:
        """Keep which of the orders that are due belong to a screen; an empty search means all."""
        now_ms, key, words = self._core.clock.now_ms(), name_key(screen_id), query.strip()

        def work(connection: Connection) -> None:
            connection.execute(delete(upcoming_wish).where(upcoming_wish.c.screen_key == key))
            if words:
                connection.execute(
                    insert(upcoming_wish).values(
                        screen_key=key, query=words, changed_by=caller.subject, changed_at=now_ms
                    )
                )

        await self._core.database.write(with_note(work, now_ms, "screen.change"))
        self._say_to(screen_id, timedelta(0))

    def _remember(self, key: tuple[str, str, int], due: Documents) -> None:
        if key in self._due or key[2] != self._orders.changes:
            return
        if len(self._due) >= _LONGEST_MEMORY or any(kept[1:] != key[1:] for kept in self._due):
            self._due.clear()
        self._due[key] = due

    def _changed(self) -> None:
        if self._hint is None:
            passed = self._core.clock.monotonic() - self._hinted_at
            # A moment, because an import changes many at once.
            wait = max(1.0, HINT_PAUSE.total_seconds() - passed)
            self._hint = asyncio.get_running_loop().call_later(wait, self._say)

    def _say(self) -> None:
        self._hint = None
        self._hinted_at = self._core.clock.monotonic()
        for connection in self._core.live.connections():
            if connection.screen_id is not None:
                self._say_to(connection.screen_id, HINT_SPREAD)

    def _say_to(self, screen_id: str, within: timedelta) -> None:
        if (connection := self._core.live.connection_of(screen_id)) is not None:
            hint = UpcomingHint(within_ms=within // _MS)
            self._core.live.send(connection, "upcoming", codec.to_builtins(hint))


def _query_of(connection: Connection, screen_id: str) -> str:
    wished = select(upcoming_wish.c.query).where(upcoming_wish.c.screen_key == name_key(screen_id))
    return connection.execute(wished).scalar() or ""


def _due(connection: Connection, query: str, day: dt.date) -> Documents:
    first, last = (day - DUE_WITHIN).isoformat(), (day + DUE_WITHIN).isoformat()
    is_late = orders.c.due_date < day.isoformat()
    chosen = (
        newest(documents.join(orders, orders.c.order_id == documents.c.order_id))
        .add_columns(orders.c.due_date)
        .where(orders.c.due_date.between(first, last))
        # Today and what follows, then what is late, the latest day first.
        .order_by(
            is_late,
            case((is_late, None), else_=orders.c.due_date),
            orders.c.due_date.desc(),
            orders.c.position,
            documents.c.number,
        )
        .limit(MOST_UPCOMING)
    )
    if words := searched(query):
        chosen = chosen.where(orders.c.searched.contains(words, autoescape=True))
    return tuple(_upcoming(row, "due") for row in connection.execute(chosen))


def _shown(connection: Connection, ids: list[str]) -> Documents:
    if not ids:
        return ()
    chosen = (
        newest(documents.join(orders, orders.c.order_id == documents.c.order_id))
        .add_columns(orders.c.due_date)
        .where(documents.c.document_id.in_(ids))
    )
    found = {row.document_id: row for row in connection.execute(chosen)}
    return tuple(_upcoming(found[id_], "shown") for id_ in ids if id_ in found)


def _upcoming(row: Row[tuple[object, ...]], why: str) -> UpcomingDocument:
    return UpcomingDocument(
        order_id=OrderId(row.order_id),
        number=row.number,
        document=ref_of(row),
        why="shown" if why == "shown" else "due",
        size=row.size,
        due_date=row.due_date,
    )
