"""Time, as everybody here gets it: given, so that a test can hold it still."""

import sys
import time
from pathlib import Path
from typing import Protocol

# What goes on counting during suspend: Linux's CLOCK_BOOTTIME (clock_gettime(2)), macOS's CLOCK_MONOTONIC (its manual
# page says so, while Python's own `time.monotonic` there is mach_absolute_time, which stops). Windows has only the one.
_sleepless: int | None = None
if sys.platform == "linux":
    _sleepless = time.CLOCK_BOOTTIME
elif sys.platform == "darwin":
    _sleepless = time.CLOCK_MONOTONIC


def boot_id() -> str | None:
    """Name this boot of the machine, through which its monotonic clock counts; None where the system does not say.

    Linux says it (random(4), /proc/sys/kernel/random/boot_id). Elsewhere a clock that is set while the relay is down
    cannot be told from time that has passed.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip() or None
    except OSError:
        return None


class Clock(Protocol):
    """Two implementations: the machine's clock, and the one that tests turn by hand."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970; may jump when somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever grow, also while the machine sleeps; for durations and timeouts."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that only ever grow, also while the machine sleeps: an order does not keep for a night."""
        if _sleepless is not None:
            return time.clock_gettime(_sleepless)
        return time.monotonic()
