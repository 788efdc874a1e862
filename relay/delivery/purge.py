"""Forgets deliveries that have ended long ago, a few at a time, and says how many ended badly and wait for somebody.

What must never happen: that an open delivery or a dead letter nobody has dealt with is forgotten, or that the writer is
held. A batch is a hundred rows, found by a read before; between two the writer does what else has gathered.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, delete, func, not_, select

from relay.clock import Clock
from relay.delivery.tables import delivery, history, is_dead_letter
from relay.errors import StorageUnavailableError
from relay.settings import Settings
from relay.storage.database import Database

log = structlog.get_logger()

BATCH = 100
REST_SECONDS = 0.05
EVERY_SECONDS = 3600.0
DAY_MS = 24 * 3_600_000
# Pages that are given back to the file system after each batch; none where the file was made without `auto_vacuum`.
PAGES = 256


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were forgotten."""

    deliveries: int
    history: int


async def count_dead_letters(database: Database) -> int:
    """Count deliveries that ended badly and that nobody has dealt with. Raises StorageUnavailableError."""
    query = select(func.count()).select_from(delivery).where(is_dead_letter)
    return int(await database.read(lambda connection: connection.execute(query).scalar_one()))


def _forget_deliveries(connection: Connection, ids: Sequence[Any]) -> int:
    """Forget, of those, what may still be forgotten: somebody may have sent a dead letter again meanwhile."""
    gone = delete(delivery).where(
        delivery.c.id.in_(ids), delivery.c.ended_at.is_not(None), not_(is_dead_letter)
    )
    count = connection.execute(gone).rowcount
    _give_back(connection)
    return count


def _forget_history(connection: Connection, ids: Sequence[Any]) -> int:
    return connection.execute(delete(history).where(history.c.id.in_(ids))).rowcount


def _give_back(connection: Connection) -> None:
    # Each step frees a page and answers a row without columns, which SQLAlchemy would not fetch.
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()


_Find = Callable[[Connection, int], Sequence[Any]]
_Forget = Callable[[Connection, Sequence[Any]], int]


class Purge:
    """Retention of the journal."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        """Forget in `database` what is older than the settings say."""
        self._database = database
        self._clock = clock
        self._settings = settings

    async def purge_for_ever(self) -> None:
        """Purge every hour; a disk that takes nothing is no reason to end."""
        while True:
            try:
                purged = await self.purge()
                if purged.deliveries or purged.history:
                    log.info(
                        "Old deliveries were forgotten", deliveries=purged.deliveries, history=purged.history
                    )
            except StorageUnavailableError as error:
                log.warning("Old deliveries could not be forgotten", reason=str(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def purge(self) -> Purged:
        """Forget everything that is too old now. Raises StorageUnavailableError."""
        now, settings = self._clock.now_ms(), self._settings
        old_history_ms = now - settings.keep_history_days * DAY_MS
        old_deliveries_ms = now - settings.keep_deliveries_days * DAY_MS
        steps = await self._in_batches(self._old_history, _forget_history, old_history_ms)
        deliveries = await self._in_batches(self._old_deliveries, _forget_deliveries, old_deliveries_ms)
        return Purged(deliveries, steps)

    async def _in_batches(self, find: _Find, forget: _Forget, before_ms: int) -> int:
        count = 0
        while found := await self._database.read(lambda connection: find(connection, before_ms)):
            count += await self._database.write(lambda connection, found=found: forget(connection, found))
            if len(found) < BATCH:
                break
            await asyncio.sleep(REST_SECONDS)
        return count

    @staticmethod
    def _old_deliveries(connection: Connection, before_ms: int) -> Sequence[str]:
        query = (
            select(delivery.c.id)
            .where(delivery.c.created_at < before_ms, delivery.c.ended_at < before_ms, not_(is_dead_letter))
            .order_by(delivery.c.created_at)
            .limit(BATCH)
        )
        return connection.execute(query).scalars().all()

    @staticmethod
    def _old_history(connection: Connection, before_ms: int) -> Sequence[int]:
        query = (
            select(history.c.id)
            .join(delivery, delivery.c.id == history.c.delivery_id)
            .where(
                delivery.c.created_at < before_ms,
                history.c.at < before_ms,
                delivery.c.ended_at < before_ms,
                not_(is_dead_letter),
            )
            .limit(BATCH)
        )
        return connection.execute(query).scalars().all()
