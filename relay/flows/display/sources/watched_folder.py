"""Watches a folder: a file that is named after its order becomes that order's document, as soon as it is quiet.

How it works: the folder is listed every few seconds (a share of another machine tells nobody what changes in it). A
file whose size and time have stayed the same for `QUIET` is read, and read again if it changed meanwhile. What became
of each file is kept in the database, so that a restart files nothing twice; a file that failed is tried again when it
changes, or when somebody asks for it. Names are read as the importer of folders reads them (import_files).

What it must never do: write, move or delete anything in the folder.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from relay.clock import Clock
from relay.contract.names import OrderId
from relay.contract.orders import OrderDraft
from relay.contract.problems import Code, write_problem
from relay.contract.sources import WatchedFile, WatchedFolder
from relay.contract.wording import Language, Wording
from relay.errors import Refusal, StorageUnavailableError, invalid
from relay.flows.display.filing import Filing
from relay.flows.display.import_files import SUFFIXES, order_files
from relay.flows.display.orders import Orders
from relay.flows.display.sources.tables import watched_files
from relay.flows.display.spelling import is_order_id

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=3)
QUIET = timedelta(seconds=5)
CHUNK_BYTES = 256 * 1024
MOST_TOLD = 200
MOST_FILES = 20_000
SENDER = "watched-folder"

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was seen: size and time, since when (monotonic seconds)."""

    mark: Mark
    since: float


class Watcher:
    """Watches one folder for these orders."""

    def __init__(
        self,
        folder: Path,
        orders: Orders,
        clock: Clock,
        *,
        quiet: timedelta = QUIET,
        every: timedelta = LOOK_EVERY,
    ) -> None:
        """Prepare; nothing is read before `run` or `look`."""
        self._folder = folder
        self._orders = orders
        self._clock = clock
        self._quiet = quiet.total_seconds()
        self._every = every.total_seconds()
        self._seen: dict[str, _Seen] = {}
        self._done: dict[str, Mark] | None = None
        self._problem: str | None = None
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except StorageUnavailableError:
                log.warning("The watched folder waits for the database")
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Look once, and file what is quiet."""
        async with self._looking:
            if self._done is None:
                self._done = await self._orders.read(_read_marks)
            try:
                there = await asyncio.to_thread(_list, self._folder)
            except OSError as error:
                if self._problem is None:
                    log.warning("The watched folder cannot be read", reason=str(error))
                self._problem = error.strerror or type(error).__name__
                return
            self._problem = None
            now = self._clock.monotonic()
            self._seen = {
                name: self._seen[name]
                if name in self._seen and self._seen[name].mark == mark
                else _Seen(mark, now)
                for name, mark in there.items()
                if self._done.get(name) != mark
            }
            quiet = [name for name, seen in self._seen.items() if now - seen.since >= self._quiet]
            for order_id, title, revision, name in order_files(quiet):
                await self._take(name, self._seen[name].mark, (order_id, title, revision))

    async def retry(self) -> None:
        """Forget what failed, so that it is read again."""
        failed = watched_files.c.code.is_not(None)
        await self._orders.change(lambda connection: connection.execute(delete(watched_files).where(failed)))
        self._done = None
        await self.look()

    async def tell(self, language: Language) -> WatchedFolder:
        """Say what became of the files: those that wait, those that failed, then what was filed last."""

        def work(connection: Connection) -> tuple[int, list[WatchedFile]]:
            filed = connection.execute(
                select(func.count()).select_from(watched_files).where(watched_files.c.code.is_(None))
            ).scalar_one()
            rows = connection.execute(
                select(watched_files)
                .order_by(watched_files.c.code.is_(None), watched_files.c.at.desc())
                .limit(MOST_TOLD)
            )
            return filed, [_tell(row, language) for row in rows]

        filed, told = await self._orders.read(work)
        waiting = [WatchedFile(name=name, state="waiting") for name in sorted(self._seen)[:MOST_TOLD]]
        names = {each.name for each in waiting}
        problem = None
        if self._problem is not None:
            problem = Wording(language).say("what.watched_folder", reason=self._problem)
        return WatchedFolder(
            path=str(self._folder),
            problem=problem,
            filed=filed,
            files=(*waiting, *(each for each in told if each.name not in names)),
        )

    async def _take(self, name: str, mark: Mark, read: tuple[str, str, str]) -> None:
        """File one file, or note why not; one that changes meanwhile, or is locked, waits for the next look."""
        order_id, title, revision = read
        path = self._folder / name
        refusal: Refusal | None = None
        try:
            if not is_order_id(order_id):
                raise invalid("orderId", "order_id")
            async with self._orders.files.receive(_chunks(path), name) as incoming:
                if await asyncio.to_thread(_mark_of, path) != mark:
                    return
                draft = None if await self._orders.exists(OrderId(order_id)) else OrderDraft(title=order_id)
                filing = Filing(
                    name=title,
                    title=title,
                    sha256=incoming.sha256,
                    revision=revision or None,
                    added_by=SENDER,
                )
                incoming.name = title
                await self._orders.file(OrderId(order_id), filing, incoming, draft=draft)
        except OSError as error:
            # Another program holds it (Windows), or it has just gone.
            log.info("A file of the watched folder cannot be read yet", file=name, reason=str(error))
            return
        except Refusal as found:
            refusal = found
            log.warning("A file of the watched folder was not filed", file=name, code=found.code.value)
        await self._note(name, mark, order_id, refusal)

    async def _note(self, name: str, mark: Mark, order_id: str, refusal: Refusal | None) -> None:
        values: dict[str, object] = {
            "size": mark[0],
            "mtime_ns": mark[1],
            "order_id": order_id if is_order_id(order_id) else None,
            "code": None if refusal is None else refusal.code.value,
            "words": None if refusal is None else msgspec.json.encode(refusal.values).decode(),
            "at": self._clock.now_ms(),
        }
        upsert = insert(watched_files).values(name=name, **values)
        await self._orders.note(
            lambda connection: connection.execute(
                upsert.on_conflict_do_update(index_elements=["name"], set_=values)
            )
        )
        assert self._done is not None
        self._done[name] = mark
        self._seen.pop(name, None)


def _list(folder: Path) -> dict[str, Mark]:
    """List the files that may be documents. Raises OSError."""
    there: dict[str, Mark] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            is_candidate = Path(entry.name).suffix.lower() in SUFFIXES and not entry.name.startswith(
                (".", "~")
            )
            # A link could lead out of the folder.
            if is_candidate and entry.is_file(follow_symlinks=False) and len(there) < MOST_FILES:
                status = entry.stat(follow_symlinks=False)
                there[entry.name] = (status.st_size, status.st_mtime_ns)
    return there


def _mark_of(path: Path) -> Mark:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
    finally:
        await asyncio.to_thread(file.close)


def _read_marks(connection: Connection) -> dict[str, Mark]:
    rows = connection.execute(select(watched_files.c.name, watched_files.c.size, watched_files.c.mtime_ns))
    return {row.name: (row.size, row.mtime_ns) for row in rows}


def _tell(row: object, language: Language) -> WatchedFile:
    code = getattr(row, "code", None)
    detail = None
    if code is not None:
        values = msgspec.json.decode(getattr(row, "words", "") or "{}", type=dict[str, str | int])
        detail = write_problem(Code(code), language, trace_id="", values=values).detail
    return WatchedFile(
        name=getattr(row, "name", ""),
        state="filed" if code is None else "failed",
        order_id=getattr(row, "order_id", None),
        at=getattr(row, "at", None),
        code=code,
        detail=detail,
    )
