"""Who may come in, and how many at once: before the upgrade, so that a storm costs answers and not connections.

A relay that restarts is stormed by its own screens; 503 with Retry-After spreads them. Whoever has not said who he is
yet is a stranger: there is room for so many, and for fewer from one address, and none may stay one.
"""

import secrets
from collections import Counter
from dataclasses import dataclass

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.live.bounds import Bounds
from relay.live.line import Line

# Clients that were sent away come back after 1 to 4 s, not all in the same moment.
RETRY_MS, RETRY_SPREAD_MS = 1_000, 3_000


class Bucket:
    """Tokens that drip in at a rate, up to a burst; whoever finds none has to wait."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, burst: float, now: float) -> None:
        """Start full."""
        self._tokens = burst
        self._at = now

    def take(self, cost: float, now: float, *, per_second: float, burst: float) -> bool:
        """Take `cost` tokens; False, and nothing taken, where there are not so many. `now` is monotonic seconds."""
        tokens = min(burst, self._tokens + (now - self._at) * per_second)
        self._at = now
        if tokens < cost:
            self._tokens = tokens
            return False
        self._tokens = tokens - cost
        return True


@dataclass(slots=True)
class Stranger:
    """A line that has not said who it is; `due` is the sweeper's tick at which it is let go."""

    address: str
    due: int


class Admission:
    """The door: asked before the upgrade, told when a stranger has come in, become known, or gone."""

    def __init__(self, bounds: Bounds, clock: Clock) -> None:
        """Start with an empty room."""
        self._bounds = bounds
        self._clock = clock
        self._handshakes = Bucket(bounds.handshakes_per_second, clock.monotonic())
        self._strangers: dict[Line, Stranger] = {}
        self._from: Counter[str] = Counter()
        self.is_open = True
        self.refused = 0

    @property
    def strangers(self) -> int:
        """Count those who have not said who they are."""
        return len(self._strangers)

    def check(self, address: str) -> None:
        """Let a handshake pass. Raises RELAY_UNAVAILABLE, which is 503 with Retry-After, where there is no room."""
        bounds = self._bounds
        per_second = bounds.handshakes_per_second
        if (
            self.is_open
            and len(self._strangers) < bounds.strangers
            and self._from[address] < bounds.strangers_per_address
            and self._handshakes.take(1, self._clock.monotonic(), per_second=per_second, burst=per_second)
        ):
            return
        self.refused += 1
        raise Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS + 1))

    def came_in(self, line: Line, due: int) -> None:
        """Note a stranger who must have said who he is by `due`."""
        self.is_known(line)
        self._strangers[line] = Stranger(line.address, due)
        self._from[line.address] += 1

    def is_known(self, line: Line) -> None:
        """Forget a stranger: he said who he is, or he is gone."""
        stranger = self._strangers.pop(line, None)
        if stranger is None:
            return
        self._from[stranger.address] -= 1
        if not self._from[stranger.address]:
            del self._from[stranger.address]

    def overdue(self, tick: int) -> list[Line]:
        """List the strangers who have been silent for too long; they came in in the order of their dues."""
        late: list[Line] = []
        for line, stranger in self._strangers.items():
            if stranger.due > tick:
                break
            late.append(line)
        return late

    def all_strangers(self) -> list[Line]:
        """List everybody who has not said who he is."""
        return list(self._strangers)
