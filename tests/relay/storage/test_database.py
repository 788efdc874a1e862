"""The database keeps its word: answered is on disk, raised is undone, and nobody disturbs his batch."""

import asyncio
from pathlib import Path

import pysqlite3
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from relay.errors import StorageUnavailableError
from relay.storage.database import Database

metadata = MetaData()
note = Table("note", metadata, Column("id", Integer, primary_key=True), Column("text", Text, unique=True))


@pytest.fixture
async def database(tmp_path: Path):
    database = Database(tmp_path / "relay.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    yield database
    await database.close()


def add(text: str):
    return lambda connection: connection.execute(insert(note).values(text=text)).inserted_primary_key[0]


def texts(connection: Connection) -> list[str]:
    return list(connection.execute(select(note.c.text).order_by(note.c.id)).scalars())


async def test_what_was_answered_can_be_read_by_anybody_at_once(database: Database):
    await database.write(add("one"))
    assert await database.read(texts) == ["one"]


async def test_writes_that_gather_are_committed_together_and_in_order(database: Database):
    before = database.batches
    numbers = await asyncio.gather(*(database.write(add(f"{index:04}")) for index in range(400)))
    assert numbers == sorted(numbers)
    assert await database.read(texts) == [f"{index:04}" for index in range(400)]
    assert database.batches - before < 100


async def test_a_write_that_raises_changes_nothing_and_disturbs_nobody(database: Database):
    def half_done(connection: Connection) -> None:
        add("half")(connection)
        raise LookupError("on purpose")

    good, bad, twice = await asyncio.gather(
        database.write(add("good")),
        database.write(half_done),
        database.write(add("good")),
        return_exceptions=True,
    )
    assert isinstance(good, int)
    assert isinstance(bad, LookupError)
    assert isinstance(twice, IntegrityError)
    assert await database.read(texts) == ["good"]


async def test_a_reader_cannot_write(database: Database):
    with pytest.raises(DBAPIError):
        await database.read(add("no"))
    assert await database.read(texts) == []


async def test_a_caller_that_gives_up_does_not_take_its_write_back(database: Database):
    waiting = asyncio.ensure_future(database.write(add("kept")))  # noqa: TID251 - a caller to be cancelled
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await database.write(add("after"))
    assert await database.read(texts) == ["kept", "after"]


async def test_every_commit_is_synced_and_only_the_writer_checkpoints(database: Database):
    def pragmas(connection: Connection) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

    assert await database.write(pragmas) == ("wal", 2, 0, 1)


async def test_when_the_disk_cannot_be_written_nobody_hears_of_a_success(database: Database):
    def full(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    await database.write(full)
    answers = await asyncio.gather(
        database.write(add("x" * 200_000)), database.write(lambda connection: None), return_exceptions=True
    )
    assert all(isinstance(answer, StorageUnavailableError) for answer in answers)
    assert not database.writable
    assert await database.read(texts) == []

    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=1000000"))
    await database.write(add("again"))
    assert database.writable
    assert await database.read(texts) == ["again"]


async def test_closing_finishes_the_writes_in_hand(tmp_path: Path):
    database = Database(tmp_path / "relay.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    writes = [database.submit(add(str(index))) for index in range(50)]
    await database.close()
    assert all(write.done() and not write.exception() for write in writes)
    with pysqlite3.connect(tmp_path / "relay.db") as connection:
        assert connection.execute("select count(*) from note").fetchone() == (50,)
    connection.close()
    with pytest.raises(StorageUnavailableError):
        await database.write(add("late"))
