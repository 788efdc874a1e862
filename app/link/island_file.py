"""The island's file: opened soundly, or set aside and begun anew with the scans that are still to be told.

What was learned of documents is not saved from a damaged file: a wrong line would show a wrong drawing, and the relay
tells it all again within minutes.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from app.link.island_scans import ScanRow
from app.link.sound_file import is_damage, open_soundly

log = structlog.get_logger()

_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memory (
    order_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    document_id TEXT NOT NULL,
    document BLOB NOT NULL,
    as_of INTEGER NOT NULL,
    boot TEXT NOT NULL,
    seconds REAL NOT NULL,
    wall_ms INTEGER NOT NULL,
    place INTEGER,
    size INTEGER,
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memory_document ON memory (document_id);
CREATE INDEX IF NOT EXISTS memory_place ON memory (place) WHERE place IS NOT NULL;
CREATE TABLE IF NOT EXISTS scan (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL,
    reported INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS scan_open ON scan (position) WHERE reported = 0;
"""


def open_island_file(file: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open or make the file; returns where a damaged one was put. Raises sqlite3.Error or OSError."""
    try:
        return open_soundly(file, _SCHEMA), None
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise  # locked, full, not permitted: the content is not to blame
    return begin_anew(file)


def begin_anew(file: Path) -> tuple[sqlite3.Connection, Path]:
    """Set the damaged file aside and make a new one. Raises sqlite3.Error or OSError."""
    aside = file.with_name(f"{file.stem}.damaged")
    for suffix in ("", "-wal", "-shm"):
        old = aside.with_name(f"{aside.name}{suffix}")
        old.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{suffix}").replace(old)
    db = open_soundly(file, _SCHEMA)
    saved = _save_scans(aside, db)
    log.error("What this bench knows without the relay was damaged and is begun anew", saved=saved)
    return db, aside


def _save_scans(aside: Path, db: sqlite3.Connection) -> int:
    saved = 0
    with suppress(sqlite3.Error):
        damaged = sqlite3.connect(aside, isolation_level=None, timeout=1)
        try:
            with suppress(sqlite3.DatabaseError):
                for id_, content in damaged.execute("SELECT id, content FROM scan WHERE reported = 0"):
                    if _is_sound(id_, content):
                        db.execute("INSERT OR IGNORE INTO scan (id, content) VALUES (?, ?)", (id_, content))
                        saved += 1
        finally:
            damaged.close()
    return saved


def _is_sound(id_: object, content: object) -> bool:
    if not isinstance(id_, str) or not isinstance(content, bytes):
        return False
    try:
        return msgspec.json.decode(content, type=ScanRow).id == id_
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
