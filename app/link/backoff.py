"""How long to wait before the next attempt: short at first, never longer than a second, never in step with others."""

import random

FIRST_SECONDS = 0.1
FACTOR = 1.5
LONGEST_SECONDS = 1.0


class Backoff:
    """100 ms, growing by half up to 1 s, with full jitter: each wait is a random part of that, for ever."""

    def __init__(self, chance: random.Random | None = None) -> None:
        """Begin with the shortest wait."""
        self._chance = chance or random.Random()  # noqa: S311 - it spreads attempts, it keeps no secret
        self._limit = FIRST_SECONDS

    def next_seconds(self) -> float:
        """Return the next wait."""
        limit, self._limit = self._limit, min(self._limit * FACTOR, LONGEST_SECONDS)
        return self.part_of(limit)

    def reset(self) -> None:
        """Begin anew: it went well."""
        self._limit = FIRST_SECONDS

    def part_of(self, seconds: float) -> float:
        """Return a random part of a time that somebody else named."""
        return self._chance.uniform(0, seconds)
