"""A clock that somebody outside steps while the process runs: the machine's own, and an offset kept in a mapped file.

Only the time of day is stepped, as an administrator or NTP would do it; what is monotonic stays so. Relay and desk are
given their clock, so this one is put in from outside, and neither knows that it can be stepped.
"""

import mmap
import struct
import time
from pathlib import Path

from relay.clock import SystemClock

_OFFSET = struct.Struct("<q")


class SteppedClock(SystemClock):
    """The time of this process."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(_OFFSET.pack(0))
        with file.open("r+b") as opened:
            self._offset = mmap.mmap(opened.fileno(), _OFFSET.size)

    def now_ms(self) -> int:
        return super().now_ms() + _OFFSET.unpack(self._offset[:])[0]

    def step_to(self, offset_ms: int) -> None:
        """Let the clock differ from the machine's by this much, at once, in every process that maps the file."""
        self._offset[:] = _OFFSET.pack(offset_ms)


def seconds() -> float:
    """The time of the histories: the same for all processes of this machine, and nobody steps it."""
    return time.monotonic()
