"""Durable things are written here: what `write` has answered is on disk, synced, and survives a power cut.

How it works: one thread owns the only read-write connection. It takes whatever writes have gathered, runs each in a
savepoint of one transaction, commits once, and then answers all of them (group commit; there is no linger timer, the
sync of one batch is the time in which the next one gathers). Reads run on other threads with read-only connections.

What must always hold: exactly one read-write connection exists, and it alone checkpoints (SQLite below 3.51.3 could
corrupt a WAL otherwise). Writes are answered in the order in which they were committed. A write that raises changes
nothing and disturbs none of its batch. It must never answer before COMMIT has returned under `synchronous=FULL`.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from relay.errors import StorageUnavailableError
from relay.storage import dialect

log = structlog.get_logger()
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

BATCH = 512
READERS = 4
CHECKPOINT_BYTES = 8 * 1024 * 1024
IDLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: "asyncio.Future[Any]"


class Database:
    """The relay's one database file. Create it with `open_database`, close it with `close`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        """Open `path`, which `migrate` has brought to the current schema, and start the writer."""
        self.path = path
        self._loop = loop
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer_engine = dialect.open_writer(path)
        self._reader_engine = dialect.open_readers(path, READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="database-reader")
        self._writer = threading.Thread(target=self._write_for_ever, name="database-writer", daemon=True)
        self._closed = False
        self.writable = True
        self.batches = 0
        self._writer.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the next group commit and return its result once that commit is on disk.

        `work` runs on the writer's thread and must only use the connection. What it raises is raised here, and then it
        changed nothing. Raises StorageUnavailableError when the batch could not be committed.
        """
        # A caller that is cancelled must not cancel what may be committed already.
        return await asyncio.shield(self.submit(work))

    def submit(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Put `work` in the line of writes without waiting; writes are committed in the order of these calls."""
        if self._closed:
            raise StorageUnavailableError("The database is closed.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(work, future))
        return future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a read-only connection, on another thread; it sees everything that `write` has answered."""
        return await self._loop.run_in_executor(self._readers, self._read, work)

    async def close(self) -> None:
        """Finish the writes in hand, fold the WAL into the file, and close."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._writer.join)
        self._readers.shutdown(wait=True)
        self._reader_engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reader_engine.connect() as connection:
            return work(connection)

    def _write_for_ever(self) -> None:
        connection = self._writer_engine.connect()
        dirty = False
        while True:
            try:
                first = self._jobs.get(timeout=IDLE_SECONDS if dirty else None)
            except queue.Empty:
                dialect.checkpoint(connection, truncate=True)
                dirty = False
                continue
            batch, ending = self._gather(first)
            if batch:
                self._commit(connection, batch)
                dirty = True
                if dialect.wal_bytes(self.path) > CHECKPOINT_BYTES:
                    dialect.checkpoint(connection, truncate=False)
            if ending:
                dialect.checkpoint(connection, truncate=True)
                connection.close()
                self._writer_engine.dispose()
                return

    def _gather(self, first: _Job | None) -> tuple[list[_Job], bool]:
        batch: list[_Job] = []
        job = first
        while job is not None:
            batch.append(job)
            if len(batch) >= BATCH:
                return batch, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _commit(self, connection: Connection, batch: list[_Job]) -> None:
        answers: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            with connection.begin():
                answers.extend(_run(connection, job) for job in batch)
        except SQLAlchemyError as error:
            # Whatever stood in the batch, COMMIT has kept nothing of it, so nobody may hear of a success.
            log.exception("The database could not be written")
            self.writable = False
            unavailable = StorageUnavailableError("The database could not be written.")
            unavailable.__cause__ = error
            answers = [(job, None, unavailable) for job in batch]
        else:
            self.writable = True
            self.batches += 1
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_answer, answers)


def _run(connection: Connection, job: _Job) -> tuple[_Job, Any, BaseException | None]:
    savepoint = connection.begin_nested()
    try:
        result = job.work(connection)
    except DBAPIError as error:
        if dialect.is_fatal(error):
            raise
        savepoint.rollback()
        return job, None, error
    except Exception as error:  # noqa: BLE001 - carried to the caller's own task, where it is raised
        savepoint.rollback()
        return job, None, error
    savepoint.commit()
    return job, result, None


def _answer(answers: list[tuple[_Job, Any, BaseException | None]]) -> None:
    for job, result, error in answers:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
            # The caller may have been cancelled; then nobody will ask, and that is no news.
            job.future.exception()
