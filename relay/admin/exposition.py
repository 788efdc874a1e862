"""What the relay counts, in the words of Prometheus: put together when it asks, from numbers that are there anyway."""

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from relay.clock import Clock
from relay.contract.reports import END_STATES
from relay.delivery.courier import Courier
from relay.live.server import LiveServer
from relay.metrics import Histogram
from relay.ops.health import app_version
from relay.storage.database import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST
KINDS = ("screen", "user", "api")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers come from; `certificate_ends_ms` is UTC milliseconds, None without TLS."""

    data: Path
    clock: Clock
    database: Database
    courier: Courier
    live: LiveServer
    started: float
    certificate_ends_ms: Callable[[], int | None]


class Exposition:
    """The page `/metrics`."""

    def __init__(self, sources: Sources) -> None:
        """Tell of these sources, and of this process."""
        # Found out when asked, because counting them is a query; set just before.
        self.dead_letters = 0
        self._from = sources
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Ours(self._collect))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def text(self) -> bytes:
        """Write the page."""
        return generate_latest(self._registry)

    def _collect(self) -> Iterable[Metric]:
        yield from self._deliveries()
        yield from self._lines()
        yield from self._database()
        yield from self._machine()

    def _deliveries(self) -> Iterable[Metric]:
        meter, engine = self._from.courier.meter, self._from.courier.engine
        yield _counter(
            "deliveries_accepted", "Deliveries that were accepted: on disk, and answered.", meter.accepted
        )
        yield _counter("deliveries_sent", "Times that a delivery was put on a screen's line.", meter.sent)
        yield _counter("deliveries_retried", "Of these, times after the first.", meter.retried)
        yield _counter("deliveries_received", "Deliveries that a screen has acknowledged.", meter.received)
        ended = CounterMetricFamily(
            "benchcast_deliveries_ended", "Deliveries by how they ended.", labels=["state", "code"]
        )
        counts = dict.fromkeys(((state, "") for state in END_STATES), 0) | dict(meter.ended)
        for (state, code), count in sorted(counts.items()):
            ended.add_metric([state, code], count)
        yield ended
        standing = GaugeMetricFamily(
            "benchcast_deliveries_open", "Deliveries that have not ended, by state.", labels=["state"]
        )
        states = Counter(letter.state for box in engine.mailboxes.values() for letter in box.letters.values())
        for state in ("waiting", "sent", "received"):
            standing.add_metric([state], states[state])
        yield standing
        yield _gauge(
            "dead_letters", "Deliveries that ended badly and that nobody has dealt with.", self.dead_letters
        )
        yield _histogram(
            "delivery_sent_seconds", "From accept until it left for its screen.", meter.until_sent
        )
        yield _histogram(
            "delivery_received_seconds", "From accept until its screen had it.", meter.until_received
        )
        yield _histogram("delivery_shown_seconds", "From accept until it was painted.", meter.until_shown)

    def _lines(self) -> Iterable[Metric]:
        live, courier = self._from.live, self._from.courier
        now = self._from.clock.monotonic()
        kinds = Counter(connection.caller.kind for connection in live.connections())
        yield _by_kind("connections", "Live lines now.", kinds, GaugeMetricFamily)
        connects = {kind: live.tally[f"connects_{kind}"] for kind in KINDS}
        yield _by_kind("connects", "Lines that were opened.", connects, CounterMetricFamily)
        disconnects = {kind: live.tally[f"disconnects_{kind}"] for kind in KINDS}
        yield _by_kind("disconnects", "Lines that ended.", disconnects, CounterMetricFamily)
        yield _counter(
            "screen_reconnects", "Times that a known screen came back.", live.tally["screen_reconnects"]
        )
        boxes = courier.engine.mailboxes.values()
        shut = sum(box.breaker.is_open(now) for box in boxes)
        yield _gauge("breakers_open", "Screens that nothing is sent to, because they do not answer.", shut)
        yield _counter(
            "breakers_opened", "Times that a screen's breaker opened.", courier.meter.breakers_opened
        )

    def _database(self) -> Iterable[Metric]:
        database = self._from.database
        yield _counter("database_batches", "Group commits.", database.batches)
        yield _counter("database_writes", "Writes in these.", database.writes)
        yield _gauge("database_waiting", "Writes that no group commit has taken yet.", database.waiting)
        yield _gauge("database_writable", "1 while writes reach the disk.", database.writable)
        yield _histogram(
            "database_commit_seconds",
            "From a group commit's first statement to disk.",
            database.commit_seconds,
        )
        sizes = GaugeMetricFamily(
            "benchcast_database_bytes", "Sizes of the database's files.", labels=["file"]
        )
        for name in ("relay.db", "relay.db-wal"):
            sizes.add_metric([name], _size(self._from.data / name))
        yield sizes

    def _machine(self) -> Iterable[Metric]:
        try:
            disk = shutil.disk_usage(self._from.data)
        except OSError:
            disk = None  # its absence is what an alert is made of
        if disk is not None:
            yield _gauge("disk_free_bytes", "Free room where the data is.", disk.free)
            yield _gauge("disk_total_bytes", "All room where the data is.", disk.total)
        if (ends := self._from.certificate_ends_ms()) is not None:
            yield _gauge("certificate_expiry_timestamp_seconds", "When the certificate ends.", ends / 1000)
        uptime = self._from.clock.monotonic() - self._from.started
        yield _gauge("uptime_seconds", "Seconds since the relay began to serve.", uptime)
        info = GaugeMetricFamily(
            "benchcast_build_info", "What runs here; always 1.", labels=["version", "python"]
        )
        info.add_metric([app_version(), sys.version.split()[0]], 1)
        yield info


class _Ours(Collector):
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"benchcast_{name}", text, value=value)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"benchcast_{name}", text, value=float(value))


def _by_kind(
    name: str,
    text: str,
    counts: "Counter[str] | dict[str, int]",
    family: type[CounterMetricFamily] | type[GaugeMetricFamily],
) -> Metric:
    metric = family(f"benchcast_{name}", text, labels=["kind"])
    for kind in KINDS:
        metric.add_metric([kind], counts.get(kind, 0))
    return metric


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    buckets: Sequence[tuple[str, float]] = [
        *((f"{bound:g}", count) for bound, count in histogram.buckets()),
        ("+Inf", histogram.count),
    ]
    return HistogramMetricFamily(f"benchcast_{name}", text, buckets=buckets, sum_value=histogram.total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
