"""The inbox's file: opened soundly, or set aside and begun anew, with what can still be read of it.

What is saved from a damaged file is what protects from showing something twice: the ids that have ended, and how. Its
counters are not believed: a wrong one would make every later order look old, and the screen would stay dark.
"""

import datetime as dt
import re
import sqlite3
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from app.link.sound_file import is_damage, open_soundly
from relay.contract.reports import Outcome

log = structlog.get_logger()

# Evidence for whoever looks at the disk, but a dying disk must not be filled with it.
SET_ASIDE_MOST = 3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied (window_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    verb TEXT NOT NULL,
    command BLOB NOT NULL,
    taken_at INTEGER NOT NULL,
    outcome BLOB,
    reported INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delivery_open ON delivery (seq) WHERE reported = 0;
CREATE INDEX IF NOT EXISTS delivery_taken ON delivery (taken_at);
"""


def open_file(file: Path) -> sqlite3.Connection:
    """Open or make the file. Raises sqlite3.Error; `is_damage` tells whether its content is to blame."""
    return open_soundly(file, _SCHEMA)


def begin_anew(file: Path, *, now_ms: int) -> tuple[sqlite3.Connection, Path]:
    """Set the damaged file aside and make a new one; returns it, and where the old one is. Raises sqlite3.Error."""
    aside = _set_aside(file, now_ms)
    db = open_file(file)
    saved = _save_from(aside, db)
    log.error("The inbox was damaged and is begun anew", kept_as=str(aside), saved=saved)
    return db, aside


def _set_aside(file: Path, now_ms: int) -> Path:
    moment = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = file.with_name(f"{file.stem}.damaged-{moment}")
    with suppress(FileNotFoundError):  # an earlier attempt came this far
        file.replace(aside)
    with suppress(FileNotFoundError):  # what was written last; SQLite looks for it under the file's new name
        file.with_name(f"{file.name}-wal").replace(aside.with_name(f"{aside.name}-wal"))
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    older = [each for each in file.parent.glob(f"{file.stem}.damaged-*Z") if each != aside]
    for each in sorted(older)[: max(0, len(older) + 1 - SET_ASIDE_MOST)]:
        for suffix in ("", "-wal", "-shm"):
            each.with_name(each.name + suffix).unlink(missing_ok=True)
    return aside


def _save_from(aside: Path, db: sqlite3.Connection) -> int:
    before = db.total_changes
    with suppress(sqlite3.Error):
        damaged = sqlite3.connect(aside, isolation_level=None, timeout=1)
        try:
            # A walk ends at the first page that cannot be read; one from each end leaves out the least.
            for way in ("ASC", "DESC"):
                with suppress(sqlite3.DatabaseError):
                    _save_rows(damaged, db, way)
        finally:
            damaged.close()
    return db.total_changes - before


def _save_rows(damaged: sqlite3.Connection, db: sqlite3.Connection, way: str) -> None:
    ended = (
        "SELECT id, verb, taken_at, outcome, reported FROM delivery WHERE outcome IS NOT NULL ORDER BY id "
    )
    with db:
        db.execute("BEGIN IMMEDIATE")
        try:
            for row in damaged.execute(ended + way):
                if _is_sound(row):
                    # Its seq is not believed: 0 is before everything.
                    db.execute("INSERT OR IGNORE INTO delivery VALUES (?, 0, ?, x'', ?, ?, ?)", row)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise


def _is_sound(row: tuple[object, ...]) -> bool:
    match row:
        case (str(id_), str(), int(), bytes(content), 0 | 1):
            if re.fullmatch(r"[0-9a-f-]{36}", id_) is None:
                return False
        case _:
            return False
    try:
        return msgspec.json.decode(content, type=Outcome).id.lower() == id_
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
