"""A database that was migrated is the database that the tables describe, and migrating again changes nothing."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import relay.main
from relay.errors import StorageUnavailableError
from relay.storage import dialect
from relay.storage.database import Database, metadata
from relay.storage.migrate import migrate

FLOWS = [flow.versions for flow in relay.main.FLOWS]


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "relay.db"
    migrate(path, FLOWS)
    return path


def test_the_migrated_schema_is_the_one_that_the_tables_describe(migrated: Path):
    engine = dialect.open_writer(migrated)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        described = {table.name for table in metadata.sorted_tables}
        there = set(inspect(connection).get_table_names()) - {"alembic_version"}
        strict = dict(connection.execute(text("SELECT name, strict FROM pragma_table_list")).all())
    engine.dispose()
    assert differences == []
    assert there == described
    assert all(strict[name] == 1 for name in described)


async def test_migrating_again_keeps_what_is_there(migrated: Path):
    database = Database(migrated, asyncio.get_running_loop())
    await database.write(
        lambda connection: connection.execute(text("INSERT INTO journal (id, epoch) VALUES (1, 'kept')"))
    )
    await database.close()
    migrate(migrated, FLOWS)
    database = Database(migrated, asyncio.get_running_loop())
    epoch = await database.read(
        lambda connection: connection.execute(text("SELECT epoch FROM journal")).scalar()
    )
    assert epoch == "kept"
    await database.close()


def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "relay.db"
    path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StorageUnavailableError, match=r"relay\.db"):
        migrate(path, FLOWS)
    assert path.read_bytes().startswith(b"not a database")


class AskedAlembicError(Exception):
    pass


@pytest.fixture
def no_upgrade(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade(*_: object) -> None:
        raise AskedAlembicError

    monkeypatch.setattr(command, "upgrade", upgrade)


def test_the_newest_schema_needs_no_alembic(migrated: Path, no_upgrade: None):
    migrate(migrated, FLOWS)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '0011_second_factor' WHERE version_num LIKE '00%'",
        "UPDATE alembic_version SET version_num = '9999_of_tomorrow' WHERE version_num LIKE '00%'",
        "DELETE FROM alembic_version WHERE version_num LIKE 'd%'",
        "DROP TABLE alembic_version",
    ],
)
def test_any_other_schema_is_alembic_s(migrated: Path, no_upgrade: None, change: str):
    engine = dialect.open_writer(migrated)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    with pytest.raises(AskedAlembicError):
        migrate(migrated, FLOWS)


def test_a_relay_that_comes_back_does_not_wait_for_libraries_that_it_does_not_need():
    seldom = ("alembic", "reportlab", "opentelemetry", "psycopg")
    said = f"import relay.main, sys; print(*(each for each in {seldom!r} if each in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""
