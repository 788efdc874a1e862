"""A prepared statement does what the same statement does in SQLAlchemy Core, in the same transaction."""

import asyncio
import enum
from pathlib import Path

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError

from relay.storage.database import Database
from relay.storage.prepared import Prepared

metadata = MetaData()
note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("body", LargeBinary),
)


class Colour(enum.Enum):
    RED = "red"


odd = Table("odd", metadata, Column("id", Integer, primary_key=True), Column("colour", Enum(Colour)))

ADD = Prepared(insert(note))
EVERY = Prepared(select(note).order_by(note.c.id))


@pytest.fixture
async def database(tmp_path: Path):
    database = Database(tmp_path / "relay.db", asyncio.get_running_loop())
    await database.write(metadata.create_all)
    yield database
    await database.close()


def add(connection: Connection, number: int, text: str | None = None, state: str = "waiting") -> int:
    return ADD.run(connection, id=number, text=text or f"note {number}", state=state, body=b"\0").rowcount


async def test_what_it_writes_is_what_core_reads(database: Database):
    assert await database.write(lambda connection: add(connection, 1)) == 1
    rows = await database.read(lambda connection: connection.execute(select(note)).all())
    assert [tuple(row) for row in rows] == [(1, "note 1", "waiting", b"\0")]


async def test_a_number_that_the_database_chooses_need_not_be_given(database: Database):
    keep = Prepared(insert(note).values(text=bindparam("text"), state="waiting"))
    for text in ("one", "two"):
        await database.write(lambda connection, text=text: keep.run(connection, text=text))
    assert [row[:2] for row in (await database.read(EVERY.run)).rows] == [(1, "one"), (2, "two")]


async def test_what_core_writes_is_what_it_reads_as_plain_tuples(database: Database):
    values = {"id": 1, "text": "한글", "state": "waiting", "body": None}
    await database.write(lambda connection: connection.execute(insert(note).values(**values)))
    ran = await database.read(EVERY.run)
    assert (ran.rows, ran.rowcount) == ([(1, "한글", "waiting", None)], 1)


async def test_values_and_lists_in_the_statement_stay_in_it(database: Database):
    supersede = Prepared(
        update(note)
        .where(note.c.id < bindparam("b_id"), note.c.state.in_(("waiting", "sent")))
        .values(state="superseded", text=func.coalesce(note.c.text, bindparam("b_text")))
        .returning(note.c.id)
    )

    def work(connection: Connection):
        for number, state in enumerate(["waiting", "sent", "shown", "waiting"], start=1):
            add(connection, number, state=state)
        return supersede.run(connection, b_id=4, b_text="none")

    ran = await database.write(work)
    assert (sorted(ran.rows), ran.rowcount) == ([(1,), (2,)], 2)
    states = [row[2] for row in (await database.read(EVERY.run)).rows]
    assert states == ["superseded", "superseded", "shown", "waiting"]


async def test_it_says_how_many_rows_it_met(database: Database):
    forget = Prepared(delete(note).where(note.c.id >= bindparam("least")))

    def work(connection: Connection):
        for number in range(5):
            add(connection, number)
        return [forget.run(connection, least=least) for least in (3, 3, 0)]

    assert [ran.rowcount for ran in await database.write(work)] == [2, 0, 3]


async def test_it_is_undone_with_the_write_that_it_is_part_of(database: Database):
    def half_done(connection: Connection) -> None:
        add(connection, 1)
        raise LookupError("on purpose")

    with pytest.raises(LookupError):
        await database.write(half_done)
    assert (await database.read(EVERY.run)).rows == []


async def test_what_the_database_refuses_is_raised_as_core_would_raise_it(database: Database):
    with pytest.raises(IntegrityError, match=r"note\.text"):
        await database.write(lambda connection: add(connection, 1, "one") and add(connection, 2, "one"))
    assert (await database.read(EVERY.run)).rows == []
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(lambda connection: add(connection, 1))


@pytest.mark.parametrize("values", [{}, {"id": 1, "text": "x", "state": "y"}, {"surplus": 1}])
async def test_every_parameter_has_to_be_named_and_no_other(database: Database, values: dict):
    with pytest.raises(TypeError, match="are due"):
        await database.write(lambda connection: ADD.run(connection, **values))


@pytest.mark.parametrize(
    "statement",
    [
        insert(odd),
        select(odd.c.colour),
        select(exists().where(note.c.id == bindparam("b_id"))),
        select(note.c.id).where(bindparam("b_flag", type_=Boolean)),
    ],
)
async def test_what_would_have_to_be_converted_is_refused(database: Database, statement):
    with pytest.raises(TypeError, match="converted"):
        await database.read(lambda connection: Prepared(statement).run(connection, b_id=1))


async def test_it_is_compiled_once(database: Database, monkeypatch: pytest.MonkeyPatch):
    find = Prepared(select(note.c.text).where(note.c.id == bindparam("b_id")))
    await database.write(lambda connection: add(connection, 1))
    await database.read(lambda connection: find.run(connection, b_id=1))
    monkeypatch.setattr(type(find._statement), "compile", None)
    ran = await database.read(lambda connection: find.run(connection, b_id=1))
    assert ran.rows == [("note 1",)]
