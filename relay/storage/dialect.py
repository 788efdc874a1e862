"""The few places where SQLite is SQLite: how it is opened, checkpointed, and which of its errors mean "disk"."""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

log = structlog.get_logger()
sqlite: Any = dbapi2  # a C module that says nothing of its types

# SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED
# (https://www.sqlite.org/rescode.html): the batch cannot be kept, whoever's job met it.
FATAL_CODES = frozenset({13, 10, 8, 11, 26, 14, 5, 6})


def open_writer(path: Path) -> Engine:
    """Open the one read-write connection: WAL, synced at every commit, checkpoints only when the writer says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        "sqlite://",
        module=sqlite,
        creator=partial(sqlite.connect, path, check_same_thread=False, isolation_level=None),
        poolclass=StaticPool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            "foreign_keys=ON",
            "busy_timeout=0",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_readers(path: Path, count: int) -> Engine:
    """Open a pool of read-only connections."""
    uri = f"file:{quote(str(path))}?mode=ro"
    engine = create_engine(
        "sqlite://",
        module=sqlite,
        creator=partial(sqlite.connect, uri, uri=True, check_same_thread=False, isolation_level=None),
        poolclass=QueuePool,
        pool_size=count,
        max_overflow=0,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=2000")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
        connection.exec_driver_sql("BEGIN")

    return engine


def checkpoint(connection: Connection, *, truncate: bool) -> None:
    """Fold the WAL into the database file, as far as readers allow; a reader in the way only postpones it."""
    raw: Any = (
        connection.connection.driver_connection
    )  # SQLAlchemy would begin a transaction, which forbids it
    try:
        raw.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})").fetchall()
    except sqlite.OperationalError as error:
        log.warning("A checkpoint was postponed", reason=str(error))
    connection.rollback()


def wal_bytes(path: Path) -> int:
    """Return the size of the write-ahead log, 0 when there is none."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def is_fatal(error: DBAPIError) -> bool:
    """Tell whether an error means that nothing can be written now, rather than that one job was wrong."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in FATAL_CODES
    return isinstance(error.orig, sqlite.OperationalError)
