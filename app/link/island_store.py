"""What this bench knows without the relay, on disk: which document is an order's newest, and the scans to tell of.

How it works: one SQLite connection on one worker thread. A scan is on disk, synced, before anything of it is shown;
what was learned of documents is written without waiting for the disk.

What must always hold: it belongs to one screen of one relay, and is forgotten for another. What was heard earlier
never replaces what was heard later. A file that SQLite cannot read is set aside, and the scans in it that are not told
yet are saved.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from app.link.island_clock import Moment
from app.link.island_file import begin_anew, open_island_file
from app.link.island_scans import Memory, ScanRow
from app.link.sound_file import is_damage
from relay.contract.commands import DocumentRef
from relay.contract.names import DocumentId, OrderId, TriggerId
from relay.contract.reports import Outcome

log = structlog.get_logger()
T = TypeVar("T")

MOST_MEMORIES = 5_000
# Scans that were told are kept to answer the relay, should it send their triggers all the same.
MOST_TOLD = 500
MOST_SCANS = 10_000


class IslandBroken(Exception):
    """The file cannot be read or written now."""


class IslandStore:
    """The bench's own memory. Use `open`, and `close` it."""

    def __init__(self, thread: ThreadPoolExecutor, book: "_Book") -> None:
        """Use `open`."""
        self._thread = thread
        self._book = book
        self._is_closed = False

    @classmethod
    async def open(cls, file: Path) -> "IslandStore":
        """Open or make the file. Raises IslandBroken."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="island")
        try:
            book = await asyncio.get_running_loop().run_in_executor(thread, _Book, file)
        except (sqlite3.Error, OSError) as error:
            thread.shutdown(wait=False)
            raise IslandBroken(str(error)) from error
        return cls(thread, book)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._book.close))
            self._thread.shutdown(wait=False)

    async def belong_to(self, owner: str) -> None:
        """Work for this screen of this relay; what another one's left here is forgotten."""
        await self._run(lambda: self._book.belong_to(owner))

    async def forget_all(self) -> None:
        """Forget everything: the bench is nobody's any more."""
        await self._run(self._book.forget_all)

    # Documents.

    async def find(self, order_id: OrderId, number: int) -> Memory | None:
        """Tell what is known of an order's document."""
        return await self._run(lambda: self._book.find(order_id, number))

    async def number_of(self, document_id: DocumentId) -> int | None:
        """Tell which of its order's documents this is, if that was ever said."""
        return await self._run(lambda: self._book.number_of(document_id))

    async def learn(self, memory: Memory) -> None:
        """Keep what the relay said of one document, unless something later is known."""
        await self._run(lambda: self._book.learn(memory))

    async def forget(self, order_id: OrderId, number: int) -> None:
        """Forget a document that the relay does not know any more."""
        await self._run(lambda: self._book.forget(order_id, number))

    async def expect(self, memories: Sequence[Memory], mark: str) -> None:
        """Keep the list of what is due next, in its order, under its mark."""
        await self._run(lambda: self._book.expect(memories, mark))

    async def still_expect(self, as_of: int, at: Moment) -> None:
        """Hear that the list of what is due next holds also now."""
        await self._run(lambda: self._book.still_expect(as_of, at))

    async def expected(self) -> tuple[Memory, ...]:
        """List what is due next, the likeliest first."""
        return await self._run(self._book.expected)

    async def mark(self) -> str | None:
        """Return the mark of the list of what is due next."""
        return await self._run(lambda: self._book.note("mark"))

    async def saw_wall(self, wall_ms: int) -> int:
        """Note this machine's time of day; returns the latest that was ever noted."""
        return await self._run(lambda: self._book.saw_wall(wall_ms))

    # Scans.

    async def begin(self, scan: ScanRow) -> None:
        """Write a scan down, for good, before anything is shown. A known id is left as it is."""
        await self._run(lambda: self._book.begin(scan))

    async def end(self, id_: TriggerId, outcome: Outcome, at: Moment) -> None:
        """Keep how a scan ended; the first end stays."""
        await self._run(lambda: self._book.end(id_, outcome, at))

    async def scan(self, id_: TriggerId) -> ScanRow | None:
        """Return a scan that was answered without the relay, if it is remembered."""
        return await self._run(lambda: self._book.scan(id_))

    async def untold(self, most: int) -> tuple[ScanRow, ...]:
        """List scans that the relay does not know of, the oldest first."""
        return await self._run(lambda: self._book.untold(most))

    async def told(self, ids: Collection[TriggerId]) -> None:
        """Note that the relay has these on record."""
        await self._run(lambda: self._book.told(ids))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise IslandBroken("it is closed")
        try:
            return await asyncio.shield(
                asyncio.get_running_loop().run_in_executor(self._thread, self._book.soundly, work)
            )
        except (sqlite3.Error, OSError) as error:
            raise IslandBroken(str(error)) from error


class _Book:
    """The file, as the worker thread sees it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._owner: str | None = None
        self._db, _aside = open_island_file(file)

    def close(self) -> None:
        self._db.close()

    def soundly(self, work: Callable[[], T]) -> T:
        """Do `work`; if the file turns out to be damaged, begin it anew and do it there."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            owner = self._owner
            self._db.close()
            self._db, _aside = begin_anew(self._file)
            if owner is not None:
                self._write_note("owner", owner)
            return work()

    def belong_to(self, owner: str) -> None:
        if self.note("owner") not in {None, owner}:
            log.info("What was known here of another screen or relay is forgotten")
            self.forget_all()
        self._write_note("owner", owner)
        self._owner = owner

    def forget_all(self) -> None:
        with _Transaction(self._db):
            for table in ("memory", "scan", "note"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
        self._owner = None

    def find(self, order_id: str, number: int) -> Memory | None:
        return self._one("WHERE order_id = ? AND number = ?", order_id, number)

    def number_of(self, document_id: str) -> int | None:
        found = self._one("WHERE document_id = ?", document_id)
        return None if found is None else found.number

    def learn(self, memory: Memory) -> None:
        with _Transaction(self._db, is_urgent=False):
            self._learn(memory, None, self.find(memory.order_id, memory.number))
            self._purge_memories()

    def forget(self, order_id: str, number: int) -> None:
        with _Transaction(self._db):
            self._db.execute("DELETE FROM memory WHERE order_id = ? AND number = ?", (order_id, number))

    def expect(self, memories: Sequence[Memory], mark: str) -> None:
        with _Transaction(self._db, is_urgent=False):
            self._db.execute("UPDATE memory SET place = NULL WHERE place IS NOT NULL")
            for place, memory in enumerate(memories):
                self._learn(memory, place, self.find(memory.order_id, memory.number))
            self._write_note("mark", mark)
            self._purge_memories()

    def still_expect(self, as_of: int, at: Moment) -> None:
        with _Transaction(self._db, is_urgent=False):
            self._db.execute(
                "UPDATE memory SET as_of = ?, boot = ?, seconds = ?, wall_ms = ? WHERE place IS NOT NULL"
                " AND (boot <> ? OR seconds <= ?)",
                (as_of, at.boot, at.seconds, at.wall_ms, at.boot, at.seconds),
            )

    def expected(self) -> tuple[Memory, ...]:
        return self._many("WHERE place IS NOT NULL ORDER BY place")

    def saw_wall(self, wall_ms: int) -> int:
        latest = max(wall_ms, int(self.note("wall") or "0"))
        with _Transaction(self._db, is_urgent=False):
            self._write_note("wall", str(latest))
        return latest

    def begin(self, scan: ScanRow) -> None:
        with _Transaction(self._db):
            self._db.execute(
                "INSERT OR IGNORE INTO scan (id, content) VALUES (?, ?)", (scan.id, msgspec.json.encode(scan))
            )
            self._db.execute(
                "DELETE FROM scan WHERE reported = 1 AND position <="
                " (SELECT max(position) FROM scan WHERE reported = 1) - ?",
                (MOST_TOLD,),
            )
            self._db.execute(
                "DELETE FROM scan WHERE position <= (SELECT max(position) FROM scan) - ?", (MOST_SCANS,)
            )

    def end(self, id_: str, outcome: Outcome, at: Moment) -> None:
        with _Transaction(self._db):
            scan = self.scan(id_)
            if scan is not None and scan.outcome is None:
                content = msgspec.json.encode(scan.ended(outcome, at))
                self._db.execute("UPDATE scan SET content = ? WHERE id = ?", (content, id_))

    def scan(self, id_: str) -> ScanRow | None:
        row = self._db.execute("SELECT content FROM scan WHERE id = ?", (id_,)).fetchone()
        return None if row is None else _scan(row[0])

    def untold(self, most: int) -> tuple[ScanRow, ...]:
        rows = self._db.execute(
            "SELECT content FROM scan WHERE reported = 0 ORDER BY position LIMIT ?", (most,)
        )
        return tuple(scan for row in rows if (scan := _scan(row[0])) is not None)

    def told(self, ids: Collection[str]) -> None:
        with _Transaction(self._db):
            self._db.executemany("UPDATE scan SET reported = 1 WHERE id = ?", [(id_,) for id_ in ids])

    def note(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def _learn(self, memory: Memory, place: int | None, known: Memory | None) -> None:
        at = memory.at
        if known is not None and known.at.boot == at.boot and known.at.seconds > at.seconds:
            memory, at = known, known.at
        self._db.execute(
            "INSERT INTO memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id, number) DO UPDATE SET"
            " document_id = excluded.document_id, document = excluded.document, as_of = excluded.as_of,"
            " boot = excluded.boot, seconds = excluded.seconds, wall_ms = excluded.wall_ms,"
            " place = coalesce(excluded.place, place), size = coalesce(excluded.size, size)",
            (
                memory.order_id,
                memory.number,
                memory.document.id,
                msgspec.json.encode(memory.document),
                memory.as_of,
                at.boot,
                at.seconds,
                at.wall_ms,
                place,
                memory.size,
            ),
        )

    def _purge_memories(self) -> None:
        (count,) = self._db.execute("SELECT count(*) FROM memory").fetchone()
        if count <= MOST_MEMORIES:
            return
        self._db.execute(
            "DELETE FROM memory WHERE place IS NULL AND (order_id, number) NOT IN"
            " (SELECT order_id, number FROM memory ORDER BY as_of DESC LIMIT ?)",
            (MOST_MEMORIES,),
        )

    def _write_note(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO note VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def _one(self, where: str, *values: object) -> Memory | None:
        found = self._many(f"{where} LIMIT 1", *values)
        return found[0] if found else None

    def _many(self, where: str, *values: object) -> tuple[Memory, ...]:
        rows = self._db.execute(
            f"SELECT order_id, number, document, as_of, boot, seconds, wall_ms, size FROM memory {where}",  # noqa: S608 - our own words; values are bound
            values,
        )
        return tuple(memory for row in rows if (memory := _memory(row)) is not None)


class _Transaction:
    """A transaction; one that is not urgent is safe from a killed app, but not from a power cut."""

    def __init__(self, db: sqlite3.Connection, *, is_urgent: bool = True) -> None:
        self._db = db
        self._synchronous = "FULL" if is_urgent else "NORMAL"

    def __enter__(self) -> None:
        self._db.execute(f"PRAGMA synchronous={self._synchronous}")
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        try:
            if kind is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:  # a disk that is full ends it by itself, or not at all
                self._db.execute("ROLLBACK")


def _memory(row: tuple[str, int, bytes, int, str, float, int, int | None]) -> Memory | None:
    order_id, number, document, as_of, boot, seconds, wall_ms, size = row
    try:
        ref = msgspec.json.decode(document, type=DocumentRef)
    except msgspec.DecodeError:
        log.warning("A document of another version of this app is not remembered")
        return None
    at = Moment(boot=boot, seconds=seconds, wall_ms=wall_ms)
    return Memory(order_id=OrderId(order_id), number=number, document=ref, as_of=as_of, at=at, size=size)


def _scan(content: bytes) -> ScanRow | None:
    try:
        return msgspec.json.decode(content, type=ScanRow)
    except msgspec.DecodeError:
        log.warning("A scan of another version of this app cannot be read")
        return None
