"""Slows guessing down without locking anybody out: what fails again and again is made to wait, there and for a while.

How it works: wrong passwords are counted by name *and* place, which is the address, or a browser that the person has
used before (relay.web.known_browsers). The first few cost nothing, each further one doubles the wait, up to five
minutes; a right one, or an hour without any, forgets them. What is counted by the name alone (relay.web.account_tries)
keeps strangers out, never the person. Addresses have their own, larger limit (relay.web.limits): a plant sits behind
one.
"""

from collections import OrderedDict
from dataclasses import dataclass

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.spelling import name_key

FREE = 5
LONGEST_SECONDS = 300.0
FORGOTTEN_SECONDS = 3600.0
KEPT = 10_000


@dataclass(slots=True)
class _Tried:
    count: int
    due: float
    at: float


class Guesses:
    """Attempts by name and place, in memory."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._tried: OrderedDict[tuple[str, str], _Tried] = OrderedDict()

    def begin(self, name: str, place: str) -> None:
        """Count an attempt before it is judged, so that many at once gain nothing. Raises RATE_LIMITED."""
        now, key = self._clock.monotonic(), _key(name, place)
        tried = self._tried.get(key)
        if tried is None or now - tried.at > FORGOTTEN_SECONDS:
            tried = self._tried[key] = _Tried(0, now, now)
        if tried.due > now:
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=max(1, round((tried.due - now) * 1000)))
        tried.count += 1
        tried.at = now
        wait = 0.0 if tried.count < FREE else min(2.0 ** (tried.count - FREE), LONGEST_SECONDS)
        tried.due = now + wait
        self._tried.move_to_end(key)
        while len(self._tried) > KEPT:
            self._tried.popitem(last=False)

    def right(self, name: str, place: str) -> None:
        """Forget the attempts of whoever has proved who they are."""
        self._tried.pop(_key(name, place), None)


def _key(name: str, place: str) -> tuple[str, str]:
    return name_key(name.strip()), place
