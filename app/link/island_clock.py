"""How long ago something was, so that a wrong clock of this PC cannot make an old drawing young.

A moment is kept as seconds of a clock that nobody can set and that counts while the PC sleeps, with the name of the
boot in which it counts. Within one boot, ages are exact whatever the PC's time of day is set to, or the relay's.

Across a boot nobody has counted. A time of day that stood still while the PC was off (a weak battery does that) looks
exactly like one that did not; so the age is unknown, and nothing is shown until the relay has been heard again. An
admin who trusts the PCs' clocks may say so: then the time of day counts, never less than since the boot, unless it
has gone back behind anything that was noted before.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.link.boot import boot_id
from app.link.clock import monotonic

# Clocks are corrected by some seconds all the time; further back is no correction.
BACK_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point in time at this machine: seconds of its monotonic clock in that boot, and its time of day (UTC ms)."""

    boot: str
    seconds: float
    wall_ms: int

    def before(self, ms: int) -> "Moment":
        """Name the moment so many milliseconds earlier."""
        return replace(self, seconds=self.seconds - ms / 1000, wall_ms=self.wall_ms - ms)


@dataclass(frozen=True)
class Elapsed:
    """Milliseconds since a moment; exact if no clock was involved that somebody can set."""

    ms: int
    is_exact: bool


class IslandClock:
    """Moments and ages."""

    def __init__(
        self,
        *,
        wall_ms: Callable[[], int],
        seconds: Callable[[], float] = monotonic,
        boot: str | None = None,
        trusts_wall: bool = False,
    ) -> None:
        """Count with `seconds` in this boot; a process of its own counts as a boot where none is named."""
        self._wall_ms = wall_ms
        self._seconds = seconds
        self._boot = boot or boot_id() or f"process {uuid.uuid4()}"
        self._trusts_wall = trusts_wall

    def now(self) -> Moment:
        """Name this moment."""
        return Moment(boot=self._boot, seconds=self._seconds(), wall_ms=self._wall_ms())

    def age(self, moment: Moment, *, seen_wall_ms: int = 0) -> Elapsed | None:
        """Tell how long ago it was, at least; None if that cannot be told.

        `seen_wall_ms` is the latest time of day that was ever noted here.
        """
        now = self.now()
        if moment.boot == now.boot:
            return Elapsed(_ms(now.seconds - moment.seconds), is_exact=True)
        if not self._trusts_wall or now.wall_ms < max(seen_wall_ms, moment.wall_ms) - BACK_MS:
            return None
        return Elapsed(max(now.wall_ms - moment.wall_ms, _ms(now.seconds)), is_exact=False)

    def about(self, moment: Moment) -> Elapsed:
        """Tell how long ago it was as well as anybody can: for the record, not for a decision."""
        now = self.now()
        if moment.boot == now.boot:
            return Elapsed(_ms(now.seconds - moment.seconds), is_exact=True)
        return Elapsed(max(0, now.wall_ms - moment.wall_ms), is_exact=False)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
