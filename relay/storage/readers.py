"""Reads beside the writer: a few threads, each with its own read-only connection, that see what `write` has answered.

How it works: a read takes the next thread that is free, which begins a snapshot, runs the work and ends the snapshot.
A read that holds its snapshot longer than two seconds is interrupted, because the WAL cannot be folded into the file
past a snapshot and would grow. `hold` keeps new snapshots from beginning while the writer folds the WAL to its end.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from relay.errors import StorageUnavailableError
from relay.storage import dialect
from relay.storage.dialect import Trouble
from relay.storage.notices import notice

T = TypeVar("T")

LONGEST_SECONDS = 2.0
WATCH_SECONDS = 0.25
# How long the writer waits for the readers in hand before it postpones what it wanted.
HOLD_SECONDS = 0.25

_Job = tuple[Callable[[Connection], Any], "asyncio.Future[Any]"]


class Readers:
    """A fixed number of reading threads. Made and used on the loop; only `hold` belongs to the writer's thread."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, count: int) -> None:
        """Start the threads. `on_damaged` hears, on one of them, that a read met a page that cannot be right."""
        self.on_damaged: Callable[[str], None] | None = None
        self._loop = loop
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._under_way = 0
        self._is_watching = False
        self._seats = [_Reader(path) for _ in range(count)]
        self._threads = [
            threading.Thread(
                target=self._read_for_ever, args=(seat,), name=f"database-reader-{number}", daemon=True
            )
            for number, seat in enumerate(self._seats)
        ]
        for thread in self._threads:
            thread.start()

    def read(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Run `work` on the next free thread. Raises StorageUnavailableError when the read had to be interrupted."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._under_way += 1
        self._jobs.put((work, future))
        if not self._is_watching:
            self._is_watching = True
            self._loop.call_later(WATCH_SECONDS, self._watch)
        return future

    @contextmanager
    def hold(self) -> Generator[bool]:
        """Keep snapshots from beginning; yields whether all that were held have ended."""
        deadline = time.monotonic() + HOLD_SECONDS
        held: list[_Reader] = []
        try:
            for seat in self._seats:
                if not seat.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
                    break
                held.append(seat)
            yield len(held) == len(self._seats)
        finally:
            for seat in held:
                seat.lock.release()

    def close(self) -> None:
        """Finish the reads in hand and close. Blocks."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        """Interrupt, on the loop, whoever holds a snapshot for too long."""
        now = time.monotonic()
        for seat in self._seats:
            seat.interrupt_if_begun_before(now - LONGEST_SECONDS)
        self._is_watching = self._under_way > 0
        if self._is_watching:
            self._loop.call_later(WATCH_SECONDS, self._watch)

    def _read_for_ever(self, seat: "_Reader") -> None:
        while (job := self._jobs.get()) is not None:
            work, future = job
            result, error = seat.run(work)
            if isinstance(error, _DamagedError) and self.on_damaged is not None:
                self.on_damaged(dialect.reason_of(error.__cause__ or error))
            try:
                self._loop.call_soon_threadsafe(self._answer, future, result, error)
            except RuntimeError:
                return  # The loop is closed; nobody is there to hear.
        seat.close()

    def _answer(self, future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
        self._under_way -= 1
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


class _Reader:
    """One connection, its thread's state, and the lock that stands for "no snapshot is held here"."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.Lock()
        self._engine = dialect.open_reader(path)
        self._connection: Connection | None = None
        self._began: float | None = None
        self._is_interrupted = False

    def run(self, work: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
        """Run `work` in one snapshot; what it raises is returned, in the words that its caller knows."""
        with self.lock:
            self._is_interrupted = False
            self._began = time.monotonic()
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                return _in_snapshot(self._connection, work), None
            except Exception as error:  # noqa: BLE001 - carried to the caller's own task, where it is raised
                return None, self._worded(error)
            finally:
                self._began = None

    def interrupt_if_begun_before(self, moment: float) -> None:
        """Interrupt the statement that runs, if its snapshot is older than `moment`."""
        began, connection = self._began, self._connection
        if began is not None and began < moment and connection is not None:
            self._is_interrupted = True
            _driver_of(connection).interrupt()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _worded(self, error: Exception) -> Exception:
        trouble, code = dialect.trouble_of(error), dialect.code_of(error)
        if trouble is Trouble.BROKEN:
            worded = _DamagedError("The database is damaged.")
        elif code == dialect.INTERRUPT and self._is_interrupted:
            worded = StorageUnavailableError(f"A read took longer than {LONGEST_SECONDS:g} s.")
        elif trouble is Trouble.FOREIGN or code == dialect.READONLY:
            return error
        else:
            worded = StorageUnavailableError("The database could not be read.")
        worded.__cause__ = error
        notice("warning", "A read failed", reason=dialect.reason_of(error))
        return worded


class _DamagedError(StorageUnavailableError):
    """A read met a page that cannot be right."""


def _in_snapshot(connection: Connection, work: Callable[[Connection], T]) -> T:
    driver = _driver_of(connection)
    driver.execute("BEGIN")
    try:
        return work(connection)
    finally:
        try:
            if connection.in_transaction():
                connection.rollback()
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection
