"""The few places where SQLite is SQLite: how it is opened and checkpointed, and what its errors mean."""

from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

log = structlog.get_logger()
sqlite: Any = dbapi2  # a C module that says nothing of its types

# All codes: https://www.sqlite.org/rescode.html.
FULL = 13
INTERRUPT = 9
READONLY = 8
IOERR = 10
# SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL.
UNAVAILABLE = frozenset({FULL, IOERR, READONLY, 14, 5, 6, 15})
# SQLITE_CORRUPT and SQLITE_NOTADB.
DAMAGED = frozenset({11, 26})


class Trouble(Enum):
    """What an error of the database means for those who are not to blame for it."""

    FOREIGN = "one statement was wrong"
    UNAVAILABLE = "nothing can be written now, and that may pass"
    BROKEN = "what this process believes of the file is worth nothing any more"


def open_writer(path: Path, *, in_batches: bool = False) -> Engine:
    """Open a read-write connection: WAL, synced at every commit, checkpoints only when the writer says so.

    With `in_batches` the owner begins and ends transactions himself, on the driver's connection, and never waits for a
    lock; otherwise SQLAlchemy does, and waits up to five seconds.
    """
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
            "busy_timeout=5000",
            # Holds for a file that is made now: what is purged can be given back a few pages at a time.
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            "foreign_keys=ON",
            "cache_size=-65536",
            f"busy_timeout={0 if in_batches else 5000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    if not in_batches:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_reader(path: Path) -> Engine:
    """Open one read-only connection, whose owner begins and ends transactions himself, on the driver's connection."""
    engine = create_engine(
        "sqlite://", module=sqlite, creator=partial(connect_read_only, path), poolclass=StaticPool
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction] - called by the event
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=2000")

    return engine


def connect_read_only(path: Path) -> Any:
    """Connect the driver alone, read-only: closing it folds nothing into the file, whatever state that is in."""
    uri = f"file:{quote(str(path))}?mode=ro"
    return sqlite.connect(uri, uri=True, check_same_thread=False, isolation_level=None)


def checkpoint(driver: Any, *, truncate: bool) -> bool:
    """Fold the WAL into the database file, as far as readers allow; tell whether all of it went.

    Raises the driver's error when the disk refuses.
    """
    mode = "TRUNCATE" if truncate else "PASSIVE"
    is_busy, frames, done = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return not is_busy and frames == done


def wal_of(path: Path) -> Path:
    """Name the write-ahead log of a database file."""
    return path.with_name(path.name + "-wal")


def wal_bytes(path: Path) -> int:
    """Return the size of the write-ahead log, 0 when there is none."""
    try:
        return wal_of(path).stat().st_size
    except FileNotFoundError:
        return 0


def code_of(error: BaseException) -> int | None:
    """Return SQLite's primary result code, None when the error is none of SQLite's."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def reason_of(error: BaseException) -> str:
    """Word an error without its statement and parameters, which may be somebody's own words."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def trouble_of(error: BaseException, *, syncing: bool = False) -> Trouble:
    """Tell an error of one statement from one that means the disk, the file, or a lock on it.

    `syncing` says that the statement had to bring something to the disk (COMMIT, a checkpoint). An I/O error then may
    be that of a sync (the driver does not tell which it was), after which the kernel may have dropped what it could not
    write and call the next sync a success (https://www.usenix.org/conference/atc20/presentation/rebello).
    """
    code = code_of(error)
    if code in DAMAGED or (syncing and code == IOERR):
        return Trouble.BROKEN
    return Trouble.UNAVAILABLE if code in UNAVAILABLE else Trouble.FOREIGN
