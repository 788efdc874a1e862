"""What was found for recent scans, so that the next scan of the same order asks no disk. Never older than the disk.

This process alone writes orders. Whatever changes one goes through `changing`, which forgets everything afterwards;
what was read while something changed is not remembered.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000


class Remembered(Generic[K, V]):
    """At most `MOST` findings; when it is full it begins anew."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._findings: dict[K, V] = {}
        self._changes = 0
        self._is_blind = False
        # Told after every change.
        self.changed: Callable[[], None] = lambda: None

    @property
    def changes(self) -> int:
        """How often something has changed; to be read before the disk is, and given to `keep`."""
        return self._changes

    def get(self, key: K) -> V | None:
        """Return what was found, None if the disk has to be asked."""
        return self._findings.get(key)

    def keep(self, key: K, value: V, changes: int) -> None:
        """Remember what was read, unless something has changed since `changes` was."""
        if changes != self._changes or self._is_blind:
            return
        if len(self._findings) >= MOST:
            self._findings.clear()
        self._findings[key] = value

    @contextmanager
    def changing(self) -> Generator[None]:
        """Forget everything when the block is left: what it wrote is on disk then."""
        try:
            yield
        except asyncio.CancelledError:
            # Nobody knows whether, and when, what was written will be on disk: from now on the disk is asked.
            self._is_blind = True
            raise
        finally:
            self._changes += 1
            self._findings.clear()
            self.changed()
