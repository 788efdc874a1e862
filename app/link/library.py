"""Documents by SHA-256: fetched from the relay once, verified, kept on this machine, and given back in no time.

How it works: a document streams into a draft file while it is hashed, and gets its name only if the hash is right. A
small note beside it holds its size and time of change, written after the file is safely on disk; while they agree,
reading needs no hash. Several who want the same document share one download; when nobody wants it any more, it ends.

What must always hold: a path that is returned holds exactly the document that was asked for. What is being shown is
never evicted.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.credentials import Credentials, Revoked
from app.stage.displays import CannotShow
from relay.contract.commands import DocumentRef
from relay.contract.names import Sha256
from relay.contract.problems import Code

log = structlog.get_logger()

Spawn = Callable[[Coroutine[object, object, Path], str], "asyncio.Task[Path]"]

GIB = 1024**3
DEFAULT_LIMIT_BYTES = 2 * GIB
LARGEST_DOCUMENT_BYTES = GIB
PATIENCE = timedelta(minutes=10)
CHUNK_BYTES = 1024 * 1024
_TOKEN_REFUSED = {Code.TOKEN_EXPIRED.value, Code.TOKEN_INVALID.value}


class Library:
    """The documents of one bench."""

    def __init__(
        self,
        folder: Path,
        credentials: Credentials,
        *,
        spawn: Spawn,
        in_use: Callable[[], set[Sha256]] = set,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
    ) -> None:
        """Keep documents in `folder`; `in_use` names those that are being shown."""
        self._folder = folder
        self._credentials = credentials
        self._spawn = spawn
        self._in_use = in_use
        self._limit_bytes = limit_bytes
        self._fetching: dict[Sha256, asyncio.Task[Path]] = {}
        self._waiting: dict[Sha256, int] = {}

    async def fetch(self, document: DocumentRef) -> Path:
        """Return the document's file, from here or from the relay. Raises CannotShow with the reason."""
        sha256 = document.sha256
        # A path on the relay and nothing else: what is put behind an address may name another host.
        if sha256 is None or not document.url.startswith("/"):
            raise CannotShow(Code.DOCUMENT_NOT_FOUND)
        fetching = self._fetching.get(sha256)
        if fetching is None:
            fetching = self._fetching[sha256] = self._spawn(
                self._get(document, sha256), f"fetch {sha256[:12]}"
            )
            self._waiting[sha256] = 0
        self._waiting[sha256] += 1
        try:
            # `wait`, because neither our being cancelled nor the task's failure is anybody else's business.
            await asyncio.wait({fetching})
            return fetching.result()
        finally:
            if self._fetching.get(sha256) is fetching:
                self._waiting[sha256] -= 1
                if fetching.done() or self._waiting[sha256] == 0:
                    del self._fetching[sha256]
                    fetching.cancel()

    async def _get(self, document: DocumentRef, sha256: Sha256) -> Path:
        file = self._folder / sha256
        try:
            if await asyncio.to_thread(_is_sound, file, sha256):
                return file
            await self._download(document, sha256, file)
            await asyncio.to_thread(self._evict, {sha256, *self._in_use(), *self._fetching})
        except OSError as error:
            log.exception("A document could not be kept", document=document.id, reason=str(error))
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.not_kept") from error
        return file

    async def _download(self, document: DocumentRef, sha256: Sha256, file: Path) -> None:
        for is_last in (False, True):
            token = await self._token()
            try:
                return await self._stream(document, sha256, file, token)
            except RelayRefused as refusal:
                code = refusal.problem.code
                if code in _TOKEN_REFUSED and not is_last:
                    self._credentials.expired(token)
                    continue
                if code in {Code.DOCUMENT_NOT_FOUND.value, Code.NOT_FOUND.value}:
                    raise CannotShow(Code.DOCUMENT_NOT_FOUND) from refusal
                raise
            except RelayUnreachable as unreachable:
                log.info("A document could not be fetched", step=unreachable.step, reason=unreachable.reason)
                raise CannotShow(unreachable.code, address=unreachable.address) from unreachable
        raise AssertionError("the second attempt returns or raises")

    async def _token(self) -> str:
        try:
            return await self._credentials.token()
        except Revoked as error:
            raise CannotShow(Code.TOKEN_INVALID) from error
        except RelayUnreachable as unreachable:
            raise CannotShow(unreachable.code, address=unreachable.address) from unreachable

    async def _stream(self, document: DocumentRef, sha256: Sha256, file: Path, token: str) -> None:
        draft = await asyncio.to_thread(_Draft, file)
        try:
            async with self._credentials.http.download(
                document.url, token=token, patience=PATIENCE
            ) as response:
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    if await asyncio.to_thread(draft.add, chunk) > LARGEST_DOCUMENT_BYTES:
                        raise CannotShow(
                            Code.DOCUMENT_TOO_LARGE, limit=f"{LARGEST_DOCUMENT_BYTES // CHUNK_BYTES} MiB"
                        )
            if not await asyncio.to_thread(draft.become, file, sha256):
                log.error("The relay sent another document than it announced", document=document.id)
                raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.not_as_announced")
        finally:
            await asyncio.to_thread(draft.drop)
        # Beside the showing: until the note is there, the next reader hashes the file.
        self._spawn(_note_later(file), f"note {sha256[:12]}")

    def _evict(self, keep: set[Sha256]) -> None:
        documents = [
            (_last_used(file), file.stat().st_size, file)
            for file in self._folder.iterdir()
            if len(file.name) == 64
        ]
        total = sum(size for _used, size, _file in documents)
        for _used, size, file in sorted(documents):
            if total <= self._limit_bytes:
                return
            if file.name in keep:
                continue
            with suppress(OSError):  # Windows keeps what somebody has open
                file.unlink()
                _note_of(file).unlink(missing_ok=True)
                total -= size
                log.info("A document was evicted", sha256=file.name[:12])


class _Draft:
    """A document on its way in."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
        self._stream: BinaryIO = self._path.open("xb")
        self._hash = hashlib.sha256()
        self._size = 0

    def add(self, chunk: bytes) -> int:
        self._stream.write(chunk)
        self._hash.update(chunk)
        self._size += len(chunk)
        return self._size

    def become(self, file: Path, sha256: str) -> bool:
        self._stream.close()
        if self._hash.hexdigest() != sha256:
            return False
        try:
            self._path.replace(file)
        except PermissionError:
            # On Windows a file that is being shown cannot be replaced; if it is sound, nothing is lost.
            return _hash_of(file) == sha256
        return True

    def drop(self) -> None:
        self._stream.close()
        self._path.unlink(missing_ok=True)


async def _note_later(file: Path) -> Path:
    with suppress(FileNotFoundError):
        await asyncio.to_thread(_write_note, file)
    return file


def _is_sound(file: Path, sha256: str) -> bool:
    try:
        facts = _facts(file)
    except FileNotFoundError:
        return False
    note = _note_of(file)
    with suppress(FileNotFoundError):
        if note.read_text("ascii") == facts:
            note.touch()  # when it was last used
            return True
    if _hash_of(file) != sha256:
        log.warning("A kept document was damaged and is fetched anew", sha256=sha256[:12])
        return False
    _write_note(file)
    return True


def _write_note(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    _note_of(file).write_text(_facts(file), "ascii")


def _note_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.note")


def _facts(file: Path) -> str:
    found = file.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _last_used(file: Path) -> int:
    try:
        return _note_of(file).stat().st_mtime_ns
    except FileNotFoundError:
        return file.stat().st_mtime_ns


def _hash_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
