"""How fast the app starts, how much memory it takes and what it does when nothing happens: the real app, from outside.

The app writes down itself when its first frame is painted and when its line to the relay is up; both times are the
log's own stamps, counted from the moment before the process was started. Memory is the kernel's PSS of the app and of
every process that it started (the watchdog, and whatever draws documents), CPU time that of all of them. There is a
relay and a virtual display, and nothing is shown: Qt WebEngine is not loaded.
"""

import asyncio
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.plan import Plan
from bench.readings import Starts
from helpers.relay_running import running_relay
from helpers.x11 import child, two_monitors, wait_for

ROOT = Path(__file__).resolve().parents[2]
PAINTED, READY = "The bench window is painted", "The line to the relay is up"
TICKS = os.sysconf("SC_CLK_TCK")


async def cold_starts(plan: Plan, folder: Path) -> Starts:
    """Pair a bench, start it again and again, and let the last one rest."""
    found = Starts(idle_seconds=plan.app_idle_seconds)
    (folder / "start").mkdir(parents=True, exist_ok=True)
    async with running_relay(folder / "start" / "relay") as office:
        await office.add_screen()
        with two_monitors(window_manager=True) as x:
            env = _environment(x.env, folder / "start")
            link = (await office.offer())["link"]
            for number in range(plan.starts + 2):
                # The first start pairs, and the second finds everything compiled.
                arguments = ("--pair", link) if number == 0 else ()
                is_last = number == plan.starts + 1
                await asyncio.to_thread(
                    _one,
                    env,
                    folder / "start" / "desk",
                    arguments,
                    found if number > 1 else Starts(),
                    is_last,
                )
    return found


def _environment(env: dict[str, str], folder: Path) -> dict[str, str]:
    # As installed: compiled modules, and without what only the tools of this checkout bring (structlog would take a
    # tenth of a second for `rich`).
    without = folder / "without"
    without.mkdir(exist_ok=True)
    (without / "rich.py").write_text('raise ImportError("an installed app has none")\n', "utf-8")
    kept = {key: value for key, value in env.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONPATH": str(without),
        "BENCHCAST_KEYRING": "file",
        "BENCHCAST_WATCHDOG_SECONDS": "20",
        "BENCHCAST_LANGUAGE": "ko",
    }


def _one(env: dict[str, str], data: Path, arguments: tuple[str, ...], found: Starts, is_last: bool) -> None:
    log = data / "logs" / "benchcast.log"
    with suppress(OSError):
        log.unlink()
    began = time.time_ns() / 1e9
    with _app(env, data, arguments) as pid:
        painted = wait_for(lambda: _stamp(log, PAINTED), seconds=60, what="the first paint")
        ready = wait_for(lambda: _stamp(log, READY), seconds=60, what="the line to the relay")
        found.painted_ms.append((painted - began) * 1000)
        found.ready_ms.append((ready - began) * 1000)
        if not is_last:
            return
        time.sleep(5)  # what starts after being ready has started
        family = _family(pid)
        found.pss_mib = sum(_memory(each, "Pss") for each in family)
        found.own_pss_mib = _memory(pid, "Pss")
        found.rss_mib = _memory(pid, "Rss")
        before = sum(_cpu_seconds(each) for each in family)
        time.sleep(found.idle_seconds)
        found.idle_cpu_seconds = sum(_cpu_seconds(each) for each in _family(pid)) - before


@contextmanager
def _app(env: dict[str, str], data: Path, arguments: tuple[str, ...]) -> Iterator[int]:
    with (
        (data.parent / "said").open("ab") as said,
        child(
            [sys.executable, "-m", "app", "--data", str(data), *arguments],
            env=env,
            cwd=ROOT,
            stdout=said,
            stderr=said,
        ) as process,
    ):
        yield process.pid


def _stamp(log: Path, event: str) -> float | None:
    with suppress(OSError, ValueError):
        for line in log.read_text("utf-8").splitlines():
            record = json.loads(line)
            if record["event"] == event:
                return dt.datetime.fromisoformat(record["timestamp"]).timestamp()
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
