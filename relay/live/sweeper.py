"""The one who walks around: every line is pinged once per interval, and whoever is late for anything is found.

How it works: time is cut into ticks, and the ring into as many slots as an interval has ticks. Each tick pings the
lines of one slot and looks at those that were pinged a timeout ago; so 10,000 connections cost no timer and no task of
their own, and the work is spread. Dues are counted in ticks: a relay that was stopped for a minute (SIGSTOP, a sleeping
laptop) does not find everybody late when it wakes.

What must always hold: nothing that one line does keeps the others from being visited. The task is kept: should it end,
that is logged and it begins anew.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

SLOTS = 40


class Pinged(Protocol):
    """A line that the sweeper keeps awake; two implementations: the fast engine's socket, and a test's."""

    # Whether anything came from it since the last ping.
    is_heard: bool

    def ping(self) -> None:
        """Put a ping on the line; must not raise for a dead one."""
        ...

    def silent(self) -> None:
        """End a line that did not answer; must not raise."""
        ...


class Sweeper:
    """A ring of lines, and the duties of every tick."""

    def __init__(self, ping_seconds: float, timeout_seconds: float) -> None:
        """Ping each line once in `ping_seconds`; without a word for `timeout_seconds` after it, a line is silent."""
        self.tick_seconds = ping_seconds / SLOTS
        self.now = 0
        self.duties: list[Callable[[int], None]] = []
        self._timeout = min(SLOTS - 1, max(1, round(timeout_seconds / self.tick_seconds)))
        self._ring: list[dict[Pinged, None]] = [{} for _ in range(SLOTS)]
        self._slot_of: dict[Pinged, int] = {}
        self._next_slot = 0

    def __len__(self) -> int:
        """Count the lines on the ring."""
        return len(self._slot_of)

    def due(self, seconds: float) -> int:
        """Return the tick that comes `seconds` from now."""
        return self.now + self.ticks(seconds)

    def ticks(self, seconds: float) -> int:
        """Return how many ticks that is, at least one."""
        return max(1, round(seconds / self.tick_seconds))

    def add(self, line: Pinged) -> None:
        """Keep a line awake from now on; lines are dealt out over the slots."""
        self._slot_of[line] = self._next_slot
        self._ring[self._next_slot][line] = None
        self._next_slot = (self._next_slot + 1) % SLOTS

    def remove(self, line: Pinged) -> None:
        """Leave a line alone; one that is not on the ring is none of our business."""
        if (slot := self._slot_of.pop(line, None)) is not None:
            del self._ring[slot][line]

    def tick(self) -> None:
        """Do what is due now."""
        self.now += 1
        # A line that ends while it is visited leaves the ring: the slot is copied.
        for line in list(self._ring[(self.now - self._timeout) % SLOTS]):
            if not line.is_heard:
                line.silent()
        for line in list(self._ring[self.now % SLOTS]):
            line.is_heard = False
            line.ping()
        for duty in self.duties:
            duty(self.now)

    async def run(self) -> None:
        """Tick for ever; a tick that came late is not made up for."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self.tick_seconds, loop.time())
            await asyncio.sleep(due - loop.time())
            self.tick()
