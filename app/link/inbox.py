"""Each delivery is acted on once: remembers ids, what was applied, and outcomes, over crashes and restarts.

How it works: one SQLite connection on one worker thread, so that the disk never holds up the windows. A delivery is
on disk (WAL, `synchronous=FULL`) before `take` returns, and only then is it acknowledged.

What must always hold: a known id is never new again while it is remembered (48 hours at least). A command for a
window that is older than what that window was already told to show is late: it ends SUPERSEDED and is not performed.
A file that SQLite cannot read is moved aside, and the bench goes on with an empty one.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import structlog

from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.commands import COMMANDS, AnyCommand, Close, Move, Navigate, View, verb_of
from relay.contract.names import Epoch
from relay.contract.reports import Outcome

log = structlog.get_logger()
T = TypeVar("T")

KEEP_MS = 72 * 3_600_000
PURGE_EVERY = 500

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


@dataclass(frozen=True)
class Taken:
    """What is to be done with a delivery: perform it if it is `new`; if not, `outcome` is what is known of it."""

    kind: Literal["new", "known", "late"]
    outcome: Outcome | None = None


class InboxBroken(Exception):
    """The inbox cannot be written now (disk full, or worse); nothing was taken."""


class Inbox:
    """The bench's memory of deliveries. `async with await Inbox.open(...)`, or `close()` it."""

    def __init__(self, thread: ThreadPoolExecutor, book: "_Book") -> None:
        """Use `open`."""
        self._thread = thread
        self._book = book
        self.moved_aside = book.moved_aside

    @classmethod
    async def open(cls, file: Path, *, now_ms: Callable[[], int]) -> "Inbox":
        """Open or make the file. Raises InboxBroken if not even a new one can be made."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        try:
            book = await asyncio.get_running_loop().run_in_executor(thread, _Book, file, now_ms)
        except (sqlite3.Error, OSError) as error:
            thread.shutdown(wait=False)
            raise InboxBroken(str(error)) from error
        return cls(thread, book)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        await self._run(self._book.close)
        self._thread.shutdown(wait=False)

    @property
    def epoch(self) -> Epoch | None:
        """The relay's journal that the counters belong to."""
        return self._book.epoch

    @property
    def applied_seq(self) -> int:
        """The highest seq of this epoch that was taken."""
        return self._book.applied_seq

    async def begin_epoch(self, epoch: Epoch) -> bool:
        """Hear the relay's epoch; another one than before resets the counters, and the answer is True."""
        return await self._run(lambda: self._book.begin_epoch(epoch))

    async def take(self, command: AnyCommand, *, late: Outcome) -> Taken:
        """Write the delivery down; `late` is its outcome in case it comes too late to be performed."""
        return await self._run(lambda: self._book.take(command, late))

    async def settle(self, outcome: Outcome) -> None:
        """Keep how a delivery ended. The first outcome stays."""
        await self._run(lambda: self._book.settle(outcome))

    async def reported(self, id_: str) -> None:
        """Note that the relay has the outcome."""
        await self._run(lambda: self._book.reported(id_))

    async def look_up(self, id_: str) -> Taken | None:
        """Tell what is known of a delivery; None for one that was never taken."""
        return await self._run(lambda: self._book.look_up(id_))

    async def unreported(self) -> tuple[Outcome, ...]:
        """List the outcomes that the relay has not acknowledged, oldest first."""
        return await self._run(self._book.unreported)

    async def unfinished(self) -> tuple[AnyCommand, ...]:
        """List the deliveries that were taken and have no outcome, in the order of their seq."""
        return await self._run(self._book.unfinished)

    async def applied_in(self, window_id: str) -> int:
        """Return the highest seq of this epoch that this window was told to show or to close; 0 if it was not."""
        return await self._run(lambda: self._book.applied_in(window_id))

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            # Shielded: a transaction that has begun is finished, whoever stops waiting for it.
            return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))
        except sqlite3.Error as error:
            raise InboxBroken(str(error)) from error


class _Book:
    """The file, as the worker thread sees it."""

    def __init__(self, file: Path, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.moved_aside: Path | None = None
        self._taken = 0
        try:
            self._db = _open(file)
        except sqlite3.OperationalError:
            raise  # locked, full, not permitted: the content is not to blame
        except sqlite3.DatabaseError as error:
            self.moved_aside = _move_aside(file)
            log.exception(
                "The inbox was damaged and is begun anew", kept_as=str(self.moved_aside), reason=str(error)
            )
            self._db = _open(file)
        notes = dict(self._db.execute("SELECT key, value FROM note"))
        self.epoch = Epoch(notes["epoch"]) if "epoch" in notes else None
        self.applied_seq = int(notes.get("applied_seq", "0"))
        self._purge()

    def close(self) -> None:
        self._db.close()

    def begin_epoch(self, epoch: Epoch) -> bool:
        if epoch == self.epoch:
            return False
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM applied")
            self._note("epoch", epoch)
            self._note("applied_seq", "0")
        was_another = self.epoch is not None
        self.epoch, self.applied_seq = epoch, 0
        return was_another

    def take(self, command: AnyCommand, late: Outcome) -> Taken:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if (known := self.look_up(command.id)) is not None:
                return known
            is_late = _is_for_window(command) and command.seq <= self.applied_in(command.window_id)
            self._db.execute(
                "INSERT INTO delivery (id, seq, verb, command, taken_at, outcome) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    command.id.lower(),
                    command.seq,
                    verb_of(command),
                    to_json(command),
                    self._now_ms(),
                    to_json(late) if is_late else None,
                ),
            )
            if isinstance(command, Navigate | Close) and not is_late:
                self._db.execute(
                    "INSERT INTO applied VALUES (?, ?) ON CONFLICT (window_id) DO UPDATE SET seq = excluded.seq",
                    (command.window_id, command.seq),
                )
            applied_seq = max(self.applied_seq, command.seq)
            self._note("applied_seq", str(applied_seq))
        self.applied_seq = applied_seq
        self._taken += 1
        if self._taken % PURGE_EVERY == 0:
            self._purge()
        return Taken("late", late) if is_late else Taken("new")

    def settle(self, outcome: Outcome) -> None:
        with self._db:
            self._db.execute(
                "UPDATE delivery SET outcome = ? WHERE id = ? AND outcome IS NULL",
                (to_json(outcome), outcome.id.lower()),
            )

    def reported(self, id_: str) -> None:
        with self._db:
            self._db.execute("UPDATE delivery SET reported = 1 WHERE id = ?", (id_.lower(),))

    def look_up(self, id_: str) -> Taken | None:
        row = self._db.execute("SELECT outcome FROM delivery WHERE id = ?", (id_.lower(),)).fetchone()
        return None if row is None else Taken("known", _outcome(row[0]))

    def unreported(self) -> tuple[Outcome, ...]:
        rows = self._db.execute(
            "SELECT outcome FROM delivery WHERE reported = 0 AND outcome IS NOT NULL ORDER BY taken_at, seq"
        )
        return tuple(outcome for row in rows if (outcome := _outcome(row[0])) is not None)

    def unfinished(self) -> tuple[AnyCommand, ...]:
        rows = self._db.execute(
            "SELECT verb, command FROM delivery WHERE reported = 0 AND outcome IS NULL ORDER BY taken_at, seq"
        )
        commands: list[AnyCommand] = []
        for verb, content in rows:
            try:
                commands.append(decode_json(content, COMMANDS[verb]))
            except (Malformed, KeyError):
                log.warning("A command of another version of this app is left alone", verb=verb)
        return tuple(commands)

    def applied_in(self, window_id: str) -> int:
        row = self._db.execute("SELECT seq FROM applied WHERE window_id = ?", (window_id,)).fetchone()
        return 0 if row is None else int(row[0])

    def _note(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO note VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def _purge(self) -> None:
        with self._db:
            self._db.execute("DELETE FROM delivery WHERE taken_at < ?", (self._now_ms() - KEEP_MS,))


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(_SCHEMA)
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _move_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.damaged-{secrets.token_hex(3)}")
    file.replace(aside)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    return aside


def _outcome(content: bytes | None) -> Outcome | None:
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=Outcome)
    except msgspec.DecodeError:
        log.warning("An outcome of another version of this app cannot be read")
        return None


def _is_for_window(command: AnyCommand) -> bool:
    return isinstance(command, Navigate | Close | View | Move)
