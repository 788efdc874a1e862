"""Measures the relay beside its peers, one after the other in turns, and writes the table of figures.

make bench                 everything, about half an hour on a quiet machine
make bench QUICK=1         seconds; shows that it works, its figures mean nothing and are kept nowhere
make bench PROFILE=1       where the relay's time goes under saturation (py-spy), no figures
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
# This folder stands first on the path of a program that is started by its folder; its files are not top-level modules.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]
if os.name == "posix" and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to run as root with it

import msgspec  # noqa: E402 - the path comes first
import uvloop  # noqa: E402
from bench.cold_start import cold_starts  # noqa: E402
from bench.desktop import scan_to_shown  # noqa: E402
from bench.figures import report, write_into  # noqa: E402
from bench.machine import describe  # noqa: E402
from bench.plan import FULL, QUICK, Plan, check_files  # noqa: E402
from bench.profiling import profile  # noqa: E402
from bench.programs import Cores  # noqa: E402
from bench.readings import Idle, Results  # noqa: E402
from bench.scenarios import at_rate, connect, connected, saturate  # noqa: E402
from bench.seeding import seed  # noqa: E402
from bench.servers import KINDS, NODE, PYTHON, RELAY, Kind  # noqa: E402
from bench.storm import storm  # noqa: E402

PAGE = ROOT / "resources" / "docs" / "figures.md"
PARTS = ("rates", "saturation", "storm", "desktop", "start")
# At a rate, these three; the other variants of the peer differ in what they can do at most.
AT_RATES = (RELAY, NODE, PYTHON)
ACK_ONLY = "over HTTP, a page; screens that acknowledge and report no outcome, as the peers' do"


def say(text: str) -> None:
    """Tell how far it has come."""
    print(f"  {text}", flush=True)


class Run:
    """One run of the benchmark."""

    def __init__(self, plan: Plan, kinds: Sequence[Kind], parts: Sequence[str], folder: Path) -> None:
        self.plan = plan
        self.kinds = kinds
        self.parts = parts
        self.folder = folder
        self.seeded = folder / "seeded"
        self.cores = Cores.choose()
        self.results = Results()
        self._count = 0

    async def all(self) -> Results:
        """Measure every part that was asked for."""
        if set(self.parts) != {"start"}:
            say(f"pairing {self.plan.screens:,} screens")
            await seed(self.seeded, self.plan.screens)
        gc.freeze()
        for number in range(self.plan.rounds):
            for kind in self.kinds:
                await self._load(kind, number)
        if "storm" in self.parts:
            for kind in self.kinds:
                if kind in AT_RATES:
                    await self._storm(kind)
        if "desktop" in self.parts:
            say("scan to shown")
            self.results.shown = await scan_to_shown(self.plan, self.cores, self.folder, self.seeded)
        if "start" in self.parts:
            say("the app: cold start, memory, idle")
            self.results.starts = await cold_starts(self.plan, self.folder)
        return self.results

    def _place(self) -> Path:
        self._count += 1
        return self.folder / f"run-{self._count}"

    async def _load(self, kind: Kind, number: int) -> None:
        rates = "rates" in self.parts and kind in AT_RATES
        if not rates and "saturation" not in self.parts:
            return
        say(f"round {number + 1}: {kind.name}")
        async with connected(kind, self.cores, self._place(), self.seeded, self.plan) as session:
            self._note_idle(await connect(session))
            if rates:
                await self._rates(session, number)
            if "saturation" in self.parts:
                await self._saturation(session, kind, number)
            if session.fleet.complaints:
                say(f"screens were told: {session.fleet.complaints.most_common(3)}")

    async def _rates(self, session, number: int) -> None:
        plan = self.plan
        for per_minute, count in (
            (plan.calm_per_minute, plan.calm_count),
            (plan.busy_per_minute, plan.busy_count),
        ):
            load = f"{plan.screens:,} connected, {per_minute:,} a minute"
            reading = await at_rate(session, load, per_minute=per_minute, count=count, seed=number + 1)
            self.results.note(reading)

    async def _saturation(self, session, kind: Kind, number: int) -> None:
        for way, name in (("http", "over HTTP"), ("socket", "over the socket")):
            for subject, what in (("order", "an order"), ("url", "a page")):
                if kind in AT_RATES or subject == "order":
                    load = f"{name}, {what}"
                    self.results.note(await saturate(session, load, way=way, subject=subject, seed=number))
        if kind in AT_RATES:
            await session.fleet.tell_no_outcomes()
            self.results.note(await saturate(session, ACK_ONLY, way="http", subject="url", seed=number))

    async def _storm(self, kind: Kind) -> None:
        for how in (signal.SIGTERM, signal.SIGKILL) if kind.is_relay else (signal.SIGKILL,):
            say(f"restart storm: {kind.name}, {how.name}")
            async with connected(kind, self.cores, self._place(), self.seeded, self.plan) as session:
                await connect(session)
                measured = await storm(session, how)
                say(f"  last back {measured.last_back[0]:.1f} s, {measured.lost} of {measured.waiting} lost")
                for reason, count in session.fleet.refusals.most_common(4):
                    say(f"  {count} attempts were refused: {reason}")
                self.results.storms.append(measured)

    def _note_idle(self, idle: Idle) -> None:
        for known in self.results.idle:
            if known.kind == idle.kind:
                known.connect_seconds += idle.connect_seconds
                known.kib_per_connection += idle.kib_per_connection
                known.cpu_share += idle.cpu_share
                return
        self.results.idle.append(idle)


async def measure(wish: argparse.Namespace) -> None:
    """Run, and write the page."""
    _stop_at_the_first_bug()
    plan = QUICK if wish.quick else FULL
    changes = {name: value for name in ("screens", "rounds") if (value := getattr(wish, name)) is not None}
    plan = replace(plan, **changes)
    open_files = check_files(plan.screens)
    kinds = [KINDS[key] for key in wish.servers or (("relay", "python") if wish.quick else KINDS)]
    parts = wish.parts or (PARTS[:3] if wish.quick else PARTS)
    with tempfile.TemporaryDirectory(prefix="benchcast-bench-", dir=wish.disk) as folder:
        machine = describe(Path(folder), open_files)
        if wish.profile:
            await profile(plan, Cores.choose(), Path(folder), ROOT / "build" / "profile")
            return
        results = await Run(plan, kinds, parts, Path(folder)).all()
    text = report(results, machine, plan)
    if wish.samples is not None:
        wish.samples.write_bytes(msgspec.json.encode(results))
    if wish.out is not None:
        wish.out.write_text(text + "\n", "utf-8")
    elif wish.quick or changes or wish.servers or wish.parts:
        print(text)
    else:
        write_into(PAGE, text)
        say(f"written to {PAGE.relative_to(ROOT)}")


def _stop_at_the_first_bug() -> None:
    """End the run when a line of the generator raises: asyncio would only log it, ten thousand times."""
    loop = asyncio.get_running_loop()
    running = asyncio.current_task()
    assert running is not None

    def stop(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        loop.set_exception_handler(lambda *_: None)
        loop.default_exception_handler(context)
        running.cancel("the generator has a bug")

    loop.set_exception_handler(stop)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny numbers")
    parser.add_argument("--profile", action="store_true", help="py-spy instead of figures")
    parser.add_argument("--servers", nargs="+", choices=tuple(KINDS), help="only these")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="only these")
    parser.add_argument("--screens", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--out", type=Path, help="write the tables here instead of the page")
    parser.add_argument("--samples", type=Path, help="write every sample here, as JSON")
    parser.add_argument("--disk", type=Path, help="the folder whose disk the servers write to")
    uvloop.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
