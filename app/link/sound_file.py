"""A small SQLite file that survives a power cut: opened soundly, or refused; and whose fault it is when it is not."""

import sqlite3
from pathlib import Path


def open_soundly(file: Path, schema: str) -> sqlite3.Connection:
    """Open or make the file, synced at every commit, and look through it.

    Raises sqlite3.Error; `is_damage` tells whether its content is to blame.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(schema)
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except sqlite3.Error:
        db.close()
        raise
    return db


def is_damage(error: sqlite3.Error) -> bool:
    """Is the content to blame, and not a lock, a full disk or a missing permission?"""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError | sqlite3.IntegrityError | sqlite3.ProgrammingError
    )
