"""Each delivery is acted on once: remembers ids, what was applied, and outcomes, over crashes and restarts.

How it works: one SQLite connection on one worker thread, so that the disk never holds up the windows. A delivery is
on disk (WAL, `synchronous=FULL`) before `take` returns, and only then is it acknowledged. Outcomes are written without
waiting for the disk: a killed app loses none of them, and after a power cut the screen is dark anyhow.

What must always hold: a known id is never new again while it is remembered (48 hours at least, unless 50,000 newer
ones came). A command for a window that is older than what that window was already told to show is late: it ends
SUPERSEDED and is not performed. The counters belong to one screen of one journal (`epoch`); a connection of an older
`gen` than the newest one seen is fenced. A file that SQLite cannot read is set aside, and the bench goes on.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import structlog

from app.link.inbox_file import begin_anew, open_file
from app.link.sound_file import is_damage
from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.commands import (
    COMMANDS,
    AnyCommand,
    Blank,
    Close,
    Hello,
    Move,
    Navigate,
    Undo,
    View,
    verb_of,
)
from relay.contract.names import Epoch
from relay.contract.reports import Outcome

log = structlog.get_logger()
T = TypeVar("T")

KEEP_MS = 72 * 3_600_000
# Whatever this machine's time of day does: so many of the newest are kept, and no more than so many at all.
KEEP_LEAST = 2_000
# The key of a note that counts how often a delivery that was cut off was performed again.
RESUMED = "resumed:"
KEEP_MOST = 50_000
PURGE_EVERY = 500

# `fenced`: this connection is older than one seen before. `other`: another journal, or another screen, than before.
Beginning = Literal["first", "same", "other", "fenced"]


@dataclass(frozen=True)
class Taken:
    """What is to be done with a delivery: perform it if it is `new`; if not, `outcome` is what is known of it."""

    kind: Literal["new", "known", "late"]
    outcome: Outcome | None = None


class InboxBroken(Exception):
    """The inbox cannot be written now; nothing was taken. `is_full`: because the disk is full."""

    def __init__(self, reason: str, *, is_full: bool = False) -> None:
        """Say why."""
        super().__init__(reason)
        self.is_full = is_full


class Inbox:
    """The bench's memory of deliveries. `async with await Inbox.open(...)`, or `close()` it."""

    def __init__(self, thread: ThreadPoolExecutor, book: "_Book") -> None:
        """Use `open`."""
        self._thread = thread
        self._book = book
        self._is_closed = False

    @classmethod
    async def open(cls, file: Path, *, now_ms: Callable[[], int]) -> "Inbox":
        """Open or make the file. Raises InboxBroken if not even a new one can be made."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        try:
            book = await asyncio.get_running_loop().run_in_executor(thread, _Book, file, now_ms)
        except (sqlite3.Error, OSError) as error:
            thread.shutdown(wait=False)
            raise _broken(error) from error
        return cls(thread, book)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._book.close))
            self._thread.shutdown(wait=False)

    @property
    def moved_aside(self) -> Path | None:
        """Where the damaged file is, if this inbox had to be begun anew since it was opened."""
        return self._book.moved_aside

    @property
    def epoch(self) -> Epoch | None:
        """The relay's journal that the counters belong to."""
        return self._book.epoch

    @property
    def applied_seq(self) -> int:
        """The highest seq of this screen and epoch that was taken."""
        return self._book.applied_seq

    async def begin(self, hello: Hello, screen_id: str) -> Beginning:
        """Hear the relay's greeting. Another journal or screen than before resets the counters."""
        return await self._run(lambda: self._book.begin(hello.epoch, hello.gen, screen_id.casefold()))

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

    async def resumed(self, id_: str) -> int:
        """Write down that a delivery that was cut off is performed again, and tell how often that has been."""
        return await self._run(lambda: self._book.resumed(id_))

    async def applied_in(self, window_id: str) -> int:
        """Return the highest seq of this epoch that this window was told to show or to close; 0 if it was not."""
        return await self._run(lambda: self._book.applied_in(window_id))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise InboxBroken("it is closed")
        try:
            # Shielded: a transaction that has begun is finished, whoever stops waiting for it.
            return await asyncio.shield(
                asyncio.get_running_loop().run_in_executor(self._thread, self._book.soundly, work)
            )
        except (sqlite3.Error, OSError) as error:
            raise _broken(error) from error


class _Book:
    """The file, as the worker thread sees it."""

    def __init__(self, file: Path, now_ms: Callable[[], int]) -> None:
        self._file = file
        self._now_ms = now_ms
        self.moved_aside: Path | None = None
        self._is_damaged = False
        self._taken = 0
        try:
            self._db = open_file(file)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise  # locked, full, not permitted: the content is not to blame
            self._db, self.moved_aside = begin_anew(file, now_ms=now_ms())
        notes = dict(self._db.execute("SELECT key, value FROM note"))
        self.epoch = Epoch(notes["epoch"]) if "epoch" in notes else None
        self._gen = int(notes.get("gen", "0"))
        self._screen: str | None = notes.get("screen")
        self.applied_seq = int(notes.get("applied_seq", "0"))
        self._applied: dict[str, int] = dict(self._db.execute("SELECT window_id, seq FROM applied"))
        self._purge()

    def close(self) -> None:
        self._db.close()

    def soundly(self, work: Callable[[], T]) -> T:
        """Do `work`; if the file turns out to be damaged, begin it anew and do it there."""
        try:
            if self._is_damaged:
                self._renew()
            return work()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._is_damaged = True
            self._renew()
            return work()

    def begin(self, epoch: Epoch, gen: int, screen: str) -> Beginning:
        if (epoch, screen) == (self.epoch, self._screen or screen):
            if gen < self._gen:
                return "fenced"
            if (gen, screen) != (self._gen, self._screen):
                with self._transaction():
                    self._note(gen=gen, screen=screen)
                self._gen, self._screen = gen, screen
            return "same"
        beginning: Beginning = "first" if self.epoch is None else "other"
        with self._transaction():
            self._db.execute("DELETE FROM applied")
            self._note(epoch=epoch, gen=gen, screen=screen, applied_seq=0)
        self.epoch, self._gen, self._screen, self.applied_seq = epoch, gen, screen, 0
        self._applied.clear()
        return beginning

    def take(self, command: AnyCommand, late: Outcome) -> Taken:
        with self._transaction():
            if (known := self.look_up(command.id)) is not None:
                return known
            is_late = _is_for_window(command) and command.seq <= self.applied_in(command.window_id)
            self._db.execute(
                "INSERT INTO delivery (id, seq, verb, command, taken_at, outcome) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    command.id.lower(),
                    command.seq,
                    verb_of(command),
                    b"" if is_late else to_json(command),
                    self._now_ms(),
                    to_json(late) if is_late else None,
                ),
            )
            is_applied = isinstance(command, Navigate | Close | Undo) and not is_late
            if is_applied:
                self._write_applied(command.window_id, command.seq)
            applied_seq = max(self.applied_seq, command.seq)
            self._note(applied_seq=applied_seq)
        self.applied_seq = applied_seq
        if is_applied:
            self._applied[command.window_id] = command.seq
        self._taken += 1
        if self._taken % PURGE_EVERY == 0:
            self._purge()
        return Taken("late", late) if is_late else Taken("new")

    def settle(self, outcome: Outcome) -> None:
        # Its row is there, unless the file was begun anew while it was performed.
        with self._transaction(is_urgent=False):
            self._db.execute(
                "INSERT INTO delivery (id, seq, verb, command, taken_at, outcome) VALUES (?, 0, '', x'', ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, command = x'' WHERE outcome IS NULL",
                (outcome.id.lower(), self._now_ms(), to_json(outcome)),
            )

    def reported(self, id_: str) -> None:
        with self._transaction(is_urgent=False):
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
            "SELECT verb, command FROM delivery WHERE reported = 0 AND outcome IS NULL ORDER BY seq"
        )
        commands: list[AnyCommand] = []
        for verb, content in rows:
            try:
                commands.append(decode_json(content, COMMANDS[verb]))
            except (Malformed, KeyError):
                log.warning("A command of another version of this app is left alone", verb=verb)
        return tuple(commands)

    def resumed(self, id_: str) -> int:
        with self._transaction():
            (times,) = self._db.execute(
                "INSERT INTO note VALUES (?, '1')"
                " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value",
                (RESUMED + id_.lower(),),
            ).fetchone()
        return int(times)

    def applied_in(self, window_id: str) -> int:
        return self._applied.get(window_id, 0)

    def _transaction(self, *, is_urgent: bool = True) -> "_Transaction":
        return _Transaction(self._db, is_urgent=is_urgent)

    def _renew(self) -> None:
        self._db.close()
        self._db, self.moved_aside = begin_anew(self._file, now_ms=self._now_ms())
        self._is_damaged = False
        with self._transaction():
            if self.epoch is not None and self._screen is not None:
                self._note(epoch=self.epoch, gen=self._gen, screen=self._screen, applied_seq=self.applied_seq)
            for window_id, seq in self._applied.items():
                self._write_applied(window_id, seq)

    def _write_applied(self, window_id: str, seq: int) -> None:
        self._db.execute(
            "INSERT INTO applied VALUES (?, ?) ON CONFLICT (window_id) DO UPDATE SET seq = excluded.seq",
            (window_id, seq),
        )

    def _note(self, **values: str | int) -> None:
        self._db.executemany(
            "INSERT INTO note VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [(key, str(value)) for key, value in values.items()],
        )

    def _purge(self) -> None:
        with self._transaction(is_urgent=False):
            self._db.execute(
                "DELETE FROM delivery WHERE taken_at < ?"
                " AND id NOT IN (SELECT id FROM delivery ORDER BY taken_at DESC LIMIT ?)",
                (self._now_ms() - KEEP_MS, KEEP_LEAST),
            )
            self._db.execute(
                "DELETE FROM note WHERE substr(key, 1, ?) = ?"
                " AND NOT EXISTS (SELECT 1 FROM delivery WHERE id = substr(key, ?))",
                (len(RESUMED), RESUMED, len(RESUMED) + 1),
            )
            (count,) = self._db.execute("SELECT count(*) FROM delivery").fetchone()
            if count > KEEP_MOST:
                self._db.execute(
                    "DELETE FROM delivery WHERE id IN"
                    " (SELECT id FROM delivery ORDER BY reported DESC, taken_at LIMIT ?)",
                    (count - KEEP_MOST,),
                )


class _Transaction:
    """A transaction; one that is not urgent is safe from a killed app, but not from a power cut."""

    def __init__(self, db: sqlite3.Connection, *, is_urgent: bool) -> None:
        self._db = db
        self._synchronous = "FULL" if is_urgent else "NORMAL"

    def __enter__(self) -> None:
        self._db.execute(f"PRAGMA synchronous={self._synchronous}")
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            try:
                self._db.execute("COMMIT")
            except sqlite3.Error:
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # SQLite ends it by itself when the disk is full
            self._db.execute("ROLLBACK")


def _broken(error: sqlite3.Error | OSError) -> InboxBroken:
    is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return InboxBroken(str(error), is_full=is_full)


def _outcome(content: bytes | None) -> Outcome | None:
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=Outcome)
    except msgspec.DecodeError:
        log.warning("An outcome of another version of this app cannot be read")
        return None


def _is_for_window(command: AnyCommand) -> bool:
    return isinstance(command, Navigate | Close | Undo | View | Move | Blank)
