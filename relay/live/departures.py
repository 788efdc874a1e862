"""Lines that were told goodbye: they go when the client answers, and are dropped when it does not in time.

Closing never waits for a client: one that has stopped reading would answer never (DELIVERY.md, section 2, trap 3).
"""

import asyncio
import math
from collections.abc import Callable, Sequence

from relay.live.bounds import Bounds
from relay.live.line import Line
from relay.live.sweeper import Sweeper

SLICE_SECONDS = 0.05
LAST_SECONDS = 0.7


class Departures:
    """Whoever is leaving, and when he is dropped."""

    def __init__(self, bounds: Bounds, sweeper: Sweeper) -> None:
        """Be asked by the sweeper."""
        self._bounds = bounds
        self._sweeper = sweeper
        self._leaving: dict[Line, int] = {}
        sweeper.duties.append(self.tick)

    def __len__(self) -> int:
        """Count the lines that are still there."""
        return len(self._leaving)

    def add(self, line: Line) -> None:
        """Drop this line two seconds from now, unless it goes before."""
        self._leaving[line] = self._sweeper.due(self._bounds.close_seconds)

    def remove(self, line: Line) -> None:
        """Forget a line that is gone."""
        self._leaving.pop(line, None)

    def tick(self, now: int) -> None:
        """Drop whoever is overdue; they were added in the order of their dues."""
        late: list[Line] = []
        for line, due in self._leaving.items():
            if due > now:
                break
            late.append(line)
        for line in late:
            self._leaving.pop(line, None)
            line.abort()

    async def drain(self, cuts: Sequence[Callable[[int, str], None]], code: int, reason: str) -> None:
        """Close many lines in slices, wait a moment for the last ones, and drop who is still there then."""
        loop = asyncio.get_running_loop()
        per_second = max(self._bounds.drain_per_second, len(cuts) / self._bounds.drain_seconds)
        size = math.ceil(per_second * SLICE_SECONDS)
        began = loop.time()
        for number, start in enumerate(range(0, len(cuts), size), start=1):
            for cut in cuts[start : start + size]:
                cut(code, reason)
            if start + size < len(cuts):
                await asyncio.sleep(max(0.0, began + number * SLICE_SECONDS - loop.time()))
        await self._until_empty(LAST_SECONDS)
        for line in list(self._leaving):
            line.abort()
        # The stock engine's tasks need some turns of the loop to notice.
        await self._until_empty(SLICE_SECONDS * 4)

    async def _until_empty(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._leaving and loop.time() < deadline:  # noqa: ASYNC110 - the deadline is what ends it mostly
            await asyncio.sleep(SLICE_SECONDS / 5)
        # The transports tell of their end in the next turn.
        await asyncio.sleep(0)
