"""Time, as everybody here gets it: given, so that a test can hold it still."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two implementations: the machine's clock, and the one that tests turn by hand."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970; may jump when somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever grow; for durations and timeouts."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()
