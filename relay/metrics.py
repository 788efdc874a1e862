"""What the relay counts: plain numbers that are added to where something happens, and read only when somebody asks.

On the hot path there is an increment of a number in a list: no lock, no clock, no search. Each number has one writer
(the loop, or the database's thread), so none is lost. What is said about the last minutes is the difference of two
looks, which a task takes every ten seconds (`Recent`).
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# What is exposed: from a millisecond to the quarter of an hour after which a delivery expires.
DELIVERY_BOUNDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
)  # fmt: skip
COMMIT_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# Between two exposed bounds there are three more, for percentiles that are right to a quarter of a bucket.
PARTS = 4
# Shorter ones than this are counted by the millisecond.
SINGLE_MS = 2048

LOOK_SECONDS = 10
LOOKS = 90


class Histogram:
    """Counts durations, in seconds, by the smallest bound that holds them."""

    __slots__ = ("_counts", "_each", "_total", "_total_ms", "bounds")

    def __init__(self, exposed: Sequence[float]) -> None:
        """Begin with none; `exposed` are the bounds that Prometheus is told."""
        fine = [exposed[0]]
        for low, high in pairwise(exposed):
            fine += [low * (high / low) ** (part / PARTS) for part in range(1, PARTS)] + [high]
        self.bounds = tuple(fine)
        self._counts = [0] * (len(fine) + 1)
        self._each = [0] * SINGLE_MS
        self._total = 0.0
        self._total_ms = 0

    def observe(self, seconds: float) -> None:
        """Count one; a clock that was set back makes none negative."""
        seconds = max(seconds, 0.0)
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self._total += seconds

    def observe_ms(self, ms: int) -> None:
        """Count one in whole milliseconds, a tenth of the work: its bound is found when somebody asks."""
        if 0 <= ms < SINGLE_MS:
            self._each[ms] += 1
            self._total_ms += ms
        else:
            self.observe(ms / 1000)

    @property
    def total(self) -> float:
        """Return all durations together, in seconds."""
        return self._total + self._total_ms / 1000

    @property
    def counts(self) -> list[int]:
        """Return how many lie under each bound and over the one before; the last are over all."""
        counts = self._counts.copy()
        for ms, count in enumerate(self._each):
            if count:
                counts[bisect_left(self.bounds, ms / 1000)] += count
        return counts

    def buckets(self) -> list[tuple[float, int]]:
        """Return the exposed bounds, each with how many were at most that long."""
        running, found, counts = 0, list[tuple[float, int]](), self.counts
        for place, bound in enumerate(self.bounds):
            running += counts[place]
            if place % PARTS == 0:
                found.append((bound, running))
        return found

    @property
    def count(self) -> int:
        """Return how many were counted."""
        return sum(self._counts) + sum(self._each)


def percentile(bounds: Sequence[float], counts: Sequence[int], share: float) -> float | None:
    """Return the duration in seconds that `share` (0 to 1) were no longer than; None when there were none."""
    wanted = sum(counts) * share
    if not wanted:
        return None
    running = 0.0
    for place, count in enumerate(counts):
        if count and running + count >= wanted:
            low = bounds[place - 1] if place else 0.0
            high = bounds[place] if place < len(bounds) else bounds[-1]
            return low + (high - low) * (wanted - running) / count
        running += count
    return bounds[-1]


@dataclass(slots=True)
class Meter:
    """Everything that is counted about deliveries and lines since the start."""

    accepted: int = 0
    sent: int = 0
    retried: int = 0
    received: int = 0
    breakers_opened: int = 0
    ended: defaultdict[tuple[str, str], int] = field(
        default_factory=lambda: defaultdict[tuple[str, str], int](int)
    )
    until_sent: Histogram = field(default_factory=lambda: Histogram(DELIVERY_BOUNDS))
    until_received: Histogram = field(default_factory=lambda: Histogram(DELIVERY_BOUNDS))
    until_shown: Histogram = field(default_factory=lambda: Histogram(DELIVERY_BOUNDS))

    def leaves(self, attempt: int, age_ms: int) -> None:
        """Count a delivery that is put on the line, `age_ms` after it was accepted."""
        self.sent += 1
        if attempt > 1:
            self.retried += 1
        else:
            self.until_sent.observe_ms(age_ms)

    def arrives(self, age_ms: int) -> None:
        """Count a delivery that its screen has."""
        self.received += 1
        self.until_received.observe_ms(age_ms)

    def ends(self, state: str, code: str | None, age_ms: int | None) -> None:
        """Count an end; `age_ms` is None for one whose beginning is not known any more."""
        self.ended[state, code or ""] += 1
        if state == "shown" and age_ms is not None:
            self.until_shown.observe_ms(age_ms)

    def ended_as(self, *states: str) -> int:
        """Return how many ended in these states."""
        return sum(count for (state, _), count in self.ended.items() if state in states)


@dataclass(frozen=True, slots=True)
class Look:
    """What had been counted at `at_ms` (UTC milliseconds), and how many were connected then."""

    at_ms: int
    accepted: int
    shown: int
    failed: int
    shown_seconds: float
    shown_counts: tuple[int, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Span:
    """What happened between two looks. Latencies are seconds from accept to paint, None when nothing was shown."""

    from_ms: int
    to_ms: int
    accepted: int
    shown: int
    failed: int
    connections: int
    average: float | None
    p50: float | None
    p95: float | None
    p99: float | None

    @property
    def per_minute(self) -> float:
        """Return how many deliveries were accepted in a minute."""
        return self.accepted * 60_000 / max(self.to_ms - self.from_ms, 1000)

    @property
    def error_rate(self) -> float:
        """Return the share of ends, 0 to 1, that were bad."""
        return self.failed / ended if (ended := self.shown + self.failed) else 0.0


class Recent:
    """The looks of the last quarter of an hour."""

    def __init__(self, meter: Meter) -> None:
        """Look at `meter`; the first look is everything's beginning."""
        self._meter = meter
        self._looks: deque[Look] = deque(maxlen=LOOKS + 1)

    def look(self, at_ms: int, connections: int) -> Look:
        """Take a look now and keep it."""
        taken = self.glance(at_ms, connections)
        self._looks.append(taken)
        return taken

    def glance(self, at_ms: int, connections: int) -> Look:
        """Take a look now."""
        meter = self._meter
        return Look(
            at_ms=at_ms,
            accepted=meter.accepted,
            shown=meter.ended_as("shown"),
            failed=meter.ended_as("failed", "expired", "dead"),
            shown_seconds=meter.until_shown.total,
            shown_counts=tuple(meter.until_shown.counts),
            connections=connections,
        )

    def whole(self, now: Look) -> Span:
        """Return what happened from the oldest look until now."""
        return self._between(self._looks[0] if self._looks else now, now)

    def spans(self, now: Look) -> list[Span]:
        """Return what happened between each two looks, oldest first, and since the last."""
        return [self._between(early, late) for early, late in pairwise([*self._looks, now])]

    def _between(self, early: Look, late: Look) -> Span:
        counts = [after - before for before, after in zip(early.shown_counts, late.shown_counts, strict=True)]
        count, bounds = sum(counts), self._meter.until_shown.bounds
        return Span(
            from_ms=early.at_ms,
            to_ms=late.at_ms,
            accepted=late.accepted - early.accepted,
            shown=late.shown - early.shown,
            failed=late.failed - early.failed,
            connections=late.connections,
            average=(late.shown_seconds - early.shown_seconds) / count if count else None,
            p50=percentile(bounds, counts, 0.50),
            p95=percentile(bounds, counts, 0.95),
            p99=percentile(bounds, counts, 0.99),
        )
