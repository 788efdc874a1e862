"""When a web page that broke is loaded again: soon after a crash, later and later while the network is away.

Pure: the time is handed in, in seconds of any clock that only grows.
"""

import random
from collections import deque
from collections.abc import Callable

CRASHES = 3
CRASH_WINDOW_SECONDS = 60.0
CRASH_DELAYS = (0.2, 2.0)
REST_SECONDS = 600.0
FIRST_RETRY_SECONDS = 2.0
LAST_RETRY_SECONDS = 60.0


class Recovery:
    """Decides about one page. Nothing is ever given up for good, and nothing is tried in a tight circle."""

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        """Begin with a page that never broke; `spread` gives numbers from 0 to 1."""
        self._spread = spread
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._failures = 0
        self.is_resting = False

    def crashed(self, now: float) -> float:
        """Return the seconds after which a page whose program stopped is loaded again.

        The third time within a minute it rests for ten minutes: a page that stops again would do it for ever.
        """
        self._crashes.append(now)
        recent = sum(now - at < CRASH_WINDOW_SECONDS for at in self._crashes)
        self.is_resting = recent >= CRASHES
        if self.is_resting:
            self._crashes.clear()
            return REST_SECONDS
        return CRASH_DELAYS[min(recent, len(CRASH_DELAYS)) - 1]

    def failed(self) -> float:
        """Return the seconds after which a page that could not be loaded is tried again: 2, 4, 8 … 60.

        They are spread by a quarter, so that the benches of a hall do not all return in the same moment.
        """
        self.is_resting = False
        delay = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        return delay * (1 + self._spread() / 4)

    def loaded(self) -> None:
        """Hear that the page is there again."""
        self._failures = 0
        self.is_resting = False
