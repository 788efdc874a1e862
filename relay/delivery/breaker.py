"""Stops sending to a screen that does not answer, and tries it again with one letter at a time. Pure.

The rule is the brief's: five failures in a row open the breaker for 30 s, then one probe decides. A failure is a letter
that was not acknowledged in time or a question that was not answered, on a line that looked alive; several that were
under way together are one. Any sign of life closes the breaker. A new line is a reason to try at once.
"""

from dataclasses import dataclass

FAILURES = 5
OPEN_SECONDS = 30.0


@dataclass(slots=True)
class Breaker:
    """The breaker of one screen. Times are monotonic seconds."""

    failures: int = 0
    open_until: float | None = None
    is_probing: bool = False
    failed_at: float = float("-inf")

    def is_open(self, now: float) -> bool:
        """Tell whether nothing may be sent now."""
        return self.open_until is not None and now < self.open_until and not self.is_probing

    def window(self, now: float, widest: int) -> int:
        """Return how many letters may be under way: all that fit, one for a probe, none while it is open."""
        if self.open_until is None:
            return widest
        return 0 if self.is_open(now) else 1

    def failed(self, now: float, *, since: float) -> bool:
        """Count the failure of something that began at `since`; tells whether the breaker has opened by it."""
        if since < self.failed_at:
            return False
        self.failures += 1
        self.failed_at = now
        if self.failures < FAILURES:
            return False
        self.open_until, self.is_probing = now + OPEN_SECONDS, False
        return True

    def shut(self, until: float) -> None:
        """Take up where an earlier relay stood: open until then, and at once for a probe if that is over."""
        self.failures, self.open_until = FAILURES, until

    def answered(self) -> bool:
        """Hear any sign of life; tells whether the breaker was open and has closed by it."""
        was_open = self.open_until is not None
        self.failures, self.open_until, self.is_probing = 0, None, False
        return was_open

    def new_line(self) -> None:
        """Try with one letter now: the screen has just come back, and may be well again."""
        if self.open_until is not None:
            self.is_probing = True
