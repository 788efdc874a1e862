"""How fast the app starts, how much memory it takes and what it does when nothing happens: the real app, from outside.

The app writes down itself when its first frame was painted and when its line to the relay is up; both times are
counted from the moment before the process was started. Three programs take turns, so that a busy machine is as unkind
to each: the app as its sources start it, the bundle that users start, and an empty window of PySide6, which nothing
made with it can undercut. Memory is the kernel's PSS of the app and of every process that it started (the watchdog, and
whatever draws documents), CPU time that of all of them. There is a relay and a virtual display, and nothing is shown:
Qt WebEngine is not loaded.
"""

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.instructions import count_instructions
from bench.plan import Plan
from bench.readings import Starts
from helpers.relay_running import running_relay
from helpers.x11 import child, two_monitors, wait_for

ROOT = Path(__file__).resolve().parents[2]
PAINTED, READY = "The bench window is painted", "The line to the relay is up"
TICKS = os.sysconf("SC_CLK_TCK")
HERE = ROOT / "tests" / "bench"
# What only the tools of this checkout bring, and libraries would import if it is there.
NOT_INSTALLED = ("rich", "requests", "greenlet")


@dataclass(frozen=True)
class Program:
    """How the app is started, and its data directory."""

    command: tuple[str, ...]
    data: Path
    found: Starts


async def cold_starts(plan: Plan, folder: Path) -> list[Starts]:
    """Pair a bench for each program, start them in turns, and let the last start of each rest."""
    place = folder / "start"
    place.mkdir(parents=True, exist_ok=True)
    programs = [Program((sys.executable, "-m", "app"), place / "desk", Starts("the app"))]
    if plan.with_bundle:
        bundle = await asyncio.to_thread(_build, place)
        programs.append(Program((str(bundle),), place / "desk-of-bundle", Starts("its bundle")))
    floor = Starts("an empty window")
    async with running_relay(place / "relay") as office:
        with two_monitors(window_manager=True) as x:
            env = _environment(x.env, place)
            for number, program in enumerate(programs):
                program.found.idle_seconds = plan.app_idle_seconds
                screen = f"BENCH-START-{number}"
                await office.add_screen(screen)
                link = (await office.offer(screen))["link"]
                # The first start pairs, and the second finds everything compiled.
                for arguments in (("--pair", link), ()):
                    unread = Program(program.command, program.data, Starts(""))
                    await asyncio.to_thread(_start, env, unread, arguments, rests=False)
            for turn in range(plan.starts):
                floor.painted_ms.append(await asyncio.to_thread(_empty_window, env))
                for program in programs:
                    await asyncio.to_thread(_start, env, program, (), rests=turn == plan.starts - 1)
            await asyncio.to_thread(_count, env, programs[0], floor)
    return [floor, *(program.found for program in programs)]


def _environment(env: dict[str, str], folder: Path) -> dict[str, str]:
    # As installed: compiled modules, and without what only the tools of this checkout bring.
    without = folder / "without"
    without.mkdir(exist_ok=True)
    for name in NOT_INSTALLED:
        (without / f"{name}.py").write_text('raise ImportError("an installed app has none")\n', "utf-8")
    kept = {key: value for key, value in env.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONPATH": f"{without}:{ROOT}",
        "BENCHCAST_KEYRING": "file",
        "BENCHCAST_WATCHDOG_SECONDS": "20",
        "BENCHCAST_LANGUAGE": "ko",
    }


def _build(folder: Path) -> Path:
    command = [sys.executable, "packaging/app", "--no-deb", "--out", str(folder / "built")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / "built" / "benchcast" / "benchcast"


def _start(env: dict[str, str], program: Program, arguments: Sequence[str], *, rests: bool) -> None:
    found, log = program.found, program.data / "logs" / "benchcast.log"
    with suppress(OSError):
        log.unlink()
    env = env | {"BENCHCAST_DATA": str(program.data)}
    began = time.time_ns() / 1e9
    with _running([*program.command, *arguments], env, program.data.parent) as pid:
        ready = wait_for(lambda: _record(log, READY), seconds=60, what="the line to the relay")
        painted = _record(log, PAINTED)
        assert painted is not None, "it is painted before it is ready"
        found.painted_ms.append(painted["at_ms"] - began * 1000)
        moment = dt.datetime.fromisoformat(ready["timestamp"]).timestamp()
        found.ready_ms.append((moment - began) * 1000)
        if not rests:
            return
        time.sleep(5)  # what starts after being ready has started
        family = _family(pid)
        found.pss_mib = sum(_memory(each, "Pss") for each in family)
        found.own_pss_mib = _memory(pid, "Pss")
        found.rss_mib = _memory(pid, "Rss")
        before = sum(_cpu_seconds(each) for each in family)
        time.sleep(found.idle_seconds)
        found.idle_cpu_seconds = sum(_cpu_seconds(each) for each in _family(pid)) - before


def _empty_window(env: dict[str, str]) -> float:
    began = time.time_ns()
    done = subprocess.run(
        [sys.executable, HERE / "empty_window.py"], env=env, cwd=ROOT, capture_output=True, check=True
    )
    return (int(done.stdout) - began) / 1e6


def _count(env: dict[str, str], program: Program, floor: Starts) -> None:
    """Count instructions where somebody can; the program of the sources alone can be ended at its first paint."""
    floor.instructions = count_instructions((sys.executable, str(HERE / "empty_window.py")), env, ROOT)
    env = env | {"BENCHCAST_DATA": str(program.data)}
    program.found.instructions = count_instructions((sys.executable, str(HERE / "first_paint.py")), env, ROOT)


@contextmanager
def _running(command: Sequence[str], env: dict[str, str], folder: Path) -> Iterator[int]:
    with (
        (folder / "said").open("ab") as said,
        child(command, env=env, cwd=ROOT, stdout=said, stderr=said) as process,
    ):
        yield process.pid


def _record(log: Path, event: str) -> dict | None:
    with suppress(OSError, ValueError):
        for line in log.read_text("utf-8").splitlines():
            record = json.loads(line)
            if record["event"] == event:
                return record
    return None


def _family(pid: int) -> list[int]:
    """List the process and everything that it started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
    family = [pid]
    for each in family:  # it grows while it is walked
        family += [child for child, parent in parents.items() if parent == each]
    return family


def _memory(pid: int, kind: str) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _cpu_seconds(pid: int) -> float:
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0
