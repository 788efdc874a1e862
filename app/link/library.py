"""Documents by SHA-256: fetched from the relay once, verified, kept on this machine, and given back in no time.

How it works: the shelf is the folder, the library is the way to it. Several who want the same document share one
download; when nobody wants it any more, it ends, and what has come stays for the next attempt, which asks for the rest
alone. What somebody waits for is urgent: a prefetch stops between two pieces until nothing urgent is left, and
keeps to a fraction of the line otherwise.

What must always hold: a path that is returned holds exactly the document that was asked for. What is being shown, or
is due next, is never evicted.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
from datetime import timedelta
from pathlib import Path

import aiohttp
import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.clock import monotonic
from app.link.credentials import Credentials, Revoked
from app.link.shelf import Draft, Shelf
from app.stage.displays import CannotShow
from relay.contract.commands import DocumentRef
from relay.contract.names import Sha256
from relay.contract.problems import Code

log = structlog.get_logger()

Spawn = Callable[[Coroutine[object, object, object], str], "asyncio.Task[object]"]

MIB = 1024**2
GIB = 1024**3
DEFAULT_LIMIT_BYTES = 2 * GIB
LARGEST_DOCUMENT_BYTES = GIB
PATIENCE = timedelta(minutes=10)
PREFETCH_PATIENCE = timedelta(hours=2)
CHUNK_BYTES = MIB
PREFETCH_CHUNK_BYTES = 256 * 1024
PREFETCH_BYTES_PER_SECOND = 4 * MIB
_TOKEN_REFUSED = {Code.TOKEN_EXPIRED.value, Code.TOKEN_INVALID.value}
_PARTIAL, _RANGE_REFUSED = 206, 416


class _Wrong(Exception):
    """What came is not what was announced; `was_resumed` if the beginning is from an earlier attempt."""

    def __init__(self, *, was_resumed: bool) -> None:
        super().__init__()
        self.was_resumed = was_resumed


class Library:
    """The documents of one bench."""

    def __init__(
        self,
        shelf: Shelf,
        credentials: Credentials,
        *,
        spawn: Spawn,
        in_use: Callable[[], Collection[Sha256]] = tuple,
        due: Callable[[], Collection[Sha256]] = tuple,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
    ) -> None:
        """Keep documents on `shelf`; `in_use` names those that are being shown, `due` those that will be next."""
        self._shelf = shelf
        self._credentials = credentials
        self._spawn = spawn
        self._in_use = in_use
        self._due = due
        self._limit_bytes = limit_bytes
        self._fetching: dict[Sha256, asyncio.Task[object]] = {}
        self._waiting: Counter[Sha256] = Counter()
        self._urgent: Counter[Sha256] = Counter()
        self._urgency_changed = asyncio.Event()

    @property
    def limit_bytes(self) -> int:
        """How much the library may hold."""
        return self._limit_bytes

    async def fetch(self, document: DocumentRef) -> Path:
        """Return the document's file, from here or from the relay. Raises CannotShow with the reason."""
        sha256 = _sha256_of(document)
        self._note_urgency(sha256, 1)
        try:
            return await self._shared(document, sha256)
        finally:
            self._note_urgency(sha256, -1)

    async def prefetch(self, document: DocumentRef) -> Path:
        """Have the document here for later, behind everything that somebody waits for. Raises CannotShow."""
        return await self._shared(document, _sha256_of(document))

    def has(self, sha256: Sha256) -> bool:
        """Tell whether a document of that name is here, sound or not."""
        return self._shelf.has(sha256)

    async def here(self, sha256: Sha256) -> Path | None:
        """Return a document's file if it is on this machine and sound; the relay is not asked."""
        try:
            return await asyncio.to_thread(self._shelf.take, sha256)
        except OSError as error:
            log.warning("A kept document cannot be read", sha256=sha256[:12], reason=str(error))
            return None

    async def clear_out(self, older_than: timedelta) -> None:
        """Remove what was not used for so long and is neither shown nor due."""
        try:
            await asyncio.to_thread(self._shelf.clear_out, older_than, self._kept())
            await asyncio.to_thread(self._shelf.make_room, self._limit_bytes, self._kept())
        except OSError as error:
            log.warning("The library could not be cleared out", reason=str(error))

    async def _shared(self, document: DocumentRef, sha256: Sha256) -> Path:
        fetching = self._fetching.get(sha256)
        if fetching is not None and fetching.cancelling():
            # It was given up a moment ago and still writes its last piece.
            await asyncio.wait({fetching})
            return await self._shared(document, sha256)
        if fetching is None:
            fetching = self._spawn(self._try_to_get(document, sha256), f"fetch {sha256[:12]}")
            self._fetching[sha256] = fetching
            fetching.add_done_callback(lambda task: self._ended(sha256, task))
        self._waiting[sha256] += 1
        try:
            # `wait`, because our being cancelled is nobody else's business.
            await asyncio.wait({fetching})
            got = fetching.result()
            if isinstance(got, Exception):
                raise got
            assert isinstance(got, Path)
            return got
        finally:
            self._waiting[sha256] -= 1
            if self._waiting[sha256] == 0:
                del self._waiting[sha256]
                if not fetching.done():
                    fetching.cancel()

    def _ended(self, sha256: Sha256, task: "asyncio.Task[object]") -> None:
        if self._fetching.get(sha256) is task:
            del self._fetching[sha256]

    async def _try_to_get(self, document: DocumentRef, sha256: Sha256) -> Path | CannotShow | RelayRefused:
        """Get it, or say why not: a reason is for those who wait, and no task's failure."""
        try:
            return await self._get(document, sha256)
        except (CannotShow, RelayRefused) as reason:
            return reason

    async def _get(self, document: DocumentRef, sha256: Sha256) -> Path:
        try:
            if (file := await asyncio.to_thread(self._shelf.take, sha256)) is not None:
                return file
            await self._download(document, sha256)
            await asyncio.to_thread(self._shelf.make_room, self._limit_bytes, {sha256, *self._kept()})
        except OSError as error:
            log.exception("A document could not be kept", document=document.id, reason=str(error))
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.not_kept") from error
        return self._shelf.path_of(sha256)

    def _kept(self) -> set[str]:
        return {*self._in_use(), *self._due(), *self._fetching}

    async def _download(self, document: DocumentRef, sha256: Sha256) -> None:
        is_new_token = False
        while True:
            token = await self._token()
            try:
                return await self._stream(document, sha256, token)
            except _Wrong as wrong:
                if not wrong.was_resumed:
                    log.exception("The relay sent another document than it announced", document=document.id)
                    reason = "stage.what.not_as_announced"
                    raise CannotShow(Code.DOCUMENT_UNREADABLE, what=reason) from wrong
            except RelayRefused as refusal:
                code = refusal.problem.code
                if code in _TOKEN_REFUSED and not is_new_token:
                    self._credentials.expired(token)
                    is_new_token = True
                    continue
                if code in {Code.DOCUMENT_NOT_FOUND.value, Code.NOT_FOUND.value}:
                    raise CannotShow(Code.DOCUMENT_NOT_FOUND) from refusal
                raise
            except RelayUnreachable as unreachable:
                log.info("A document could not be fetched", step=unreachable.step, reason=unreachable.reason)
                raise CannotShow(unreachable.code, address=unreachable.address) from unreachable

    async def _token(self) -> str:
        try:
            return await self._credentials.token()
        except Revoked as error:
            raise CannotShow(Code.TOKEN_INVALID) from error
        except RelayUnreachable as unreachable:
            raise CannotShow(unreachable.code, address=unreachable.address) from unreachable

    async def _stream(self, document: DocumentRef, sha256: Sha256, token: str) -> None:
        draft = await asyncio.to_thread(self._shelf.begin, sha256)
        was_resumed, is_wrong = draft.was_resumed, False
        try:
            if not (was_resumed and draft.is_whole):
                await self._receive(document, sha256, token, draft)
            if not await asyncio.to_thread(lambda: draft.become(is_urgent=sha256 in self._urgent)):
                raise _Wrong(was_resumed=was_resumed)
        except (CannotShow, _Wrong):
            is_wrong = True
            raise
        finally:
            await asyncio.to_thread(lambda: draft.leave(is_wrong=is_wrong))
        if sha256 in self._urgent:
            # Beside the showing.
            self._spawn(self._sync_later(sha256), f"sync {sha256[:12]}")

    async def _receive(self, document: DocumentRef, sha256: Sha256, token: str, draft: Draft) -> None:
        rest = {"Range": f"bytes={draft.size}-", "If-Range": f'"{sha256}"'} if draft.size else None
        patience = PATIENCE if sha256 in self._urgent else PREFETCH_PATIENCE
        async with self._credentials.http.download(
            document.url,
            token=token,
            patience=patience,
            headers=rest,
            granted=(200, _PARTIAL, _RANGE_REFUSED),
        ) as response:
            if response.status == _RANGE_REFUSED or (
                response.status == _PARTIAL and not _goes_on(response, draft.size)
            ):
                raise _Wrong(was_resumed=draft.was_resumed)
            if response.status != _PARTIAL and draft.size:
                await asyncio.to_thread(draft.restart)
            began = monotonic()
            taken = 0
            async for chunk in response.content.iter_chunked(
                CHUNK_BYTES if sha256 in self._urgent else PREFETCH_CHUNK_BYTES
            ):
                if await asyncio.to_thread(draft.add, chunk) > LARGEST_DOCUMENT_BYTES:
                    raise CannotShow(Code.DOCUMENT_TOO_LARGE, limit=f"{LARGEST_DOCUMENT_BYTES // MIB} MiB")
                taken += len(chunk)
                await self._give_way(sha256, began + taken / PREFETCH_BYTES_PER_SECOND)

    async def _sync_later(self, sha256: Sha256) -> Path:
        await asyncio.to_thread(self._shelf.sync, sha256)
        return self._shelf.path_of(sha256)

    # Who goes first.

    def _note_urgency(self, sha256: Sha256, change: int) -> None:
        self._urgent[sha256] += change
        if self._urgent[sha256] == 0:
            del self._urgent[sha256]
        self._urgency_changed.set()
        self._urgency_changed = asyncio.Event()

    async def _give_way(self, sha256: Sha256, until: float) -> None:
        """Wait, unless this one is urgent: while another is, and for this one's share of the line."""
        while sha256 not in self._urgent:
            rest = until - monotonic()
            if not self._urgent and rest <= 0:
                return
            try:
                async with asyncio.timeout(None if self._urgent else rest):
                    await self._urgency_changed.wait()
            except TimeoutError:
                pass


def _sha256_of(document: DocumentRef) -> Sha256:
    # A path on the relay and nothing else: what is put behind an address may name another host.
    if document.sha256 is None or not document.url.startswith("/"):
        raise CannotShow(Code.DOCUMENT_NOT_FOUND)
    return document.sha256


def _goes_on(response: aiohttp.ClientResponse, size: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {size}-")
