"""Small pictures of pages, drawn when somebody looks and kept for the next one.

How it works: another process draws a page as a PNG (relay.documents.render); it is kept in a folder under the file's
content, page and width, and the pictures that nobody has looked at for the longest go when the folder is full. The same
picture is drawn once, however many ask for it at the same time.

What must always hold: nothing is drawn on the event loop, at most one page at a time, and losing the folder loses
nothing.
"""

import asyncio
import contextlib
import os
from datetime import timedelta
from pathlib import Path

import structlog

from relay.contract.problems import Code
from relay.documents.documents import Documents
from relay.documents.workers import run_worker
from relay.errors import Refusal
from relay.settings import MIB

log = structlog.get_logger()

PATIENCE = timedelta(seconds=20)
WIDTHS = (160, 480, 1000)
MOST_BYTES = 256 * MIB
MOST_PICTURE_BYTES = 16 * MIB
MOST_WAITING = 64
RETRY_MS = 2_000


class Previews:
    """The pictures of these files' pages."""

    def __init__(self, documents: Documents, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Keep pictures in `folder`, which is created when the first one comes."""
        self._documents = documents
        self._folder = folder.absolute()
        self._most_bytes = most_bytes
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def find(self, sha256: str, page: int, width: int) -> bytes:
        """Return a page as a PNG; `width` (pixels) is one of `WIDTHS`.

        Raises DOCUMENT_NOT_FOUND, DOCUMENT_UNREADABLE when it cannot be drawn, RELAY_UNAVAILABLE when too many ask.
        """
        kept = self._folder / f"{sha256}-{page}-{width}.png"
        stored, path = await self._documents.open(sha256)
        if stored.pages is not None and page > stored.pages:
            raise Refusal(Code.DOCUMENT_NOT_FOUND, what="what.no_such_page", number=page)
        if (picture := await asyncio.to_thread(_read, kept)) is not None:
            return picture
        if self._waiting >= MOST_WAITING:
            raise Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=RETRY_MS)
        self._waiting += 1
        try:
            async with self._turn:
                # Whoever was before us in the line may have drawn it.
                if (picture := await asyncio.to_thread(_read, kept)) is not None:
                    return picture
                picture = await _draw(path, page, width)
                await asyncio.to_thread(self._keep, kept, picture)
                return picture
        finally:
            self._waiting -= 1

    def _keep(self, kept: Path, picture: bytes) -> None:
        """Keep a picture, and let the oldest go; a full disk is no reason not to show it."""
        partial = kept.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(picture)
            partial.replace(kept)
            self._make_room()
        except OSError:
            log.warning("A preview could not be kept", file=kept.name)
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def _make_room(self) -> None:
        files: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*.png"):
            status = path.stat()
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def _read(path: Path) -> bytes | None:
    try:
        picture = path.read_bytes()
        # The time of the last look decides which picture goes first.
        os.utime(path)
    except OSError:
        return None
    return picture


async def _draw(path: Path, page: int, width: int) -> bytes:
    status, picture = await run_worker(
        "relay.documents.render", str(path), str(page), str(width), patience=PATIENCE
    )
    if status != 0 or not 0 < len(picture) <= MOST_PICTURE_BYTES:
        raise Refusal(Code.DOCUMENT_UNREADABLE, what="what.no_preview")
    return picture
