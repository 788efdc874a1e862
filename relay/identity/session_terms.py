"""How long a person stays signed in: in a browser to the end of a shift, or shorter where nobody is there."""

from dataclasses import dataclass

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
# After so long a browser asks for the password again before a deed that matters (ASVS 3.7.1).
FRESH_MS = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Terms:
    """The hours from the sign-in to the end, whatever is done; the minutes without use after which it ends, 0: none."""

    hours: float = 12.0
    idle_minutes: int = 0

    def last_end_ms(self, begun_ms: int) -> int:
        """Tell when a session that began then ends at the latest."""
        return begun_ms + round(self.hours * HOUR_MS)

    def end_ms(self, begun_ms: int, used_ms: int) -> int:
        """Tell when a session ends that was used for the last time then."""
        last_ms = self.last_end_ms(begun_ms)
        return min(last_ms, used_ms + self.idle_minutes * MINUTE_MS) if self.idle_minutes else last_ms


@dataclass(frozen=True, slots=True)
class PageSession:
    """A person's session in a browser: since when, until when as it stands, and when the password was last given."""

    begun_at_ms: int
    ends_at_ms: int
    proved_at_ms: int

    def is_fresh(self, now_ms: int) -> bool:
        """Tell whether the password was given lately."""
        return now_ms - self.proved_at_ms <= FRESH_MS
