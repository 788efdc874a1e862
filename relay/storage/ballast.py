"""The ballast: room on the disk that is given up when the disk is full, so that what was begun can end.

It is a file of real blocks beside the database. While it is given up, new work is refused (`Database.writable`), and
its room serves the acknowledgements and end states of what was accepted before, and the checkpoint that may give room
back. It is made again as soon as the disk has room for it and a quarter more, so that the refusing does not flutter.
"""

import os
import shutil
from pathlib import Path

from relay.storage.notices import notice

LARGEST_BYTES = 64 * 1024 * 1024
# On a small disk the ballast is this part of it.
SHARE_OF_DISK = 20
CHUNK_BYTES = 1024 * 1024


class Ballast:
    """The file `ballast` in the directory of the database. All of it blocks; it belongs to the writer's thread."""

    def __init__(self, directory: Path) -> None:
        """Touch nothing yet."""
        self._path = directory / "ballast"
        self._bytes = min(LARGEST_BYTES, shutil.disk_usage(directory).total // SHARE_OF_DISK)
        self.is_given_up = False

    def make(self) -> bool:
        """Make it, or keep the one that is there; tell whether it is there now."""
        if self._is_there():
            self.is_given_up = False
            return True
        try:
            if shutil.disk_usage(self._path.parent).free < self._bytes + self._bytes // 4:
                self._path.unlink(missing_ok=True)
                return False
            with self._path.open("wb") as file:
                _fill(file.fileno(), self._bytes)
        except OSError as error:
            notice("debug", "There is no room for the ballast", reason=str(error))
            self._path.unlink(missing_ok=True)
            return False
        self.is_given_up = False
        return True

    def give_up(self) -> None:
        """Leave its room to the database."""
        self._path.unlink(missing_ok=True)
        self.is_given_up = True

    def is_room(self) -> bool:
        """Tell whether the disk takes another MiB, or as much as a small disk's ballast."""
        trial = self._path.with_suffix(".trial")
        try:
            with trial.open("wb") as file:
                _fill(file.fileno(), min(CHUNK_BYTES, self._bytes))
        except OSError:
            return False
        else:
            return True
        finally:
            trial.unlink(missing_ok=True)

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_size == self._bytes
        except FileNotFoundError:
            return False


def _fill(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    # Windows and macOS cannot reserve; what is written takes its room.
    block = bytes(CHUNK_BYTES)
    for _ in range(size // CHUNK_BYTES):
        os.write(descriptor, block)
    os.write(descriptor, block[: size % CHUNK_BYTES])
