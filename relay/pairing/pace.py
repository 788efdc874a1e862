"""How often a workstation may ask whether it is approved: RFC 8628's interval, five seconds longer for each haste."""

from collections import OrderedDict
from dataclasses import dataclass

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal

# RFC 8628, 3.5.
SLOWER_SECONDS = 5
LONGEST_SECONDS = 60
# What a busy network takes from an interval that was kept.
TOLERANCE_SECONDS = 1.0
REMEMBERED = 1_000


@dataclass(slots=True)
class _Asked:
    at: float
    interval: float


class Pace:
    """Remembers in memory who asked when; a restart forgives."""

    def __init__(self, clock: Clock, interval_seconds: float) -> None:
        """Begin with nobody; `interval_seconds` is what workstations are told."""
        self._clock = clock
        self._interval = interval_seconds
        self._asked: OrderedDict[bytes, _Asked] = OrderedDict()

    def keep(self, who: bytes) -> None:
        """Note that somebody asks. Raises SLOW_DOWN with the interval to keep from now on."""
        now = self._clock.monotonic()
        asked = self._asked.get(who)
        if asked is None:
            self._asked[who] = _Asked(now, self._interval)
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
            return
        early = now - asked.at < asked.interval - TOLERANCE_SECONDS
        asked.at = now
        self._asked.move_to_end(who)
        if early:
            asked.interval = min(asked.interval + SLOWER_SECONDS, LONGEST_SECONDS)
            raise Refusal(Code.SLOW_DOWN, retryAfterMs=round(asked.interval * 1000))

    def forget(self, who: bytes) -> None:
        """Forget somebody whose request has ended."""
        self._asked.pop(who, None)
