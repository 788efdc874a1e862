"""Remembers what was shown here, over restarts, bounded in number and age, and never in the way of a scan.

How it works: one SQLite connection on one worker thread. `note` and `leave` only put work into that thread's line and
return; what cannot be written is logged, and nothing is raised at the one who shows. A file that SQLite cannot read
is put aside, and a new one begun: a history is worth keeping, and not worth a bench that does not start.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple, fields
from pathlib import Path

import structlog

from app.stage.shown_before import Leaving, Search, ShownRecord

log = structlog.get_logger()

KEEP_MOST = 20_000
PURGE_EVERY = 200
DAY_MS = 86_400_000
_COLUMNS = tuple(field.name for field in fields(ShownRecord))
_NAMES = ", ".join(_COLUMNS)
_HOLES = ", ".join("?" * len(_COLUMNS))

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shown (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    window_id TEXT NOT NULL,
    order_id TEXT,
    title TEXT,
    revision TEXT,
    url TEXT,
    display TEXT NOT NULL,
    source TEXT NOT NULL,
    code TEXT,
    left TEXT,
    left_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS shown_at ON shown (at_ms);
CREATE INDEX IF NOT EXISTS shown_now ON shown (window_id) WHERE left IS NULL AND code IS NULL;
"""


class ShownBook:
    """The history of one bench. `await ShownBook.open(...)`, and `await close()` at the end."""

    def __init__(self, thread: ThreadPoolExecutor, pages: "_Pages") -> None:
        """Use `open`."""
        self._thread = thread
        self._pages = pages
        self._is_closed = False

    @classmethod
    async def open(
        cls, file: Path, *, now_ms: Callable[[], int], keep_days: int, keep_most: int = KEEP_MOST
    ) -> "ShownBook":
        """Open or make the file; a damaged one is put aside. Raises OSError when none can be made."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        try:
            pages = await asyncio.get_running_loop().run_in_executor(
                thread, _Pages, file, now_ms, keep_days * DAY_MS, keep_most
            )
        except sqlite3.Error as error:
            thread.shutdown(wait=False)
            raise OSError(str(error)) from error
        return cls(thread, pages)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._pages.close))
            self._thread.shutdown(wait=False)

    def note(self, record: ShownRecord) -> None:
        """Write down that something came to a window (what was there before is then replaced), or failed to."""
        self._later(lambda: self._pages.note(record))

    def leave(self, window_id: str, at_ms: int, how: Leaving) -> None:
        """Write down that a window shows nothing any more."""
        self._later(lambda: self._pages.leave(window_id, at_ms, how))

    async def search(self, wish: Search) -> tuple[ShownRecord, ...]:
        """Find records, the newest first. Raises OSError where the file cannot be read."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._pages.search, wish)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def _later(self, work: Callable[[], None]) -> None:
        if self._is_closed:
            return
        self._thread.submit(_quietly, work)


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except sqlite3.Error as error:
        log.warning("The history could not be written", reason=str(error))


class _Pages:
    """The file itself; used by the one thread alone."""

    def __init__(self, file: Path, now_ms: Callable[[], int], keep_ms: int, keep_most: int) -> None:
        self._now_ms, self._keep_ms, self._keep_most = now_ms, keep_ms, keep_most
        self._written = 0
        try:
            self._db = _open(file)
        except sqlite3.DatabaseError as error:
            log.warning("The history is damaged and begun anew", file=str(file), reason=str(error))
            with suppress(FileNotFoundError):
                file.replace(file.with_suffix(".damaged"))
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            self._db = _open(file)
        self._db.execute("UPDATE shown SET left = 'stopped' WHERE left IS NULL AND code IS NULL")
        self._purge()

    def close(self) -> None:
        self._db.close()

    def note(self, record: ShownRecord) -> None:
        with self._db:
            self._db.execute("BEGIN")
            if record.code is None:
                self._leave(record.window_id, record.at_ms, "replaced")
            self._db.execute(
                f"INSERT INTO shown ({_NAMES}) VALUES ({_HOLES})",  # noqa: S608 - our own columns
                astuple(record),
            )
        self._written += 1
        if self._written % PURGE_EVERY == 0:
            self._purge()

    def leave(self, window_id: str, at_ms: int, how: Leaving) -> None:
        self._leave(window_id, at_ms, how)

    def search(self, wish: Search) -> tuple[ShownRecord, ...]:
        conditions, values = ["1"], list[str | int]()
        for word in wish.text.split():
            escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            parts = " || ' ' || ".join(
                f"ifnull({name}, '')" for name in ("order_id", "title", "url", "display")
            )
            conditions.append(f"({parts}) LIKE ? ESCAPE '\\'")
            values.append(f"%{escaped}%")
        if wish.only_failed:
            conditions.append("code IS NOT NULL")
        if wish.source is not None:
            conditions.append("source = ?")
            values.append(wish.source)
        rows = self._db.execute(
            f"SELECT {_NAMES} FROM shown WHERE {' AND '.join(conditions)} "  # noqa: S608 - our own words
            "ORDER BY at_ms DESC, id DESC LIMIT ?",
            (*values, wish.limit),
        )
        return tuple(ShownRecord(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)

    def _leave(self, window_id: str, at_ms: int, how: Leaving) -> None:
        self._db.execute(
            "UPDATE shown SET left = ?, left_ms = ? WHERE window_id = ? AND left IS NULL AND code IS NULL",
            (how, at_ms, window_id),
        )

    def _purge(self) -> None:
        self._db.execute("DELETE FROM shown WHERE at_ms < ?", (self._now_ms() - self._keep_ms,))
        self._db.execute(
            "DELETE FROM shown WHERE id <= (SELECT id FROM shown ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (self._keep_most,),
        )


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        # A power cut may cost the last seconds of the history, and never its soundness.
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db
