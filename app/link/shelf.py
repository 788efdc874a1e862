"""The folder in which documents lie under their SHA-256: written whole or not at all, hashed before every use.

How it works: what is on its way in grows as `<sha256>.part` and stays there when the line drops, so that the rest can
be fetched later. It gets its name only when the whole of it has the right hash. When a document was last used is its
file's time of change. Everything here blocks; call it on a thread.

What must always hold: a file that is given back was hashed after it was asked for. A damaged one is removed.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import structlog

from relay.contract.names import Sha256

log = structlog.get_logger()

NAME_LENGTH = 64
PART = ".part"
# What has not gone on growing for so long is not wanted any more.
PART_LIFE = timedelta(days=7)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Lying:
    used_ns: int
    size: int
    file: Path


class Shelf:
    """One folder of documents."""

    def __init__(self, folder: Path, now_ms: Callable[[], int]) -> None:
        """Use `folder`, which is made when something is put there; `now_ms` dates what is used."""
        self._folder = folder
        self._now_ms = now_ms

    def path_of(self, sha256: Sha256) -> Path:
        """Say where a document lies, if it is here."""
        return self._folder / sha256

    def has(self, sha256: Sha256) -> bool:
        """Tell whether there is a document of that name, sound or not."""
        return self.path_of(sha256).exists()

    def take(self, sha256: Sha256) -> Path | None:
        """Return a document's file if it is here and sound; a damaged one is removed. Raises OSError."""
        file = self.path_of(sha256)
        try:
            if hash_of(file) == sha256:
                self._use(file)
                return file
        except FileNotFoundError:
            return None
        log.warning("A kept document was damaged and is removed", sha256=sha256[:12])
        with suppress(OSError):  # Windows keeps what somebody has open; what replaces it is hashed again
            file.unlink()
        return None

    def begin(self, sha256: Sha256) -> "Draft":
        """Begin, or go on with, taking a document in. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Draft(self._folder / f"{sha256}{PART}", self.path_of(sha256), sha256, self._use)

    def sync(self, sha256: Sha256) -> None:
        """Have the disk keep a document through a power cut."""
        with suppress(FileNotFoundError), self.path_of(sha256).open("rb+") as stream:
            os.fsync(stream.fileno())

    def make_room(self, limit_bytes: int, keep: Collection[str]) -> None:
        """Remove what was used longest ago until the rest fits, but never what is to be kept."""
        lying = self._lying()
        total = sum(each.size for each in lying)
        for each in sorted(lying, key=lambda each: each.used_ns):
            if total <= limit_bytes:
                return
            if each.file.name.removesuffix(PART) not in keep and self._remove(each):
                total -= each.size

    def clear_out(self, older_than: timedelta, keep: Collection[str]) -> None:
        """Remove what was not used for so long, but never what is to be kept; and what earlier versions left here."""
        now_ms = self._now_ms()
        for each in self._lying():
            life = PART_LIFE if each.file.name.endswith(PART) else older_than
            is_old = each.used_ns // 1_000_000 < now_ms - life // _MS
            if is_old and each.file.name.removesuffix(PART) not in keep:
                self._remove(each)
        for file in self._files():
            stem, _, rest = file.name.partition(".")
            if len(stem) == NAME_LENGTH and rest not in {"", PART[1:]}:
                file.unlink(missing_ok=True)

    def _lying(self) -> list[_Lying]:
        found: list[_Lying] = []
        for file in self._files():
            if len(file.name.removesuffix(PART)) == NAME_LENGTH:
                with suppress(FileNotFoundError):
                    status = file.stat()
                    found.append(_Lying(status.st_mtime_ns, status.st_size, file))
        return found

    def _files(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except FileNotFoundError:
            return []

    def _remove(self, lying: _Lying) -> bool:
        try:
            lying.file.unlink()
        except OSError:  # Windows keeps what somebody has open
            return False
        log.info("A document was evicted", sha256=lying.file.name[:12])
        return True

    def _use(self, file: Path) -> None:
        now_ns = self._now_ms() * 1_000_000
        with suppress(OSError):
            os.utime(file, ns=(now_ns, now_ns))


class Draft:
    """A document on its way in; `size` bytes of it are here already."""

    def __init__(self, path: Path, file: Path, sha256: Sha256, use: Callable[[Path], None]) -> None:
        """Open the part, and hash what an earlier attempt left of it."""
        self._path = path
        self._file = file
        self._sha256 = sha256
        self._use = use
        # Whoever gives up a download does not wait for the thread that writes its last piece.
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self.size = 0
        self._stream: BinaryIO = path.open("ab+")
        self._stream.seek(0)
        while piece := self._stream.read(1 << 20):
            self._hash.update(piece)
            self.size += len(piece)
        self.was_resumed = self.size > 0

    @property
    def is_whole(self) -> bool:
        """Tell whether everything is here, and is what it should be."""
        return self._hash.hexdigest() == self._sha256

    def add(self, chunk: bytes) -> int:
        """Take in the next piece; returns how much is here now."""
        with self._lock:
            if not self._stream.closed:
                self._stream.write(chunk)
                self._hash.update(chunk)
                self.size += len(chunk)
            return self.size

    def restart(self) -> None:
        """Forget what is here: the sender begins anew."""
        with self._lock:
            self._stream.truncate(0)
            self._hash = hashlib.sha256()
            self.size = 0
            self.was_resumed = False

    def become(self, *, is_urgent: bool) -> bool:
        """Give it its name if it is whole and right. What is not urgent is on disk before it gets it."""
        with self._lock:
            if not self.is_whole:
                return False
            self._stream.flush()
            if not is_urgent:
                os.fsync(self._stream.fileno())
            self._stream.close()
            try:
                self._path.replace(self._file)
            except PermissionError:
                # On Windows a file that is being shown cannot be replaced; if it is sound, nothing is lost.
                return hash_of(self._file) == self._sha256
            self._use(self._file)
            return True

    def leave(self, *, is_wrong: bool = False) -> None:
        """Close it. What is here stays for the next attempt, unless it is wrong or nothing at all."""
        with self._lock:
            self._stream.close()
            if is_wrong or self.size == 0:
                self._path.unlink(missing_ok=True)


def hash_of(file: Path) -> str:
    """Hash a whole file. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
