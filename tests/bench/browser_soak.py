"""Days of a browser that is a screen, run in minutes: does it hold what it takes, and nothing more?

    nice .venv/bin/python tests/bench/browser_soak.py [--navigations 10000] [--nights 4]

A real relay and a real Chromium. Every navigation is triggered like a scan and waited for until it was painted; between
them pages are turned, zoomed and closed. Ten thousand of them stand for a bench's 24 hours at one every nine seconds.
What is printed is taken after a collection of garbage: the page's own heap, its DOM nodes, the memory of all of the
browser's processes (proportional set size), and what is stored. `--nights` reloads the page so often in between, as it
does itself at night; 0 means that one page has to last for all of it.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers.browser import chromium
from helpers.browser_screen import BLUE, GREEN, RED, SCREEN, TV, Tv, plain_pdf
from helpers.relay_running import Office, running_relay
from playwright.async_api import CDPSession
from playwright.async_api import Error as BrowserError

DOCUMENTS = 24
MIB = 2**20
STORED = "navigator.storage.estimate().then(({ usage }) => usage)"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a screen takes after so many navigations; sizes in MiB."""

    navigations: int
    seconds: float
    heap: float
    nodes: int
    processes: float
    stored: float
    slowest_ms: float

    def __str__(self) -> str:
        """Write one line of the table."""
        return (
            f"{self.navigations:>7} {self.seconds:>8.0f} s  heap {self.heap:6.1f}  nodes {self.nodes:>6}  "
            f"processes {self.processes:7.0f}  stored {self.stored:6.1f} MiB  slowest {self.slowest_ms:6.0f} ms"
        )


async def soak(navigations: int, *, readings: int, nights: int = 0) -> list[Reading]:
    """Run so many navigations; returns so many readings, spread evenly over them."""
    with tempfile.TemporaryDirectory(prefix="benchcast-soak-") as folder:
        async with (
            running_relay(
                Path(folder) / "relay", triggers_per_minute=10**7, triggers_per_minute_of_address=10**7
            ) as office,
            chromium() as browser,
        ):
            await _fill(office)
            context = await browser.new_context(locale="en-GB", **TV)
            tv = await Tv.open(context, office)
            await tv.pair(office)
            # An API token lasts as long as it takes; the screen's own is renewed by the page.
            made = await office.call(
                "POST", "/api/tokens", json={"scopes": [f"trigger:{SCREEN}"], "name": "soak"}
            )
            scanner = office.as_(made.body["token"])
            session = await context.new_cdp_session(tv.page)
            await session.send("Performance.enable")
            pids = await _processes(await browser.new_browser_cdp_session())
            taken: list[Reading] = []
            started, slowest = perf_counter(), 0.0
            for number in range(1, navigations + 1):
                slowest = max(slowest, await _one(scanner, number))
                if nights and number % (navigations // (nights + 1)) == 0:
                    await tv.page.reload()
                if number % (navigations // readings) == 0:
                    seconds = perf_counter() - started
                    taken.append(await _read(session, tv, pids, (number, seconds, slowest)))
                    slowest = 0.0
                    print(taken[-1], flush=True)
            assert [each for each in tv.complaints if "WebSocket" not in each] == []
            return taken


async def _fill(office: Office) -> None:
    await office.add_screen(SCREEN)
    colours = [RED, GREEN, BLUE]
    for number in range(DOCUMENTS):
        if number % 6 == 5:
            svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='900' height='600'><text y='90'>{number}</text></svg>"
            await office.add_order(f"WO-{number}", svg.encode(), filename="plan.svg")
        else:
            pages = [tuple((part + number * 7) % 256 for part in colours[page % 3]) for page in range(3)]
            await office.add_order(f"WO-{number}", plain_pdf(*pages))


async def _one(office: Office, number: int) -> float:
    """Show one order, and now and then do something with it; returns the milliseconds until it was painted."""
    started = perf_counter()
    report = await _shown(office, orderId=f"WO-{number * 7 % DOCUMENTS}")
    took_ms = (perf_counter() - started) * 1000
    if number % 5 == 0 and report["page"] is not None:
        await _shown(office, command="view", step="next")
    if number % 11 == 0:
        await _shown(office, command="view", zoom=2.5)
    if number % 97 == 0:
        await _shown(office, command="close")
    return took_ms


async def _shown(office: Office, **fields: object) -> dict:
    answer = await office.trigger(screenId=SCREEN, wait_ms=60_000, **fields)
    assert answer.body.get("state") == "shown", answer.body
    return answer.body


async def _processes(session: CDPSession) -> list[int]:
    """Name the browser's processes; a page that is reloaded keeps its own."""
    told = await session.send("SystemInfo.getProcessInfo")
    return [each["id"] for each in told["processInfo"]]


async def _read(
    session: CDPSession, tv: Tv, pids: list[int], told_so_far: tuple[int, float, float]
) -> Reading:
    number, seconds, slowest = told_so_far
    await session.send("HeapProfiler.collectGarbage")
    told = await session.send("Performance.getMetrics")
    metrics = {each["name"]: each["value"] for each in told["metrics"]}
    try:
        stored = await tv.page.evaluate(STORED) or 0
    except BrowserError:
        stored = 0  # it is just reloading
    return Reading(
        navigations=number,
        seconds=seconds,
        heap=metrics["JSHeapUsedSize"] / MIB,
        nodes=int(metrics["Nodes"]),
        processes=sum(map(_proportional_mib, pids)),
        stored=stored / MIB,
        slowest_ms=slowest,
    )


def _proportional_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--navigations", type=int, default=10_000)
    parser.add_argument("--nights", type=int, default=0)
    parser.add_argument("--readings", type=int, default=20)
    arguments = parser.parse_args()
    taken = asyncio.run(soak(arguments.navigations, readings=arguments.readings, nights=arguments.nights))
    first, last = taken[len(taken) // 4], taken[-1]
    print(
        f"From {first.navigations} to {last.navigations} navigations: heap {last.heap - first.heap:+.1f} MiB, "
        f"nodes {last.nodes - first.nodes:+d}, processes {last.processes - first.processes:+.0f} MiB"
    )


if __name__ == "__main__":
    main()
