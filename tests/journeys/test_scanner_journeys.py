"""A real desk with a scanner on a serial port: orders, control barcodes, rules, with the relay and without it."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from helpers.real_desk import colour_pdf, is_colour, real_desk
from helpers.relay_running import Office, running_relay
from helpers.x11 import LEFT, RIGHT, Desk, Monitor, two_monitors

from relay.contract.controls import Control, ControlVerb, write_control

pytestmark = pytest.mark.x11

RULES = """
[[scanner.serial]]
port = "{port}"

[[scanner.rules]]
pattern = 'JOB(?P<order>[A-Z]+)'
order = "WO-{{order}}"
"""


class Line:
    """The scanner's end of a serial line."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)

    def scan(self, text: str) -> None:
        os.write(self._ours, f"{text}\r\n".encode())

    def control(self, verb: ControlVerb, number: int | None = None) -> None:
        self.scan(write_control(Control(verb, number)))

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


async def becomes(x: Desk, monitor: Monitor, colour: str, *, is_it: bool = True) -> None:
    """Wait until the middle of a monitor has this colour, or (`is_it=False`) has it no more."""
    place = (monitor.x + monitor.width // 2, monitor.y + monitor.height // 2)
    async with asyncio.timeout(25):
        while is_colour(await asyncio.to_thread(x.pixel, *place), colour) != is_it:
            await asyncio.sleep(0.05)


async def deliveries(office: Office) -> list[tuple[str, str]]:
    listed = (await office.call("GET", "/api/deliveries")).body["deliveries"]
    return [(each["orderId"], each["state"]) for each in listed]


async def ended(office: Office, count: int) -> None:
    """Wait until so many orders were asked for, and all have ended."""
    async with asyncio.timeout(25):
        while [state for _, state in await deliveries(office)] != ["shown"] * count:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def office_with_papers(data: Path) -> AsyncIterator[Office]:
    async with running_relay(data, url_hosts=("127.0.0.1",)) as office:
        await office.add_order("WO-PAGES", colour_pdf("red", "green"))
        await office.add_order("WO-BLUE", colour_pdf("blue"))
        await office.add_screen()
        yield office


async def test_a_scanner_alone_leads_through_a_shift(line: Line, tmp_path: Path) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    (data / "benchcast.toml").write_text(RULES.format(port=line.port))
    with two_monitors(window_manager=True) as x:
        async with AsyncExitStack() as relay:
            office = await relay.enter_async_context(office_with_papers(tmp_path / "relay"))
            link = (await office.offer())["link"]
            async with real_desk(office, x, data, link=link):
                line.scan("JOBPAGES")  # a rule of the site's
                await becomes(x, RIGHT, "red")
                await ended(office, 1)
                line.control("next")
                await becomes(x, RIGHT, "green")

                line.scan("WO-PAGES")
                line.control("previous")  # the answer to what was scanned before is out when this one is seen
                await becomes(x, RIGHT, "red")
                assert await deliveries(office) == [("WO-PAGES", "shown")], "it is on the screen already"
                line.control("next")
                await becomes(x, RIGHT, "green")
                line.control("again")
                await becomes(x, RIGHT, "red")
                await ended(office, 2)

                line.control("display", 1)
                await becomes(x, LEFT, "red")
                line.scan("WO-BLUE")
                await becomes(x, LEFT, "blue")
                await ended(office, 3)
                line.control("display", 2)
                await becomes(x, RIGHT, "blue")
                line.control("undo")
                await becomes(x, RIGHT, "red")

                await relay.aclose()
                line.control("next")
                await becomes(x, RIGHT, "green")
                line.control("close")
                await becomes(x, RIGHT, "green", is_it=False)
                line.control("undo")
                await becomes(x, RIGHT, "green")
