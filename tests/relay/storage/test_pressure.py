"""The database under pressure: long readers, a long log, somebody else's lock, too many writes, and its own ends."""

import asyncio
import threading
import time
from pathlib import Path

import pysqlite3
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from relay.errors import StorageUnavailableError
from relay.storage import dialect, notices, readers, writer
from relay.storage.database import Database

metadata = MetaData()
note = Table("note", metadata, Column("id", Integer, primary_key=True), Column("text", Text))
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
MIB = 1024 * 1024


@pytest.fixture
async def database(tmp_path: Path):
    database = Database(tmp_path / "relay.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    yield database
    await database.close()


def add(text: str = "x"):
    return lambda connection: connection.execute(insert(note).values(text=text)).inserted_primary_key[0]


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(note)).scalar_one()


async def until(question, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not question():
            await asyncio.sleep(0.01)


async def test_a_read_that_does_not_end_is_interrupted_and_its_thread_reads_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(readers, "LONGEST_SECONDS", 0.3)
    endless = [
        database.read(lambda connection: connection.exec_driver_sql(ENDLESS).scalar()) for _ in range(6)
    ]
    answers = await asyncio.gather(*endless, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailableError] * 6
    assert "longer than 0.3 s" in str(answers[0])
    assert await asyncio.gather(*(database.read(count) for _ in range(8))) == [0] * 8


async def test_a_read_that_is_slow_between_its_rows_is_interrupted_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(readers, "LONGEST_SECONDS", 0.3)
    ending = threading.Event()

    def slow(connection: Connection) -> int:
        cursor = connection.connection.driver_connection.execute(ENDLESS.replace("count(*)", "i"))
        rows = 0
        for _ in cursor:
            rows += 1
            ending.wait(0.005)
        return rows

    with pytest.raises(StorageUnavailableError):
        await database.read(slow)


async def test_a_short_read_is_left_alone(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readers, "LONGEST_SECONDS", 30.0)
    monkeypatch.setattr(readers, "WATCH_SECONDS", 0.01)

    def some(connection: Connection) -> int:
        return connection.exec_driver_sql(ENDLESS.replace("FROM n)", "FROM n LIMIT 1000000)")).scalar_one()

    assert await database.read(some) == 1000000


async def test_readers_that_never_leave_a_gap_do_not_let_the_log_grow(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer, "CHECKPOINT_BYTES", MIB)
    monkeypatch.setattr(writer, "HOLD_READERS_BYTES", 3 * MIB)
    ended = False
    longest = 0

    def hold(connection: Connection) -> int:
        rows = count(connection)
        time.sleep(0.03)  # the snapshot is held that long
        return rows

    async def read_on(delay: float) -> None:
        await asyncio.sleep(delay)
        while not ended:
            await database.read(hold)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(read_on(number * 0.008))
        for _ in range(300):
            await database.write(add("x" * 100_000))
            longest = max(longest, dialect.wal_bytes(database.path))
        ended = True
    assert longest < 10 * MIB, f"{longest / MIB:.1f} MiB for 30 MiB that were written"


async def test_the_log_is_folded_when_nothing_is_to_do(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writer, "IDLE_SECONDS", 0.05)
    await database.write(add())
    assert dialect.wal_bytes(database.path) > 0
    await until(lambda: dialect.wal_bytes(database.path) == 0)
    assert await database.read(count) == 1


async def test_a_lock_of_somebody_else_refuses_writes_and_is_overcome_when_it_goes(database: Database):
    await database.write(add())
    other = pysqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailableError):
        await database.write(add())
    assert not database.writable
    assert not database.accepts
    assert await database.read(count) == 1
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: database.writable, seconds=5)
    await database.write(add())
    assert await database.read(count) == 2


async def test_too_many_waiting_writes_are_told_and_all_of_them_are_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer, "WAITING_AT_MOST", 100)
    gate = threading.Event()
    first = database.submit(lambda connection: gate.wait(20))
    writes = [database.submit(add()) for _ in range(700)]
    assert database.overloaded
    assert not database.accepts
    assert database.writable
    gate.set()
    await asyncio.gather(first, *writes)
    assert not database.overloaded
    assert database.accepts
    assert await database.read(count) == 700


async def test_a_batch_that_does_not_end_counts_as_overload(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer, "STALLED_SECONDS", 0.1)
    gate = threading.Event()
    stuck = database.submit(lambda connection: gate.wait(20))
    await until(lambda: database.overloaded)
    gate.set()
    await stuck
    await until(lambda: database.accepts)


async def test_a_write_that_ends_the_transaction_itself_fails_its_batch_and_the_next_one_is_made(
    database: Database,
):
    def meddle(connection: Connection) -> None:
        connection.connection.driver_connection.execute("ROLLBACK")

    before, meddled, after = await asyncio.gather(
        database.write(add()), database.write(meddle), database.write(add()), return_exceptions=True
    )
    assert {type(before), type(meddled), type(after)} == {StorageUnavailableError}
    assert await database.read(count) == 0
    await database.write(add())
    assert await database.read(count) == 1
    assert database.writable


async def test_a_damaged_page_breaks_the_database_off(tmp_path: Path):
    heard: list[str] = []
    path = tmp_path / "relay.db"
    database = Database(path, asyncio.get_running_loop(), on_broken=heard.append)
    await database.write(metadata.create_all)
    await database.write(lambda connection: connection.execute(insert(note), [{"text": "x" * 3000}] * 50))
    await database.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 8 * 4096)
        file.write(b"\xff" * 4096 * 7)
    database = Database(path, asyncio.get_running_loop(), on_broken=heard.append)
    with pytest.raises(StorageUnavailableError):
        await database.read(lambda connection: connection.execute(select(note)).all())
    await until(lambda: len(heard) == 1)
    with pytest.raises(StorageUnavailableError):
        await database.write(add())
    assert not database.writable
    await database.close()


async def test_a_bug_of_the_writer_answers_those_who_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    def fail(path: Path) -> int:
        raise PermissionError(path)

    monkeypatch.setattr(dialect, "wal_bytes", fail)
    # The bug is met between batches, perhaps already behind the batch that was answered before.
    await asyncio.gather(database.write(add()), return_exceptions=True)
    with pytest.raises(StorageUnavailableError):
        await database.write(add())
    assert not database.writable


async def test_a_log_that_cannot_be_written_stops_no_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    class Closed:
        def __getattr__(self, level: str):
            raise ValueError("I/O operation on closed file.")

    monkeypatch.setattr(notices, "log", Closed())
    other = pysqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailableError):
        await database.write(add())
    other.execute("ROLLBACK")
    other.close()
    await database.write(add())
    assert await database.read(count) == 1


async def test_what_is_closed_refuses(tmp_path: Path):
    database = Database(tmp_path / "relay.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    await database.close()
    await database.close()
    with pytest.raises(StorageUnavailableError):
        await database.read(count)
