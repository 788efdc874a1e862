"""The relay's disk in a simulation: a real SQLite in memory, and a database that commits to it in batches, late.

The journal's real functions run on it, in a real transaction with a savepoint for each write. What was not committed
when the relay is killed is gone; what was committed stays, whether or not anybody heard of it.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from faults.simulation_world import World
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from relay.delivery import tables
from relay.errors import StorageUnavailableError
from relay.storage.database import metadata, resolve
from relay.storage.dialect import sqlite
from relay.storage.sharing import Job, Kind, run_all

STALLED_SECONDS = 2.0
TABLES = (tables.history, tables.delivery, tables.mailbox, tables.journal)

_engine = create_engine(
    "sqlite://",
    module=sqlite,
    creator=partial(sqlite.connect, ":memory:", check_same_thread=False, isolation_level=None),
    poolclass=StaticPool,
)


class Disk:
    """What survives a relay. One per run; all of them use the one file in memory of this process, one after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_full = False
        self.is_slow = False
        self.connection = _engine.connect()
        self.driver: Any = self.connection.connection.driver_connection
        metadata.create_all(_engine, tables=TABLES)
        for table in TABLES:
            self.driver.execute(f"DELETE FROM {table.name}")
        self._synced: Any = None
        if "sync" in world.without:
            self._synced = sqlite.connect(":memory:", isolation_level=None)
            self.driver.backup(self._synced)

    def close(self) -> None:
        """Let go of the connection; the file itself is wiped by the next run."""
        self.connection.rollback()
        self.connection.close()
        if self._synced is not None:
            self._synced.close()

    def lose_what_was_not_synced(self) -> None:
        """Forget, as a machine without power would, what was answered and not synced: only without the sync."""
        if self._synced is not None:
            self._synced.backup(self.driver)

    def sync(self) -> None:
        if self._synced is not None:
            self.driver.backup(self._synced)

    def seconds_of_a_commit(self) -> float:
        return self.world.between(0.1, 3.0) if self.is_slow else self.world.between(0.0005, 0.02)


class SimulatedDatabase:
    """As much of `relay.storage.database.Database` as delivery uses; dead as soon as its relay is killed."""

    def __init__(self, disk: Disk) -> None:
        self.is_dead = False
        self.is_busy = False
        self._disk = disk
        self._world = disk.world
        self._jobs: list[Job] = []
        self._began = 0.0

    @property
    def is_idle(self) -> bool:
        """Tell whether everything that was put in has been answered."""
        return not self.is_busy and not self._jobs

    @property
    def accepts(self) -> bool:
        return not (self.is_busy and self._world.now - self._began > STALLED_SECONDS)

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        return await self.submit(work)

    def submit(
        self, work: Callable[[Connection], Any], kind: Kind | None = None, item: object = None
    ) -> "asyncio.Future[Any]":
        future = self._world.loop.create_future()
        if not self.is_dead:
            self._jobs.append(Job(work, partial(resolve, future), kind, item))
            self._begin()
        return future

    def post(
        self,
        work: Callable[[Connection], Any],
        told: Callable[[Any, BaseException | None], None],
        kind: Kind | None = None,
        item: object = None,
    ) -> None:
        def done(future: "asyncio.Future[Any]") -> None:
            if not self.is_dead and not future.cancelled():
                error = future.exception()
                told(None if error else future.result(), error)

        self.submit(work, kind, item).add_done_callback(done)

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        await asyncio.sleep(self._world.between(0.0002, 0.003))
        if self.is_dead:
            await asyncio.Event().wait()
        result = work(self._disk.connection)
        self._forget_transaction()
        return result

    def _begin(self) -> None:
        if self._jobs and not self.is_busy:
            self.is_busy, self._began = True, self._world.now
            batch, self._jobs = self._jobs, []
            self._world.later(self._disk.seconds_of_a_commit(), self._commit, batch)

    def _commit(self, batch: list[Job]) -> None:
        if self.is_dead:
            return
        if self._disk.is_full:
            unavailable = StorageUnavailableError("The database could not be written.")
            answers: list[Any] = [(None, unavailable)] * len(batch)
        else:
            self._disk.driver.execute("BEGIN IMMEDIATE")
            answers = run_all(batch, self._run)
            self._disk.driver.execute("COMMIT")
            self._forget_transaction()
            if "sync" in self._world.without:
                self._world.later(self._world.between(0.0, 1.0), self._sync)
        # A relay may be killed between the commit and the moment when anybody hears of it.
        self._world.later(self._world.between(0.0, 0.003), self._tell, batch, answers)

    def _sync(self) -> None:
        if not self.is_dead:
            self._disk.sync()

    def _run(self, work: Callable[[Connection], Any]) -> tuple[Any, Exception | None]:
        execute = self._disk.driver.execute
        execute("SAVEPOINT job")
        try:
            result = work(self._disk.connection)
        except Exception as error:  # noqa: BLE001 - as the writer does: whoever asked hears it
            execute("ROLLBACK TO job")
            execute("RELEASE job")
            return None, error
        execute("RELEASE job")
        return result, None

    def _forget_transaction(self) -> None:
        if self._disk.connection.in_transaction():
            self._disk.connection.rollback()

    def _tell(self, batch: list[Job], answers: list[Any]) -> None:
        if self.is_dead:
            return
        for job, (result, error) in zip(batch, answers, strict=True):
            job.told(result, error)
        self.is_busy = False
        self._begin()
