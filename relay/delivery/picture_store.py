"""Pictures of screens, kept for a while: one for each delivery that asked for one, as a file of a known kind and size.

What must always hold: a file has its name only when it is whole. What is older than a day, or more than `MOST` newer
pictures ago, is gone for whoever asks, and soon also from the disk.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from relay.clock import Clock
from relay.contract.pictures import LARGEST_BYTES
from relay.contract.problems import Code
from relay.contract.reports import ScreenPicture
from relay.delivery.picture_size import measure
from relay.errors import Refusal, StorageUnavailableError, invalid

log = structlog.get_logger()

KEPT = timedelta(hours=24)
MOST = 200
TIDY_EVERY = timedelta(hours=1)
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture on disk."""

    path: Path
    media_type: str


def url_of(id_: str) -> str:
    """Say under which path of the relay a delivery's picture can be had."""
    return f"/api/trigger/{id_}/screenshot"


class Pictures:
    """The pictures of this relay."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Keep them in `folder`, which is created with the first."""
        self._folder = folder
        self._clock = clock

    async def keep(self, id_: str, media_type: str, chunks: AsyncIterable[bytes]) -> ScreenPicture:
        """Keep the picture of a delivery, in place of an earlier one of the same.

        Raises VALIDATION_ERROR for what is no such picture and DOCUMENT_TOO_LARGE.
        """
        if media_type not in SUFFIXES:
            raise invalid("Content-Type", "choice")
        data = bytearray()
        async for chunk in chunks:
            data += chunk
            if len(data) > LARGEST_BYTES:
                raise Refusal(Code.DOCUMENT_TOO_LARGE, limit=f"{LARGEST_BYTES // 1024 // 1024} MB")
        size = measure(bytes(data), media_type)
        if size is None:
            raise invalid("$", "picture")
        try:
            await asyncio.to_thread(self._write, id_, media_type, bytes(data))
        except OSError as error:
            log.exception("A picture of a screen could not be kept", delivery=id_, reason=str(error))
            raise StorageUnavailableError(str(error)) from error
        await self.tidy()
        return ScreenPicture(
            url=url_of(id_),
            media_type="image/png" if media_type == "image/png" else "image/jpeg",
            width=size[0],
            height=size[1],
            size=len(data),
            taken_at=self._clock.now_ms(),
        )

    async def find(self, id_: str) -> KeptPicture:
        """Find the picture of a delivery. Raises SCREENSHOT_NOT_FOUND."""
        kept = await asyncio.to_thread(self._find, id_)
        if kept is None:
            raise Refusal(Code.SCREENSHOT_NOT_FOUND, id=id_)
        return kept

    async def tidy(self) -> None:
        """Remove what is too old or too much."""
        removed = await asyncio.to_thread(self._tidy)
        if removed:
            log.info("Pictures of screens were removed", count=removed)

    async def tidy_for_ever(self) -> None:
        """Remove what has become too old, every hour."""
        while True:
            await self.tidy()
            await asyncio.sleep(TIDY_EVERY.total_seconds())

    def _write(self, id_: str, media_type: str, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        partial = self._folder / f"{secrets.token_hex(8)}.partial"
        try:
            partial.write_bytes(data)
            now = self._clock.now_ms() / 1000
            os.utime(partial, (now, now))
            for suffix in set(SUFFIXES.values()) - {SUFFIXES[media_type]}:
                (self._folder / f"{id_}{suffix}").unlink(missing_ok=True)
            partial.replace(self._folder / f"{id_}{SUFFIXES[media_type]}")
        finally:
            partial.unlink(missing_ok=True)

    def _find(self, id_: str) -> KeptPicture | None:
        for media_type, suffix in SUFFIXES.items():
            path = self._folder / f"{id_}{suffix}"
            if path.is_file() and not self._is_old(path):
                return KeptPicture(path, media_type)
        return None

    def _tidy(self) -> int:
        if not self._folder.is_dir():
            return 0
        files = sorted(
            (path for path in self._folder.iterdir() if path.is_file()),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        old = [path for place, path in enumerate(files) if place >= MOST or self._is_old(path)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _is_old(self, path: Path) -> bool:
        return path.stat().st_mtime * 1000 + KEPT / timedelta(milliseconds=1) <= self._clock.now_ms()
