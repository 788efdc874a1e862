"""A bell rings when a delivery may have changed. It is a hint; the journal is the truth."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Bells:
    """Who is listening for which delivery, in this process."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, id_: str) -> Generator[asyncio.Event]:
        """Yield an event that is set whenever the delivery's bell rings."""
        bell = asyncio.Event()
        self._listeners.setdefault(id_, set()).add(bell)
        try:
            yield bell
        finally:
            listeners = self._listeners[id_]
            listeners.discard(bell)
            if not listeners:
                del self._listeners[id_]

    def ring(self, id_: str) -> None:
        """Wake everybody who listens for this delivery."""
        for bell in self._listeners.get(id_, ()):
            bell.set()
