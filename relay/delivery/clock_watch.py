"""Notices that somebody set the machine's clock, also while the relay was down, so that lives stay durations."""

from relay.clock import Clock

# The wall clock was set if it moved so much against the one that only grows.
STEP_MS = 2_000


class ClockWatch:
    """How far the wall clock is ahead of the monotonic one, in milliseconds, as far as it was noticed."""

    def __init__(self, clock: Clock, boot: str | None) -> None:
        """Take the clocks as they stand. `boot` names the machine's boot, in which `clock.monotonic` counts on."""
        self._clock = clock
        self.boot = boot
        self.difference_ms = self._measure()

    def go_on(self, boot: str | None, difference_ms: int) -> None:
        """Take up what an earlier relay noted; from another boot of the machine it says nothing."""
        if boot is not None and boot == self.boot:
            self.difference_ms = difference_ms

    def noted_now_ms(self, now: float) -> int:
        """Return UTC milliseconds at a monotonic time, by the wall clock as it was noticed last."""
        return round(now * 1000) + self.difference_ms

    def step_ms(self) -> int:
        """Return by how much the clock was set since it was noticed last, 0 if it was not; a step is told once."""
        delta_ms = self._measure() - self.difference_ms
        if abs(delta_ms) < STEP_MS:
            return 0
        self.difference_ms += delta_ms
        return delta_ms

    def _measure(self) -> int:
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)
