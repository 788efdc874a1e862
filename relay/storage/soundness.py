"""Is the file sound: asked before anything opens it to write, so that a damaged one is refused and left as it is.

What can be seen: pages that contradict each other, a file that is cut off, and a write-ahead log that was damaged after
it had been synced. SQLite takes a log up to its first frame that does not add up and forgets the rest. After a power
cut that is right, but only the last commit can have been under way then; when more commits stand behind such a frame,
what was answered is lost, and that must be heard. What cannot be seen: another value in a cell of the right form.

Cost: a small file is read wholly at every start (0.04 s for 32 MiB), a larger one only when the relay did not end
cleanly, which is when the log still stands beside it (0.3 s for 256 MiB). One that is larger still is checked in the
background while the relay serves; until that has been done the file `*.unchecked` stands beside it.
"""

import os
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relay.errors import DatabaseDamagedError, StorageUnavailableError
from relay.storage import dialect
from relay.storage.notices import notice

AT_EVERY_START_BYTES = 32 * 1024 * 1024
AFTER_A_CRASH_BYTES = 256 * 1024 * 1024
# A check in the background gives way when the log has grown to this.
LOG_AT_MOST_BYTES = 64 * 1024 * 1024
STEPS_BETWEEN_LOOKS = 100_000
# https://www.sqlite.org/fileformat2.html#the_write_ahead_log
WAL_MAGIC = 0x377F0682
WAL_HEADER = struct.Struct(">8I")
FRAME_HEADER = struct.Struct(">IIII8x")


def examine(path: Path) -> None:
    """Look at the file before it is opened to be written; blocks, up to a second.

    Raises DatabaseDamagedError, and StorageUnavailableError when it cannot even be read.
    """
    for needed in (path, path.parent):
        if needed.exists() and not os.access(needed, os.R_OK | os.W_OK):
            raise StorageUnavailableError(
                f"{needed} cannot be written by this user, or is mounted read-only."
            )
    if not path.exists():
        return
    note = _note_of(path)
    is_known_to_be_damaged = note.exists() and note.read_text("utf-8") != ""
    did_not_end_cleanly = dialect.wal_bytes(path) > 0
    try:
        connection = dialect.connect_read_only(path)
        try:
            # The first read recovers what the write-ahead log holds.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            _check_log(path, connection)
            size = path.stat().st_size + dialect.wal_bytes(path)
            due = AFTER_A_CRASH_BYTES if did_not_end_cleanly else AT_EVERY_START_BYTES
            if size <= due or is_known_to_be_damaged:
                _check_pages(path, connection)
                note.unlink(missing_ok=True)
            elif did_not_end_cleanly:
                note.touch()
        finally:
            connection.close()
    except dialect.sqlite.Error as error:
        if dialect.trouble_of(error) is dialect.Trouble.BROKEN:
            raise DatabaseDamagedError(path, str(error)) from error
        raise StorageUnavailableError(f"{path}: {error}") from error


def is_unchecked(path: Path) -> bool:
    """Tell whether the file still has to be checked while the relay serves."""
    return _note_of(path).exists()


class Inspection:
    """The check of every page of a large file while the relay serves from it, on a thread of its own."""

    def __init__(self, path: Path, on_damaged: Callable[[str], None]) -> None:
        """Start; `on_damaged` hears what was found, on that thread, after word was left for the next start."""
        self._path = path
        self._on_damaged = on_damaged
        self._is_closing = False
        self._thread = threading.Thread(target=self._inspect, name="database-inspection", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop it; what was not finished is left to the next start. Blocks for a moment."""
        self._is_closing = True
        self._thread.join()

    def _inspect(self) -> None:
        note = _note_of(self._path)
        connection = dialect.connect_read_only(self._path)
        connection.set_progress_handler(self._must_stop, STEPS_BETWEEN_LOOKS)
        try:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                # One table at a time: the log cannot be folded past the snapshot that each check holds.
                _check_pages(self._path, connection, table)
            note.unlink(missing_ok=True)
            notice("info", "Every page of the database was checked", path=str(self._path))
        except DatabaseDamagedError as error:
            note.write_text(error.finding, "utf-8")
            self._on_damaged(error.finding)
        except dialect.sqlite.Error as error:
            notice("warning", "The check of the database is left to the next start", reason=str(error))
        finally:
            connection.close()

    def _must_stop(self) -> bool:
        return self._is_closing or dialect.wal_bytes(self._path) > LOG_AT_MOST_BYTES


def _check_pages(path: Path, connection: Any, table: str | None = None) -> None:
    asked = "1" if table is None else '"' + table.replace('"', '""') + '"'
    (found, *_) = connection.execute(f"PRAGMA integrity_check({asked})").fetchone()
    if found != "ok":
        raise DatabaseDamagedError(path, " ".join(str(found).split()))


def _check_log(path: Path, connection: Any) -> None:
    """Find commits that stand in the log behind the frame up to which SQLite believes it."""
    _, believed, _ = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    try:
        with dialect.wal_of(path).open("rb") as wal:
            head = wal.read(WAL_HEADER.size)
            if len(head) < WAL_HEADER.size:
                return
            _, _, page_bytes, _, *salts, _, _ = WAL_HEADER.unpack(head)
            if not _adds_up(head):
                # SQLite believes nothing of a log whose header is wrong; the frames tell their generation too.
                (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
                _, _, *salts = FRAME_HEADER.unpack(
                    wal.read(FRAME_HEADER.size).ljust(FRAME_HEADER.size, b"\0")
                )
            lost = _commits_behind(wal, max(0, int(believed)), page_bytes, tuple(salts))
    except FileNotFoundError:
        return
    if lost > 1:
        raise DatabaseDamagedError(
            path, f"{dialect.wal_of(path).name}: {lost} commits cannot be read any more"
        )
    if lost:
        notice(
            "warning",
            "The last commit does not add up and is forgotten, as after a power cut",
            path=str(path),
        )


def _adds_up(head: bytes) -> bool:
    """Tell whether the header's checksum is right."""
    magic, *_, first, second = WAL_HEADER.unpack(head)
    words = struct.unpack(">6I" if magic & 1 else "<6I", head[:24])
    one = two = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return magic & ~1 == WAL_MAGIC and (one, two) == (first, second)


def _commits_behind(wal: Any, believed: int, page_bytes: int, salts: tuple[int, ...]) -> int:
    """Count commit frames of this log's generation, told by its salts, after the first `believed` frames."""
    frame_bytes = FRAME_HEADER.size + page_bytes
    commits = 0
    wal.seek(WAL_HEADER.size + believed * frame_bytes)
    while len(head := wal.read(FRAME_HEADER.size)) == FRAME_HEADER.size:
        _, size_after_commit, *frame_salts = FRAME_HEADER.unpack(head)
        if tuple(frame_salts) == salts and size_after_commit:
            commits += 1
        wal.seek(page_bytes, 1)
    return commits


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".unchecked")
