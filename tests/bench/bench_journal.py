"""Measures the database alone: writes a second, their cost in processor time, and what one read takes.

Run it with `python tests/bench/bench_journal.py [--directory DIR] [--seconds N]`; it prints one line for each case.
A job is one insert of 300 bytes and one indexed update, about what an accepted delivery writes. Nothing is asserted.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from relay.storage.database import Database
from relay.storage.prepared import Prepared

metadata = MetaData()
entry = Table(
    "entry",
    metadata,
    Column("id", Text, primary_key=True),
    Column("box", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_strict=True,
)
box = Table(
    "box",
    metadata,
    Column("name", Text, primary_key=True),
    Column("head", Integer, nullable=False),
    sqlite_strict=True,
)
BODY = b"x" * 300
BOXES = 200


def core_job(number: int) -> Callable[[Connection], int]:
    """Write with SQLAlchemy Core, as most of the relay does."""
    name = f"box-{number % BOXES}"

    def work(connection: Connection) -> int:
        bump = update(box).where(box.c.name == name).values(head=box.c.head + 1).returning(box.c.head)
        head = connection.execute(bump).scalar_one()
        connection.execute(insert(entry).values(id=f"{number:036}", box=name, state="waiting", body=BODY))
        return int(head)

    return work


BUMP = Prepared(
    update(box).where(box.c.name == bindparam("b_name")).values(head=box.c.head + 1).returning(box.c.head)
)
ADD = Prepared(insert(entry))
FIND = Prepared(select(entry).where(entry.c.id == bindparam("b_id")))


def prepared_job(number: int) -> Callable[[Connection], int]:
    """Write the same with prepared statements, as the hot path does."""
    name = f"box-{number % BOXES}"

    def work(connection: Connection) -> int:
        ((head,),) = BUMP.run(connection, b_name=name).rows
        ADD.run(connection, id=f"{number:036}", box=name, state="waiting", body=BODY)
        return int(head)

    return work


def prepared_read(number: int) -> Callable[[Connection], object]:
    """Read one entry with a prepared statement."""
    return lambda connection: FIND.run(connection, b_id=f"{number:036}").rows


def idle_job(_number: int) -> Callable[[Connection], None]:
    """Write nothing: what the line itself costs."""
    return lambda connection: None


def core_read(number: int) -> Callable[[Connection], object]:
    """Read one entry with SQLAlchemy Core."""
    query = select(entry).where(entry.c.id == f"{number:036}")
    return lambda connection: connection.execute(query).one_or_none()


async def _writers(
    database: Database,
    job: Callable[[int], Callable[[Connection], object]],
    at_once: int,
    seconds: float,
    first: int,
) -> tuple[int, list[float]]:
    took: list[float] = []
    numbers = iter(range(first, 10**9))
    end = time.perf_counter() + seconds

    async def write_on() -> None:
        while (began := time.perf_counter()) < end:
            await database.write(job(next(numbers)))
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(write_on() for _ in range(at_once)))
    return next(numbers), took


async def _readers(
    database: Database, read: Callable[[int], Callable[[Connection], object]], at_once: int, seconds: float
) -> list[float]:
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def read_on() -> None:
        number = 0
        while (began := time.perf_counter()) < end:
            await database.read(read(number % 1000))
            took.append(time.perf_counter() - began)
            number += 1

    await asyncio.gather(*(read_on() for _ in range(at_once)))
    return took


async def _measure(name: str, run: Callable[[], Awaitable[list[float]]], database: Database) -> None:
    batches, processor, wall = database.batches, time.process_time(), time.perf_counter()
    took = await run()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    batches = database.batches - batches
    count = len(took)
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{name:28} {count / wall:9.0f}/s  {processor / count * 1e6:7.1f} us of processor each  "
        f"p50 {cuts[49] * 1e3:6.2f} ms  p99 {cuts[98] * 1e3:6.2f} ms  "
        f"{count / batches if batches else 0:6.1f} a batch"
    )


async def main(directory: Path, seconds: float) -> None:
    """Run every case once."""
    database = Database(directory / "bench.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    await database.write(
        lambda connection: connection.execute(
            insert(box), [{"name": f"box-{number}", "head": 0} for number in range(BOXES)]
        )
    )
    first = 0

    async def writing(job: Callable[[int], Callable[[Connection], object]], at_once: int) -> list[float]:
        nonlocal first
        first, took = await _writers(database, job, at_once, seconds, first)
        return took

    for name, job, at_once in CASES:
        await _measure(
            f"{name}, {at_once} at once", lambda job=job, at_once=at_once: writing(job, at_once), database
        )
    for name, read, at_once in READS:
        await _measure(
            f"{name}, {at_once} at once",
            lambda read=read, at_once=at_once: _readers(database, read, at_once, seconds),
            database,
        )
    await database.close()


CASES = [
    (name, job, at_once)
    for name, job in (("idle job", idle_job), ("core write", core_job), ("prepared write", prepared_job))
    for at_once in (1, 256)
]
READS = [
    (name, read, at_once)
    for name, read in (("core read", core_read), ("prepared read", prepared_read))
    for at_once in (1, 16)
]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as folder:
        asyncio.run(main(Path(folder), arguments.seconds))
