"""Keeps files by their SHA-256: what has its name is whole, synced and never written again.

Everything here blocks; `Documents` calls it off the event loop. A file grows under `incoming/` and is renamed to
`ab/cdef...` on the same file system, so that no moment exists in which a half of it has the name of the whole.
"""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from relay.contract.names import Sha256

INCOMING = "incoming"
ABANDONED_AFTER = timedelta(days=1)
_BLOB = re.compile(r"[0-9a-f]{62}")


class Growing:
    """A file that is being received: write, `finish`, then rename it or let it go."""

    def __init__(self, folder: Path) -> None:
        """Open a new file in `folder`."""
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = self.path.open("xb")

    def __enter__(self) -> Self:
        """Enter: the file is there."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave: the file is closed, and gone unless it was renamed."""
        # What is left in the buffer may not fit the disk; the file is going anyway.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append to the file and its hash."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> Sha256:
        """Bring the content to disk and return its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Sha256(self._hash.hexdigest())


class Folder:
    """The folder of one relay."""

    def __init__(self, root: Path) -> None:
        """Use `root`, creating it if it is not there."""
        self.root = root
        self._incoming = root / INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Say where a blob is, or would be."""
        return self.root / sha256[:2] / sha256[2:]

    def receive(self) -> Growing:
        """Begin a file."""
        return Growing(self._incoming)

    def keep(self, path: Path, sha256: Sha256) -> None:
        """Give a finished file its name, durably. One that is there already is replaced, which heals a damaged one."""
        target = self.path_of(sha256)
        target.parent.mkdir(exist_ok=True)
        try:
            path.replace(target)
        except PermissionError:
            # Windows does not replace a file that somebody is reading; what they read is the same content.
            if not target.exists():
                raise
            path.unlink()
        _sync(target.parent)
        _sync(self.root)

    def remove(self, sha256: str) -> None:
        """Remove a blob that nobody knows."""
        self.path_of(sha256).unlink(missing_ok=True)

    def blobs(self) -> Iterator[Sha256]:
        """List the blobs that are there; anything else in the folder is not ours and is left alone."""
        for byte in range(256):
            shelf = self.root / f"{byte:02x}"
            if shelf.is_dir():
                for path in shelf.iterdir():
                    if _BLOB.fullmatch(path.name):
                        yield Sha256(shelf.name + path.name)

    def drop_abandoned(self, now_ms: int) -> int:
        """Remove what was received in part more than a day ago; return how many files that were."""
        limit = now_ms / 1000 - ABANDONED_AFTER.total_seconds()
        dropped = 0
        for path in self._incoming.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    dropped += 1
        return dropped


def hash_of(path: Path) -> Sha256:
    """Read a file wholly and return its name."""
    with path.open("rb") as file:
        return Sha256(hashlib.file_digest(file, "sha256").hexdigest())


def _sync(folder: Path) -> None:
    if os.name == "nt":  # A directory cannot be opened there; NTFS journals the rename itself.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
