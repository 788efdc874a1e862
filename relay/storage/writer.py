"""The writer: one thread with the only read-write connection, that commits whatever writes have gathered at once.

How it works: it takes what has gathered (no linger timer: the sync of one batch is the time in which the next one
gathers), runs each job in a savepoint of one transaction, commits once, and then answers all of them in one turn of the
loop. Between batches it folds the WAL into the file. While nothing can be written it tries by itself every second.

What must always hold: nobody is answered before COMMIT has returned under `synchronous=FULL`, in the order of the
commits. A job that raises changes nothing and disturbs none of its batch. A batch that the disk refuses fails as a
whole. After a failed sync, or a damaged page, nothing is written any more: `on_broken` is told, and whoever opens the
file anew finds in it what is true.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from relay.errors import StorageUnavailableError
from relay.metrics import COMMIT_BOUNDS, Histogram
from relay.storage import dialect
from relay.storage.ballast import Ballast
from relay.storage.dialect import Trouble
from relay.storage.notices import notice
from relay.storage.readers import Readers
from relay.storage.sharing import Answer, Job, run_all

BATCH = 512
WAITING_AT_MOST = 2000
STALLED_SECONDS = 2.0
CHECKPOINT_BYTES = 8 * 1024 * 1024
# Readers that never leave a gap keep the WAL from beginning anew; from this size on they are made to leave one.
HOLD_READERS_BYTES = 32 * 1024 * 1024
IDLE_SECONDS = 2.0
PROBE_SECONDS = 1.0


class Writer:
    """The thread that writes. Jobs are put from the loop; everything whose name begins with `_` runs on the thread."""

    def __init__(
        self, path: Path, loop: asyncio.AbstractEventLoop, readers: Readers, on_broken: Callable[[str], None]
    ) -> None:
        """Start the thread; `on_broken` hears, on it, why this process must not write the file any more."""
        self.batches = 0
        self.jobs = 0
        self.took = Histogram(COMMIT_BOUNDS)
        self._path = path
        self._loop = loop
        self._readers = readers
        self._on_broken = on_broken
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_failing = False
        self._is_broken = False
        self._is_dirty = True
        self._began: float | None = None
        self._wal_bound = CHECKPOINT_BYTES
        self._engine = dialect.open_writer(path, in_batches=True)
        self._ballast = Ballast(path.parent)
        self._connection = self._engine.connect()
        self._driver: Any = self._connection.connection.driver_connection
        self._execute: Callable[[str], Any] = self._driver.cursor().execute
        self._ballast.make()
        self._thread = threading.Thread(target=self._write_for_ever, name="database-writer", daemon=True)
        self._thread.start()

    @property
    def is_writable(self) -> bool:
        """Tell whether the last write went to the disk, and the disk has room for more than what was begun."""
        return not (self._is_failing or self._is_broken or self._ballast.is_given_up)

    @property
    def is_overloaded(self) -> bool:
        """Tell whether more jobs wait than a second's work, or the batch in hand does not come to its end."""
        began = self._began
        return self._jobs.qsize() > WAITING_AT_MOST or (
            began is not None and time.monotonic() - began > STALLED_SECONDS
        )

    @property
    def waiting(self) -> int:
        """Count the jobs that no batch has taken yet."""
        return self._jobs.qsize()

    def put(self, job: Job) -> None:
        """Put a job in the line; jobs are committed in the order of these calls."""
        self._jobs.put(job)

    def close(self) -> None:
        """Finish the jobs in hand, fold the WAL into the file, and close. Blocks."""
        self._jobs.put(None)
        self._thread.join()

    def break_off(self, reason: str) -> None:
        """Write nothing any more; on any thread."""
        if not self._is_broken:
            self._is_broken = True
            notice("critical", "The database cannot be trusted any more", path=str(self._path), reason=reason)
            self._on_broken(reason)

    def _write_for_ever(self) -> None:
        is_ending = False
        while not is_ending:
            try:
                is_ending = self._write_once()
            except Exception as error:  # noqa: BLE001 - told in full, and the end of all writing
                # Nobody else could answer those who wait, and nobody may write what this thread left half done.
                notice("exception", "The writer met a bug")
                self.break_off(f"the writer met a bug: {type(error).__name__}")

    def _write_once(self) -> bool:
        """Wait for jobs, or for a time to do something unasked; tell whether the end was asked for."""
        try:
            first = self._jobs.get(timeout=self._patience())
        except queue.Empty:
            if not self.is_writable:
                self._probe()
            else:
                self._checkpoint(truncate=True)
                self._is_dirty = False
            return False
        batch, is_ending = self._gather(first)
        if batch:
            self._began = time.monotonic()
            self._is_dirty = True
            self._commit(batch)
            self.jobs += len(batch)
            self.took.observe(time.monotonic() - self._began)
            self._bound_wal()
            self._began = None
        if is_ending:
            self._checkpoint(truncate=True)
            self._connection.close()
            self._engine.dispose()
        return is_ending

    def _patience(self) -> float | None:
        if self._is_broken:
            return None
        if not self.is_writable:
            return PROBE_SECONDS
        return IDLE_SECONDS if self._is_dirty else None

    def _gather(self, first: Job | None) -> tuple[list[Job], bool]:
        batch: list[Job] = []
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

    def _commit(self, batch: list[Job]) -> None:
        answers: list[Answer] = []
        syncing = False
        try:
            if self._is_broken:
                raise StorageUnavailableError("The database cannot be trusted any more.")
            self._execute("BEGIN IMMEDIATE")
            answers = run_all(batch, self._run)
            syncing = True
            self._execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, COMMIT has kept nothing, and everybody must hear
            self._note_trouble(error, syncing=syncing)
            self._roll_back()
            unavailable = StorageUnavailableError("The database could not be written.")
            unavailable.__cause__ = error
            answers = [(None, unavailable)] * len(batch)
        else:
            self.batches += 1
            self._note_success()
        self._forget_transaction()
        try:
            self._loop.call_soon_threadsafe(_tell, batch, answers)
        except RuntimeError:
            notice("debug", "The loop has closed before its writes were answered")

    def _run(self, work: Callable[[Connection], Any]) -> Answer:
        self._execute("SAVEPOINT job")
        try:
            result = work(self._connection)
        except Exception as error:
            if dialect.trouble_of(error) is not Trouble.FOREIGN:
                raise
            self._execute("ROLLBACK TO job")
            self._execute("RELEASE job")
            return None, error
        self._execute("RELEASE job")
        return result, None

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors, and then there is nothing left to do.
        if self._driver.in_transaction:
            try:
                self._execute("ROLLBACK")
            except dialect.sqlite.Error as error:
                notice("warning", "A transaction could not be rolled back", reason=str(error))

    def _forget_transaction(self) -> None:
        """Let SQLAlchemy know that what it believes to have begun has ended; the driver's own transaction has."""
        if self._connection.in_transaction():
            self._connection.rollback()

    def _note_trouble(self, error: BaseException, *, syncing: bool) -> None:
        if self._is_broken:
            return
        if dialect.trouble_of(error, syncing=syncing) is Trouble.BROKEN:
            self.break_off(dialect.reason_of(error))
            return
        if not self._is_failing:
            notice(
                "error",
                "The database cannot be written",
                path=str(self._path),
                reason=dialect.reason_of(error),
            )
        self._is_failing = True
        if dialect.code_of(error) == dialect.FULL and not self._ballast.is_room():
            notice("warning", "The disk is full; the ballast is given up to end what was begun")
            self._ballast.give_up()

    def _note_success(self) -> None:
        if self._is_failing:
            self._is_failing = False
            notice("info", "The database can be written again", path=str(self._path))

    def _probe(self) -> None:
        """Try to write: the same number into the file's header, synced as any commit is."""
        syncing = False
        try:
            (number,) = self._execute("PRAGMA user_version").fetchone()
            self._execute("BEGIN IMMEDIATE")
            self._execute(f"PRAGMA user_version={number}")
            syncing = True
            self._execute("COMMIT")
        except dialect.sqlite.Error as error:
            self._note_trouble(error, syncing=syncing)
            self._roll_back()
            return
        self._note_success()
        if self._ballast.is_given_up:
            self._checkpoint(truncate=True)
            if self._ballast.make():
                notice("info", "The disk has room again")

    def _bound_wal(self) -> None:
        """Fold the WAL into the file when it has grown; between batches, so nobody who writes waits for it twice."""
        size = dialect.wal_bytes(self._path)
        if size <= CHECKPOINT_BYTES:
            self._wal_bound = CHECKPOINT_BYTES
        elif size > self._wal_bound:
            if size > HOLD_READERS_BYTES:
                with self._readers.hold():
                    self._checkpoint(truncate=True)
            else:
                self._checkpoint(truncate=False)
            self._wal_bound = dialect.wal_bytes(self._path) + CHECKPOINT_BYTES

    def _checkpoint(self, *, truncate: bool) -> None:
        if self._is_broken:
            return
        try:
            if not dialect.checkpoint(self._driver, truncate=truncate):
                notice("debug", "A checkpoint was postponed: a reader is in the way")
        except dialect.sqlite.Error as error:
            # Nothing that was answered is in danger: it stays in the WAL.
            self._note_trouble(error, syncing=True)


def _tell(batch: list[Job], answers: list[Answer]) -> None:
    for job, (result, error) in zip(batch, answers, strict=True):
        try:
            job.told(result, error)
        except Exception:  # noqa: BLE001 - logged, on a loop that nobody else listens to
            # A bug of one listener must not keep the others from hearing what is on disk.
            notice("exception", "A listener of the database met a bug")
