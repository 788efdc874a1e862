"""A clock that stands still until a test turns it."""


class HandClock:
    def __init__(self, now_ms: int = 1_760_000_000_000) -> None:
        self._now_ms = now_ms
        self._seconds = 1000.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._seconds

    def turn(self, seconds: float) -> None:
        self._seconds += seconds
        self._now_ms += round(seconds * 1000)
