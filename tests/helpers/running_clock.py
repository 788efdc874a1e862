"""The machine's clock, with time that a test skips and a wall clock that somebody sets."""

import time


class RunningClock:
    def __init__(self) -> None:
        self._skipped_seconds = 0.0
        self._set_by_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + round(self._skipped_seconds * 1000) + self._set_by_ms

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped_seconds

    def skip(self, seconds: float) -> None:
        """Let time pass at once, as it does for a machine that slept."""
        self._skipped_seconds += seconds

    def set_by(self, seconds: float) -> None:
        """Set the wall clock, as an admin or NTP does."""
        self._set_by_ms += round(seconds * 1000)
