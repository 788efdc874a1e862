"""What a line costs by what carries it: memory of an idle one, and the time from a trigger to its screen.

    .venv/bin/python tests/bench/transports.py [LINES [TRIGGERS]]

A real relay in a process of its own per transport for the memory, and one for all in turns for the times, so that a
busy machine is as unkind to each. The times hold the client, too: from before the trigger is posted until the command
is in the hands of a screen that waits in this process.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers.http_desk import TRANSPORTS
from helpers.raw_line import open_many, raw_get
from helpers.real_desk import free_port
from helpers.relay_process import relay_process
from helpers.relay_running import Office

PATHS = {"stream": "/api/events/subscribe", "polling": "/api/events/poll?timeoutMs=60000&cursor="}
WARM_UP = 50
# Lines of one caller that are polled are limited (relay.live.streams.streams.MOST_OF_ONE): each needs its own.
LINES_OF_A_SCREEN = {"socket": 10**9, "stream": 10**9, "polling": 32}


def resident_kib(process: subprocess.Popen[bytes]) -> float:
    """Read how much memory a process holds, in KiB."""
    return int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1]) * 4


async def open_lines(
    office: Office, name: str, tokens: list[str], count: int
) -> list[tuple[object, Callable[[], None]]]:
    """Open idle lines; returns each with what ends it."""
    if name == "socket":
        return [(line, line.drop) for line in await open_many(office.url, office.token, count)]
    lines: list[tuple[object, Callable[[], None]]] = []
    for number in range(count):
        token = office.token if name == "stream" else tokens[number // LINES_OF_A_SCREEN[name]]
        path = PATHS[name]
        if name == "polling":
            first = await office.as_(token).call("GET", "/api/events/poll?timeoutMs=0")
            path += first.body["cursor"]
        reader, writer = await raw_get(office.url, path, token=token)
        if name == "stream":
            await reader.readuntil(b"event: hello")
        lines.append(((reader, writer), writer.transport.abort))  # asyncio hangs up for what nobody holds
    await asyncio.sleep(1)
    return lines


async def are_up(office: Office, count: int) -> bool:
    """Wait until the relay tells of so many lines; it counts them now and then."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        told = await office.call("GET", "/api/monitoring/dashboard")
        if told.body["totalConnections"] >= count:
            return True
        await asyncio.sleep(0.5)
    return False


async def memory(folder: Path, name: str, count: int) -> float:
    """Return the KiB that an idle line takes."""
    async with relay_process(folder / name, free_port()) as (office, process):
        tokens: list[str] = []
        if name == "polling":
            for number in range((count + WARM_UP) // LINES_OF_A_SCREEN[name] + 2):
                made = await office.call(
                    "POST", "/api/tokens", json={"scopes": ["orders"], "name": f"bench {number}"}
                )
                tokens.append(made.body["token"])
        for _line, end in await open_lines(office, name, tokens[-2:], WARM_UP):
            end()
        await asyncio.sleep(1)
        before = resident_kib(process)
        lines = await open_lines(office, name, tokens, count)
        each = (resident_kib(process) - before) / count
        assert await are_up(office, count), "some lines are down"
        for _line, end in lines:
            end()
        return each


async def times(folder: Path, count: int) -> dict[str, list[float]]:
    """Return the milliseconds from a trigger to its screen, for each transport."""
    found: dict[str, list[float]] = {name: [] for name in TRANSPORTS}
    async with relay_process(folder / "times", free_port()) as (office, _process):
        desks = {}
        for name, transport in TRANSPORTS.items():
            screen = f"SCREEN-{name}"
            desk = desks[name] = transport(office.url, (await office.pair(screen))["token"])
            await desk.connect()
            await desk.hears("hello")
        for _ in range(count):
            for name, desk in desks.items():
                began, had = time.perf_counter(), len(desk.commands)
                await office.trigger(office.body(f"SCREEN-{name}", command="identify"))
                await desk.until(lambda desk=desk, had=had: len(desk.commands) > had, seconds=30)
                found[name].append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.02)
        for desk in desks.values():
            await desk.leave()
    return found


async def main() -> None:
    """Measure, and print a table."""
    lines, triggers = (int(text) for text in [*sys.argv[1:], "1000", "200"][:2])
    with tempfile.TemporaryDirectory(prefix="benchcast-bench-") as place:
        folder = Path(place)
        kib = {name: await memory(folder, name, lines) for name in TRANSPORTS}
        took = await times(folder, triggers)
    print(f"| carried by | KiB a line ({lines} idle) | trigger to screen P50 ms | P95 ms ({triggers} each) |")
    print("|---|---|---|---|")
    for name in TRANSPORTS:
        p50, p95 = statistics.median(took[name]), statistics.quantiles(took[name], n=20)[18]
        print(f"| {name} | {kib[name]:.1f} | {p50:.1f} | {p95:.1f} |")


if __name__ == "__main__":
    asyncio.run(main())
