"""Durable things are written here: what `write` has answered is on disk, synced, and survives a power cut.

One thread writes (relay.storage.writer), in groups that are committed together; a few others read (relay.storage.
readers), and see everything that was answered.

What must always hold: exactly one read-write connection exists, and it alone checkpoints (SQLite below 3.51.3 could
corrupt a WAL otherwise). Writes are answered in the order in which they were committed. A write that raises changes
nothing and disturbs none of its batch. It must never answer before COMMIT has returned under `synchronous=FULL`.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, MetaData

from relay.errors import StorageUnavailableError
from relay.metrics import Histogram
from relay.storage.readers import Readers
from relay.storage.sharing import Job, Kind, Told
from relay.storage.soundness import Inspection, is_unchecked
from relay.storage.writer import Writer

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

READERS = 4


def _stay(_reason: str) -> None:
    """Leave it at refusing every write."""


class Database:
    """The relay's one database file. Close it with `close`."""

    def __init__(
        self, path: Path, loop: asyncio.AbstractEventLoop, *, on_broken: Callable[[str], None] = _stay
    ) -> None:
        """Open `path`, which `migrate` has brought to the current schema, and start the writer.

        `on_broken` hears once, on a thread of ours, that a sync failed or the file is damaged. Nothing is written any
        more then, and only a new process that reads what is on disk can go on: the relay leaves with status 70.
        """
        self.path = path
        self._loop = loop
        self._is_closed = False
        self._readers = Readers(path, loop, READERS)
        self._writer = Writer(path, loop, self._readers, on_broken)
        self._readers.on_damaged = self._writer.break_off
        self._inspection = Inspection(path, self._writer.break_off) if is_unchecked(path) else None

    @property
    def writable(self) -> bool:
        """Tell whether writes reach the disk. It is tried every second by itself; nobody needs to write to heal it."""
        return self._writer.is_writable

    @property
    def overloaded(self) -> bool:
        """Tell whether writes come faster than the disk takes them: what is new had better be refused for a while."""
        return self._writer.is_overloaded

    @property
    def accepts(self) -> bool:
        """Tell whether something new may be begun; what was begun before is written also when this is false."""
        return self.writable and not self.overloaded

    @property
    def batches(self) -> int:
        """Count the group commits since the start."""
        return self._writer.batches

    @property
    def writes(self) -> int:
        """Count the writes in these group commits."""
        return self._writer.jobs

    @property
    def waiting(self) -> int:
        """Count the writes that no group commit has taken yet."""
        return self._writer.waiting

    @property
    def commit_seconds(self) -> Histogram:
        """Return how long the group commits took, from their first statement until they were on disk."""
        return self._writer.took

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the next group commit and return its result once that commit is on disk.

        `work` runs on the writer's thread and must only use the connection. What it raises is raised here, and then it
        changed nothing. Raises StorageUnavailableError when the batch could not be committed. A caller that is
        cancelled gives up the answer, not the write.
        """
        return await self.submit(work)

    def submit(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Put `work` in the line of writes without waiting; writes are committed in the order of these calls."""
        future: asyncio.Future[T] = self._loop.create_future()
        self.post(work, partial(resolve, future))
        return future

    def post(
        self, work: Callable[[Connection], Any], told: Told, kind: Kind | None = None, item: object = None
    ) -> None:
        """Put `work` in the line of writes; `told` hears its result or its error, on the loop, in commit order.

        `submit` without a future, for what is written several times for every trigger. Jobs of one `kind` may be done
        together, with their items (relay.storage.sharing).
        """
        if self._is_closed:
            raise StorageUnavailableError("The database is closed.")
        self._writer.put(Job(work, told, kind, item))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a read-only connection, on another thread; it sees everything that `write` has answered.

        Raises StorageUnavailableError when the file cannot be read, and when `work` held its snapshot longer than two
        seconds.
        """
        if self._is_closed:
            raise StorageUnavailableError("The database is closed.")
        return await self._readers.read(work)

    async def close(self) -> None:
        """Finish the reads and writes in hand, fold the WAL into the file, and close."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._inspection is not None:
            await self._loop.run_in_executor(None, self._inspection.close)
        # SQLite removes the WAL with the last connection if that one may write.
        await self._loop.run_in_executor(None, self._readers.close)
        await self._loop.run_in_executor(None, self._writer.close)


def resolve(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    """Tell a future how it went, if anybody still waits for it."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
        # The caller may have been cancelled; then nobody will ask, and that is no news.
        future.exception()
