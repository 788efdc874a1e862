"""One process that writes through the relay's database, and says on its output what was answered, before it dies.

Run by test_storage_faults with the shim preloaded: `storage_worker.py SCENARIO DATABASE [ARGUMENT]`. Every line of the
output is one JSON value. Numbers are notes that were answered; the other words belong to each scenario.
"""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select  # noqa: E402

from relay.errors import StorageUnavailableError  # noqa: E402
from relay.storage import writer  # noqa: E402
from relay.storage.ballast import Ballast  # noqa: E402
from relay.storage.database import Database  # noqa: E402
from relay.storage.soundness import examine  # noqa: E402

# The output belongs to what `say` says.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

metadata = MetaData()
note = Table("note", metadata, Column("id", Integer, primary_key=True), Column("text", Text, nullable=False))


def say(word: object) -> None:
    os.write(1, (json.dumps(word) + "\n").encode())


def add(number: int, size: int = 1500):
    return lambda connection: connection.execute(insert(note).values(id=number, text="x" * size))


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(note)).scalar_one()


def leave(reason: str) -> None:
    os._exit(70)


async def opened(path: Path, on_broken=leave) -> Database:
    examine(path)
    database = Database(path, asyncio.get_running_loop(), on_broken=on_broken)
    await database.write(metadata.create_all)
    return database


async def keep(database: Database, number: int, size: int = 1500) -> bool:
    """Write one note and say that it was answered; tell whether it was."""
    try:
        await database.write(add(number, size))
    except StorageUnavailableError:
        return False
    say(number)
    return True


async def until(question, seconds: float = 20) -> float:
    began = time.monotonic()
    while not question():
        if time.monotonic() - began > seconds:
            raise TimeoutError("what was waited for did not come")
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def rush(path: Path, synchronous: str) -> None:
    """Write for ever, from eight sides, with a checkpoint every few commits, until the disk kills the process."""
    writer.CHECKPOINT_BYTES = 96 * 1024
    database = await opened(path)
    if synchronous != "FULL":
        database._writer._driver.execute(f"PRAGMA synchronous={synchronous}")
    first = await database.read(
        lambda c: c.execute(select(func.coalesce(func.max(note.c.id), 0))).scalar_one()
    )

    async def write_on(side: int) -> None:
        number = first + 1 + side
        while await keep(database, number):
            number += 8

    await asyncio.gather(*(write_on(side) for side in range(8)))


async def unsynced(path: Path, _argument: str) -> None:
    """Meet a sync that fails, which has to end the process with status 70."""
    database = await opened(path)
    for number in range(20):
        await keep(database, number)
    Path(os.environ["UNSYNCED_EIO_FILE"]).touch()
    say({"answered": await keep(database, 20)})


async def full(path: Path, _argument: str) -> None:
    """Meet a full disk, and one that has room again."""
    database = await opened(path)
    for number in range(20):
        await keep(database, number)
    marker = Path(os.environ["UNSYNCED_FULL_FILE"])
    marker.touch()
    refused = 0
    while await keep(database, 20 + refused, 100_000):
        refused += 1
    say({"writable": database.writable, "accepts": database.accepts, "readable": await database.read(count)})
    await asyncio.sleep(1.5)
    say({"still": database.writable})
    marker.unlink()
    say({"healed": await until(lambda: database.writable)})
    say({"answered": await keep(database, 1000)})
    await database.close()


async def ballast(path: Path, argument: str) -> None:
    """Fill the disk with something else, end what was begun, and have room again."""
    if argument == "kept":
        Ballast.give_up = lambda self: setattr(self, "is_given_up", True)
    database = await opened(path)
    await keep(database, 0)
    file, filler = path.with_name("ballast"), path.with_name("filler")
    size = file.stat().st_size
    with filler.open("wb", buffering=0) as other:
        for part in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    other.write(bytes(part))
    refused = 0
    while database.accepts:
        refused += not await keep(database, 1000 + refused, 50_000)
    given_up = not file.exists()
    ended = sum([await keep(database, number) for number in range(1, 301)])
    say({"refused": refused, "given_up": given_up, "ended": ended, "accepts": database.accepts})
    filler.unlink()
    healed = await until(lambda: database.accepts)
    say({"healed": healed, "again": file.stat().st_size == size > 1 << 20})
    await database.close()


async def filling(path: Path, _argument: str) -> None:
    """Write until the disk has no more room, wherever that is met, and die."""
    try:
        database = await opened(path)
        for number in range(60):
            await keep(database, number)
    except StorageUnavailableError:
        say({"full": "at the start"})
    os.kill(os.getpid(), signal.SIGKILL)


async def slow(path: Path, milliseconds: str) -> None:
    """Meet syncs that take long: the loop turns on, and what is new is told to wait."""
    database = await opened(path)
    await keep(database, 0)
    Path(os.environ["UNSYNCED_DELAY_FILE"]).write_text(milliseconds)
    lag, ended = 0.0, False

    async def watch() -> None:
        nonlocal lag
        while not ended:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            lag = max(lag, time.monotonic() - began - 0.01)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        writes = [group.create_task(keep(database, number)) for number in range(1, 200)]
        overloaded = await until(lambda: database.overloaded)
        readable = await database.read(count)
        await asyncio.gather(*writes)
        ended = True
    Path(os.environ["UNSYNCED_DELAY_FILE"]).unlink()
    await keep(database, 1000)
    say({"overloaded": overloaded, "lag": lag, "readable": readable, "accepts": database.accepts})
    await database.close()


SCENARIOS = {scenario.__name__: scenario for scenario in (rush, unsynced, full, ballast, filling, slow)}

if __name__ == "__main__":
    asyncio.run(SCENARIOS[sys.argv[1]](Path(sys.argv[2]), (*sys.argv, "")[3]))
