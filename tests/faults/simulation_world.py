"""What everybody in a simulation shares: the seed's dice, the time, the history, and what was left out on purpose."""

import random
from collections.abc import Callable
from typing import Any

from faults.history import Event
from faults.simulation_loop import VirtualClock, VirtualLoop

# Protections that a negative control takes away: the desk's check of ids and seqs, the relay's hearing of the newest
# line alone, and the answer that waits for the disk.
CONTROLS = frozenset({"inbox check", "fencing", "sync"})


class World:
    """One run. Everything that happens in it is decided by `dice`."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        assert without <= CONTROLS
        self.seed = seed
        self.without = without
        self.dice = random.Random(seed)
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.history: list[Event] = []
        # What was found wrong on the way, beside what the checker finds in the history.
        self.wrong: list[tuple[str, str]] = []
        # When the fault that began last is over, and with it what it may excuse.
        self.troubled_until = 0.0
        # Lives of deliveries mean nothing after a clock was set while the relay was away.
        # A desk that had a delivery before the relay's clock was set, and was killed then, thinks it late.
        self.clock_was_set_at: float | None = None
        self._ids = 0

    @property
    def now(self) -> float:
        return self.loop.now

    def later(self, seconds: float, what: Callable[..., object], *values: Any) -> None:
        self.loop.call_later(seconds, what, *values)

    def between(self, least: float, most: float) -> float:
        return self.dice.uniform(least, most)

    def happens(self, probability: float) -> bool:
        return self.dice.random() < probability

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self.seed % 16**12:012x}"

    def tell(self, event: Event) -> None:
        self.history.append(event)

    def blame(self, rule: str, text: str) -> None:
        self.wrong.append((rule, f"at {self.now:.3f}: {text}"))
