"""Files by their content: received whole or not at all, inspected, kept once, and given out only as they came.

How it works: a file streams to `incoming/` while it is hashed, is inspected by another process, takes its name by a
rename, and then gets its row; whoever files it under something does so in the transaction of that row.

What must always hold: a row means that the file was whole on disk before. A file without a row belongs to an upload in
hand, or to one that a power cut ended, and is removed at the next start.
"""

import asyncio
import errno
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Connection, insert, select

from relay.clock import Clock
from relay.contract.names import DocumentKind, Sha256
from relay.contract.problems import Code
from relay.documents.folder import Folder, Growing, hash_of
from relay.documents.inspector import Inspected, Inspector
from relay.documents.tables import blobs
from relay.errors import Refusal, StorageUnavailableError
from relay.settings import MIB, Settings
from relay.storage.database import Database

log = structlog.get_logger()
T = TypeVar("T")

GATHER_BYTES = 1 * MIB
LOCKS = 16
REMEMBERED = 10_000
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept; `pages` is 1 for a picture."""

    sha256: Sha256
    kind: DocumentKind
    media_type: str
    pages: int | None
    size: int
    name: str


@dataclass(slots=True)
class Incoming:
    """A file that was received whole and is not kept yet."""

    path: Path
    sha256: Sha256
    size: int
    name: str
    is_kept: bool = False
    inspected: Inspected | Refusal | None = None


def url_of(sha256: str) -> str:
    """Say under which path of the relay a file can be had."""
    return f"/api/documents/{sha256}"


def spell_size(size: int) -> str:
    """Word a limit for a person."""
    return f"{size // MIB} MB" if size >= MIB else f"{size // 1024} KB"


class Documents:
    """The files of this relay."""

    def __init__(self, database: Database, clock: Clock, folder: Path, settings: Settings) -> None:
        """Keep files in `folder`, which is created if it is not there."""
        self._database = database
        self._clock = clock
        # The inspecting process works in another folder, so the path has to be a whole one.
        self.folder = folder.absolute()
        self._folder = Folder(self.folder)
        self._inspector = Inspector()
        self._limit = settings.max_upload_bytes
        # Two uploads of the same content must not step on each other between rename and row.
        self._locks = tuple(asyncio.Lock() for _ in range(LOCKS))
        self._verified: dict[str, tuple[int, int]] = {}

    @property
    def limit(self) -> int:
        """The most bytes that a file may have."""
        return self._limit

    async def tidy(self) -> None:
        """Remove what a power cut left behind. To be called at the start, before anything is received."""
        known = await self._database.read(
            lambda connection: set(connection.execute(select(blobs.c.sha256)).scalars())
        )

        def work() -> tuple[int, int]:
            orphans = [sha256 for sha256 in self._folder.blobs() if sha256 not in known]
            for sha256 in orphans:
                self._folder.remove(sha256)
            return self._folder.drop_abandoned(self._clock.now_ms()), len(orphans)

        abandoned, orphans = await asyncio.to_thread(work)
        if abandoned or orphans:
            log.info("Unfinished uploads were removed", abandoned=abandoned, orphans=orphans)

    @asynccontextmanager
    async def receive(self, stream: AsyncIterable[bytes], name: str = "") -> AsyncGenerator[Incoming]:
        """Receive a file to disk; leaving the block lets it go, unless it was kept.

        Raises DOCUMENT_TOO_LARGE as soon as the limit is passed, and StorageUnavailableError when the disk is full.
        """
        growing = await _on_disk(self._folder.receive)
        try:
            size, gathered = 0, bytearray()
            async for chunk in stream:
                size += len(chunk)
                if size > self._limit:
                    raise Refusal(Code.DOCUMENT_TOO_LARGE, limit=spell_size(self._limit))
                gathered += chunk
                if len(gathered) >= GATHER_BYTES:
                    await _on_disk(partial(growing.write, bytes(gathered)))
                    gathered.clear()
            sha256 = await _on_disk(partial(_finish, growing, bytes(gathered)))
            yield Incoming(growing.path, sha256, size, name)
        finally:
            await asyncio.to_thread(growing.__exit__, None, None, None)

    async def keep(self, incoming: Incoming, also: Callable[[Connection, StoredFile], T]) -> T:
        """Keep a received file for good, and do `also` in the same transaction.

        Raises DOCUMENT_UNREADABLE, or whatever `also` raises; then neither file nor row is there that was not before.
        """
        async with self._locks[int(incoming.sha256[0], 16)]:
            known = await self.find(incoming.sha256)
            stored = known or await self._describe(incoming)
            if not incoming.is_kept:
                await _on_disk(partial(self._folder.keep, incoming.path, incoming.sha256))
                incoming.is_kept = True
                self._verified.pop(incoming.sha256, None)

            def work(connection: Connection) -> T:
                if _find(connection, stored.sha256) is None:
                    _insert(connection, stored, self._clock.now_ms())
                return also(connection, stored)

            try:
                return await self._database.write(work)
            except (Refusal, StorageUnavailableError):
                if known is None:
                    await asyncio.to_thread(self._folder.remove, incoming.sha256)
                    incoming.is_kept = False
                raise

    async def inspect(self, incoming: Incoming) -> Inspected:
        """Find out what a received file is, once; `keep` does it too. Raises DOCUMENT_UNREADABLE."""
        if incoming.inspected is None:
            path = self.path_of(incoming.sha256) if incoming.is_kept else incoming.path
            try:
                incoming.inspected = await self._inspector.inspect(path)
            except Refusal as refusal:
                incoming.inspected = refusal
        if isinstance(incoming.inspected, Refusal):
            raise incoming.inspected
        return incoming.inspected

    async def add_file(self, stream: AsyncIterable[bytes], filename: str = "") -> StoredFile:
        """Receive and keep a file that is filed under nothing."""
        async with self.receive(stream, filename) as incoming:
            return await self.keep(incoming, lambda _connection, stored: stored)

    async def find(self, sha256: str) -> StoredFile | None:
        """Read what is known about a file, if it is known."""
        return await self._database.read(lambda connection: _find(connection, sha256))

    async def open(self, sha256: str) -> tuple[StoredFile, Path]:
        """Find a file to give out, and make sure that it still is what it was.

        Raises DOCUMENT_NOT_FOUND, and DOCUMENT_UNREADABLE when the disk has another content than was received.
        """
        stored = await self.find(sha256)
        if stored is None:
            raise Refusal(Code.DOCUMENT_NOT_FOUND, what="what.no_such_file")
        path = self.path_of(sha256)
        try:
            is_whole = await asyncio.to_thread(self._verify, sha256, path)
        except FileNotFoundError as error:
            log.exception("A document's file is missing", sha256=sha256)
            raise Refusal(Code.DOCUMENT_NOT_FOUND, what="what.lost_file") from error
        except OSError as error:
            log.exception("A document's file cannot be read", sha256=sha256)
            raise Refusal(Code.DOCUMENT_UNREADABLE, what="what.damaged_file") from error
        if not is_whole:
            log.error("A document's file was damaged on the disk", sha256=sha256)
            raise Refusal(Code.DOCUMENT_UNREADABLE, what="what.damaged_file")
        return stored, path

    def path_of(self, sha256: str) -> Path:
        """Say where a kept file is."""
        return self._folder.path_of(sha256)

    def _verify(self, sha256: str, path: Path) -> bool:
        """Hash the file when it is given out first, and again whenever its size or time is another one."""
        status = path.stat()
        mark = (status.st_size, status.st_mtime_ns)
        if self._verified.get(sha256) == mark:
            return True
        if hash_of(path) != sha256:
            return False
        if len(self._verified) >= REMEMBERED:
            self._verified.clear()
        self._verified[sha256] = mark
        return True

    async def _describe(self, incoming: Incoming) -> StoredFile:
        inspected = await self.inspect(incoming)
        return StoredFile(
            sha256=incoming.sha256,
            kind=inspected.kind or "pdf",
            media_type=inspected.media_type,
            pages=inspected.pages,
            size=incoming.size,
            name=incoming.name,
        )


def _finish(growing: Growing, rest: bytes) -> Sha256:
    growing.write(rest)
    return growing.finish()


async def _on_disk(work: Callable[[], T]) -> T:
    """Run blocking work on a thread; a disk that is full or gone is told like a database that cannot be written."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        log.exception("A file could not be written")
        raise StorageUnavailableError("A file could not be written.") from error


def _find(connection: Connection, sha256: str) -> StoredFile | None:
    row = connection.execute(select(blobs).where(blobs.c.sha256 == sha256)).first()
    if row is None:
        return None
    return StoredFile(Sha256(row.sha256), row.kind, row.media_type, row.pages, row.size, row.name)


def _insert(connection: Connection, stored: StoredFile, now_ms: int) -> None:
    connection.execute(
        insert(blobs).values(
            sha256=stored.sha256,
            kind=stored.kind,
            media_type=stored.media_type,
            pages=stored.pages,
            size=stored.size,
            name=stored.name,
            added_at=now_ms,
        )
    )
