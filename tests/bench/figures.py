"""The tables of the measured figures: written by the benchmark between two marks of a page, and by nobody else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.machine import Machine
from bench.plan import Plan
from bench.readings import Idle, Reading, Results, Shown, Starts, Storm, middle, percentile

BEGIN = "<!-- written by `make bench`: begin -->"
END = "<!-- written by `make bench`: end -->"
SHARES = (0.50, 0.95, 0.99)


class NoPlaceForFigures(ValueError):
    """The page does not have the two marks, in order."""


def write_into(page: Path, text: str) -> None:
    """Replace what stands between the marks of the page. Raises NoPlaceForFigures."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlaceForFigures(f"{page} has no {BEGIN} followed by {END}.")
    page.write_text(f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}", "utf-8")


def report(results: Results, machine: Machine, plan: Plan) -> str:
    """Write every table that there are figures for."""
    parts = [
        "\n".join(f"- {line}" for line in machine.lines),
        (
            f"Servers on one core (the relay with its writer; Node with its Redis, unless said otherwise), the "
            f"generator on another; loopback without TLS; {plan.rounds} rounds in turns. Milliseconds, from the moment "
            "that a trigger was meant to leave."
        ),
        _idle(results.idle),
        _rates([reading for reading in results.readings if not reading.under_way]),
        _saturation([reading for reading in results.readings if reading.under_way]),
        _storms(results.storms),
        _shown(results.shown),
        _starts(results.starts),
    ]
    return "\n\n".join(part for part in parts if part)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table of Markdown; the first column stands left, the others right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(head), *cells]) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return "| " + " | ".join(padded) + " |"

    rule = (
        "|" + "|".join("-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)) + "|"
    )
    return "\n".join([line(list(head)), rule, *(line(row) for row in cells)])


def _ms(value: float) -> str:
    return "–" if value != value else f"{value:.2f}" if value < 10 else f"{value:.1f}"  # noqa: PLR0124 - only NaN differs


def _three(samples: Sequence[float]) -> str:
    return " / ".join(_ms(percentile(samples, share)) for share in SHARES) if samples else "–"


def _idle(idle: Sequence[Idle]) -> str:
    if not idle:
        return ""
    rows = [
        (
            one.kind.name,
            f"{one.screens:,}",
            f"{middle(one.kib_per_connection):.1f}",
            f"{middle(one.cpu_share) * 100:.1f} %",
            f"{middle(one.connect_seconds):.1f}",
        )
        for one in idle
    ]
    head = ("connected and idle", "screens", "KiB a connection", "of a core", "seconds to connect all")
    return "### Connections\n\n" + table(head, rows)


def _rates(readings: Sequence[Reading]) -> str:
    blocks: list[str] = []
    for load in dict.fromkeys(reading.load for reading in readings):
        these = [reading for reading in readings if reading.load == load]
        rows = [
            (
                one.kind.name,
                f"{one.accepted:,}",
                _three(one.arrive_ms),
                _three(one.accept_ms),
                _three(one.ack_ms),
                f"{middle(one.cpu_us):.0f}",
                one.lost,
                one.again,
            )
            for one in these
        ]
        head = (
            load,
            "n",
            "accept → navigate P50 / P95 / P99",
            "accept → 202",
            "accept → ack noted",
            "µs of CPU each",
            "lost",
            "sent again",
        )
        blocks.append(table(head, rows))
        blocks += _remarks(these)
    return "### At a rate\n\n" + "\n\n".join(blocks) if blocks else ""


def _saturation(readings: Sequence[Reading]) -> str:
    if not readings:
        return ""
    blocks: list[str] = []
    for load in dict.fromkeys(reading.load for reading in readings):
        these = [reading for reading in readings if reading.load == load]
        ours = next((middle(reading.per_second) for reading in these if reading.kind.is_relay), None)
        rows = [
            (
                one.kind.name,
                f"{middle(one.per_second):,.0f}",
                f"{ours / middle(one.per_second):.2f}" if ours is not None else "–",
                one.under_way,
                f"{one.accepted:,}",
                _ms(percentile(one.arrive_ms, 0.95)),
                f"{middle(one.cpu_us):.0f}",
                f"{middle(one.generator_share) * 100:.0f} %",
                one.lost,
                one.superseded,
            )
            for one in these
        ]
        head = (
            load,
            "triggers/s",
            "ours to this",
            "under way",
            "n",
            "P95 accept → navigate",
            "µs of CPU each",
            "generator's core",
            "lost",
            "superseded",
        )
        blocks.append(table(head, rows))
        blocks += _remarks(these)
    return "### As much as one core gives\n\n" + "\n\n".join(blocks)


def _remarks(readings: Sequence[Reading]) -> list[str]:
    remarks = [
        f"{one.kind.name}: {sum(one.refused.values())} refused, most often “{one.refused.most_common(1)[0][0]}”."
        for one in readings
        if one.refused
    ]
    remarks += [f"{one.kind.name}: {one.misled} reached another screen." for one in readings if one.misled]
    return ["  \n".join(remarks)] if remarks else []


def _storms(storms: Sequence[Storm]) -> str:
    if not storms:
        return ""

    def seconds(samples: Sequence[float]) -> str:
        return f"{max(samples):.1f}" if samples else "–"

    rows = [
        (
            f"{one.kind.name}, {one.signal}",
            f"{one.screens:,}",
            seconds(one.ended),
            seconds(one.listening),
            seconds(one.half_back),
            seconds(one.last_back),
            f"{one.waiting:,}" if one.waiting else "–",
            seconds(one.drained),
            one.lost if one.waiting else "–",
        )
        for one in storms
    ]
    head = (
        "restart, seconds since the signal",
        "screens",
        "ended",
        "listens again",
        "half are back",
        "last is back",
        "waiting",
        "all drained",
        "lost",
    )
    return "### Restart storm\n\n" + table(head, rows)


def _shown(shown: Sequence[Shown]) -> str:
    if not shown:
        return ""
    rows = [
        (one.what, len(one.milliseconds), *(_ms(percentile(one.milliseconds, share)) for share in SHARES))
        for one in shown
    ]
    words = (
        "The real app under Xvfb with openbox and two monitors, no graphics card; until the scanner has the "
        "answer that a frame was painted."
    )
    return f"### Scan → shown\n\n{words}\n\n" + table(("what", "n", "P50", "P95", "P99"), rows)


def _starts(starts: Sequence[Starts]) -> str:
    if not starts:
        return ""
    floor = starts[0]

    def ratio(one: Starts) -> str:
        return f"{middle(one.painted_ms) / middle(floor.painted_ms):.2f}"

    def million(one: Starts) -> str:
        return f"{one.instructions / 1e6:,.0f}" if one.instructions is not None else "–"

    def mib(value: float) -> str:
        return f"{value:.0f}" if value else "–"

    rows = [
        (
            "process start → first paint, ms: P50 / P95 / P99",
            "300",
            *(_three(one.painted_ms) for one in starts),
        ),
        ("the same, P50, ratio to the empty window", "–", *(ratio(one) for one in starts)),
        ("instructions until the first paint, million", "–", *(million(one) for one in starts)),
        (
            "process start → paired and connected, ms: P50 / P95 / P99",
            "1,000",
            *(_three(one.ready_ms) for one in starts),
        ),
        (
            "memory without WebEngine, the app itself, MiB of PSS",
            "124",
            *(mib(one.own_pss_mib) for one in starts),
        ),
        ("the same as RSS, MiB", "124", *(mib(one.rss_mib) for one in starts)),
        ("PSS with its watchdog and all other processes, MiB", "–", *(mib(one.pss_mib) for one in starts)),
        (
            f"CPU seconds of all its processes in {starts[-1].idle_seconds:.0f} s of rest",
            "–",
            *(f"{one.idle_cpu_seconds:.2f}" if one.idle_seconds else "–" for one in starts),
        ),
    ]
    head = (f"{len(floor.painted_ms)} starts in turns", "at most", *(one.name for one in starts))
    return "### The app's start and rest\n\n" + table(head, rows)
