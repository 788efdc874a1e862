"""Time as the line needs it: seconds that also count while this PC sleeps, the relay's time of day, and the waking up.

Why not this machine's time of day: it may be a day off, and somebody may set it while a command is under way. Once the
relay has said what time it is there, only seconds that nobody can set are added to that.
"""

import asyncio
import sys
import time
from collections.abc import Callable

# What goes on counting during suspend: Linux's CLOCK_BOOTTIME (clock_gettime(2)), macOS's CLOCK_MONOTONIC (its manual
# page says so, while Python's own `time.monotonic` there is mach_absolute_time, which stops). Windows has only the one.
_sleepless: int | None = None
if sys.platform == "linux":
    _sleepless = time.CLOCK_BOOTTIME
elif sys.platform == "darwin":
    _sleepless = time.CLOCK_MONOTONIC

LOOK_EVERY_SECONDS = 1.0
# A timer that is so late was held up by a sleeping PC, or by one so frozen that its line is in doubt as well.
LATE_SECONDS = 3.0


def monotonic() -> float:
    """Return seconds that only ever grow, also while this PC sleeps."""
    return time.monotonic() if _sleepless is None else time.clock_gettime(_sleepless)


class RelayTime:
    """What time it is at the relay, in UTC milliseconds since 1970."""

    def __init__(self, now_ms: Callable[[], int], *, seconds: Callable[[], float] = monotonic) -> None:
        """Believe this machine's time of day, `now_ms`, until the relay has said its own."""
        self._now_ms = now_ms
        self._seconds = seconds
        self._told: tuple[int, float] | None = None

    @property
    def is_told(self) -> bool:
        """Has the relay said what time it is?"""
        return self._told is not None

    def now_ms(self) -> int:
        """Return the relay's time."""
        if self._told is None:
            return self._now_ms()
        server_ms, at_seconds = self._told
        return server_ms + round((self._seconds() - at_seconds) * 1000)

    def is_now(self, server_ms: int) -> int:
        """Hear what time it is at the relay; returns by how many milliseconds this machine's is behind."""
        self._told = (server_ms, self._seconds())
        return server_ms - self._now_ms()


async def wake_up(*, seconds: Callable[[], float] = monotonic) -> float:
    """Wait until this PC has slept (or this process was frozen) for seconds; returns about how many."""
    while True:
        began = seconds()
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        late = seconds() - began - LOOK_EVERY_SECONDS
        if late >= LATE_SECONDS:
            return late
