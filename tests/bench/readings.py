"""What was measured: samples of all rounds together, counts, and the percentiles that the tables show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.servers import Kind


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; not a number where there is no sample."""
    if not samples:
        return float("nan")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def middle(samples: Sequence[float]) -> float:
    """Return the median; not a number where there is no sample."""
    return median(samples) if samples else float("nan")


@dataclass(eq=False, slots=True)
class Reading:
    """One server under one load. Milliseconds from the moment that each trigger was meant to leave."""

    kind: Kind
    load: str
    accept_ms: list[float] = field(default_factory=list)
    arrive_ms: list[float] = field(default_factory=list)
    ack_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    generator_share: list[float] = field(default_factory=list)
    under_way: int = 0
    accepted: int = 0
    lost: int = 0
    superseded: int = 0
    misled: int = 0
    again: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Reading") -> None:
        """Take in another round of the same load."""
        for name in ("accept_ms", "arrive_ms", "ack_ms", "per_second", "cpu_us", "generator_share"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("accepted", "lost", "superseded", "misled", "again"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.under_way = other.under_way
        self.refused.update(other.refused)


@dataclass(eq=False, slots=True)
class Idle:
    """A server that holds its connections and has nothing to do."""

    kind: Kind
    screens: int
    connect_seconds: list[float] = field(default_factory=list)
    kib_per_connection: list[float] = field(default_factory=list)
    cpu_share: list[float] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Storm:
    """A restart with everybody connected. Seconds since the signal, of each round."""

    kind: Kind
    signal: str
    screens: int
    waiting: int
    ended: list[float] = field(default_factory=list)
    listening: list[float] = field(default_factory=list)
    half_back: list[float] = field(default_factory=list)
    last_back: list[float] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)
    lost: int = 0


@dataclass(eq=False, slots=True)
class Shown:
    """Scan to a painted frame on a real X display."""

    what: str
    milliseconds: list[float] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Starts:
    """A program, started and then left alone. MiB; CPU seconds of all its processes while it rested.

    An empty window is never ready, and does not rest. `instructions` are those until the first paint.
    """

    name: str
    idle_seconds: float = 0.0
    painted_ms: list[float] = field(default_factory=list)
    ready_ms: list[float] = field(default_factory=list)
    pss_mib: float = 0.0
    own_pss_mib: float = 0.0
    rss_mib: float = 0.0
    idle_cpu_seconds: float = 0.0
    instructions: int | None = None


@dataclass(eq=False, slots=True)
class Results:
    """Everything that one run measured."""

    readings: list[Reading] = field(default_factory=list)
    idle: list[Idle] = field(default_factory=list)
    storms: list[Storm] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    starts: list[Starts] = field(default_factory=list)

    def note(self, reading: Reading) -> None:
        """Keep a reading, together with earlier rounds of the same load on the same server."""
        for known in self.readings:
            if (known.kind, known.load) == (reading.kind, reading.load):
                known.add(reading)
                return
        self.readings.append(reading)
