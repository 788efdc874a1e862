"""Where the relay's time goes under saturation: py-spy on the live process, as two lists and a file for speedscope."""

import asyncio
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bench.plan import Plan
from bench.programs import TICKS, Cores, Program, start
from bench.readings import Reading
from bench.scenarios import connect, connected, saturate
from bench.seeding import seed
from bench.servers import RELAY

SAMPLES_PER_SECOND = 250
UNDER_WAY = (64,)
LONGEST_LIST = 50
_LINE_NUMBER = re.compile(r":\d+\)$")


async def profile(plan: Plan, cores: Cores, folder: Path, out: Path) -> None:
    """Saturate the relay over HTTP and over the socket, sample it, and print the top functions of each."""
    plan = replace(plan, under_way=UNDER_WAY, saturation_seconds=plan.saturation_seconds * 2)
    out.mkdir(parents=True, exist_ok=True)
    seeded = folder / "seeded"
    await seed(seeded, plan.screens)
    async with connected(RELAY, cores, folder / "run", seeded, plan) as session:
        await connect(session)
        for way, subject in (("http", "order"), ("http", "url"), ("socket", "order")):
            raw = out / f"{way}-{subject}.raw"
            before = _cpu_seconds(session.server.main)
            sampler = _sample(session.server.main, raw, cores.generator, plan.saturation_seconds)
            reading = await saturate(session, f"{way}, {subject}", way=way, subject=subject, seed=1)
            after = _cpu_seconds(session.server.main)
            await asyncio.to_thread(sampler.process.wait)
            print(_told(reading, raw, {name: after[name] - before[name] for name in after}))
    print(f"For speedscope (https://www.speedscope.app, offline too) or flamegraph.pl: {out}/*.raw")


def _sample(program: Program, raw: Path, core: int, seconds: float) -> Program:
    command = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--pid",
        str(program.process.pid),
        "--duration",
        str(max(1, round(seconds))),
        "--rate",
        str(SAMPLES_PER_SECOND),
        "--format",
        "raw",
        # Threads that wait are told from those that work by who holds the interpreter's lock.
        "--gil",
        "--output",
        str(raw),
    ]
    return start("py-spy", command, core, log=raw.with_suffix(".log"))


def _cpu_seconds(program: Program) -> dict[str, float]:
    """Add up the CPU time of the loop's thread and of all others; work without the lock is seen here alone."""
    found = dict.fromkeys(
        (f"{who} {how}" for who in ("loop", "other threads") for how in ("user", "system")), 0.0
    )
    for task in (Path("/proc") / str(program.process.pid) / "task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        who = "loop" if int(task.name) == program.process.pid else "other threads"
        found[f"{who} user"] += int(fields[11]) / TICKS
        found[f"{who} system"] += int(fields[12]) / TICKS
    return found


def _told(reading: Reading, raw: Path, seconds_of: dict[str, float]) -> str:
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    total = 0
    for line in raw.read_text("utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [_tidy(frame) for frame in stack.split(";")]
        total += int(count)
        own[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    each = {name: seconds / max(1, reading.accepted) * 1e6 for name, seconds in seconds_of.items()}
    rate = f"{reading.per_second[-1]:.0f} triggers/s at {reading.under_way} under way"
    lines = [
        f"\n== {reading.load}: {rate}, {total} samples",
        "µs of CPU for each trigger: " + ", ".join(f"{name} {used:.0f}" for name, used in each.items()),
        "a share of the samples is a share of the time that the interpreter's lock was held",
    ]
    for title, counted in (("by itself", own), ("with what it calls", within)):
        lines.append(f"-- {title}")
        lines += [
            f"{count / max(1, total):6.1%}  {name}" for name, count in counted.most_common(LONGEST_LIST)
        ]
    return "\n".join(lines)


def _tidy(frame: str) -> str:
    name = _LINE_NUMBER.sub(")", frame)
    return re.sub(r"\((?:.*/)?site-packages/", "(", name)
