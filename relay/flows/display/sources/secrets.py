"""The secrets of the sources: a file for each that only the relay's own user may read; nobody is ever told one."""

import contextlib
import os
import re
from pathlib import Path

_SAFE = re.compile(r"[a-z0-9_]{1,40}")


class Secrets:
    """Secrets by the id of their source. Everything here blocks for moments."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is created with the first one."""
        self._folder = folder

    def read(self, source_id: str) -> str:
        """Return the secret, empty where there is none."""
        try:
            return self._path(source_id).read_text("utf-8")
        except FileNotFoundError:
            return ""

    def write(self, source_id: str, secret: str) -> None:
        """Keep a secret; an empty one takes away what is there."""
        path = self._path(source_id)
        if not secret:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".part")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _path(self, source_id: str) -> Path:
        assert _SAFE.fullmatch(source_id), source_id
        return self._folder / f"{source_id}.secret"
