"""A bench that was switched off or pulled apart shows again what it showed: real app, relay, X and monitors."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.real_desk import ROOT, colour_pdf, is_colour, is_online, real_desk
from helpers.relay_running import Office, running_relay
from helpers.x11 import LEFT, RIGHT, Desk, child, two_monitors, wait_for

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)


@pytest.fixture
async def office(tmp_path: Path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-PAGES", colour_pdf("red", "green"), revision="C")
        await office.add_order("WO-BLUE", colour_pdf("blue"), revision="A")
        await office.add_screen()
        yield office


@pytest.fixture
def x() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as desk:
        yield desk


async def show(office: Office, **fields: object) -> dict:
    answer = await office.trigger(office.body(displayIndex=1, **fields), wait_ms=20_000)
    assert answer.body["state"] == "shown", answer.body
    return answer.body


@contextmanager
def alone(x: Desk, data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The app without any relay: its line leads nowhere."""
    env = x.env | {"BENCHCAST_KEYRING": "file", "BENCHCAST_LANGUAGE": "en"}
    log = data.with_suffix(".log")
    with log.open("ab") as output:
        command = [sys.executable, "-m", "app", "--data", str(data)]
        with child(command, env=env, cwd=ROOT, stdout=output, stderr=output) as process:
            try:
                yield process
            finally:
                # Shown when the test fails.
                print(log.read_text("utf-8"), documents(x), x.run("xrandr"), sep="\n")


async def told(office: Office, is_so: Callable[[list[dict]], bool]) -> list[dict]:
    """Wait for what the relay knows of the windows."""
    async with asyncio.timeout(15):
        while not is_so(windows := (await office.call("GET", "/api/screens/SCREEN-001")).body["windows"]):
            await asyncio.sleep(0.05)
    return windows


def kept(data: Path) -> dict:
    return json.loads((data / "arrangement.json").read_text("utf-8"))


def shows(x: Desk, colour: str) -> bool:
    return is_colour(x.pixel(*MIDDLE), colour)


def documents(x: Desk) -> list[tuple[int, int, int, int]]:
    return [x.geometry(window) for window in x.windows("Benchcast main")]


async def test_a_bench_that_lost_its_power_and_its_relay_shows_the_same_page_again(x, tmp_path):
    data = tmp_path / "desk"
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-PAGES", colour_pdf("red", "green"), revision="C")
        await office.add_screen()
        async with real_desk(office, x, data, link=(await office.offer())["link"]) as process:
            await show(office, orderId="WO-PAGES", page=2)
            wait_for(lambda: "windows" in kept(data), what="the memory")
            process.send_signal(signal.SIGKILL)
            process.wait()
    # Its monitor is away at first: nothing is put anywhere else, and everything is kept.
    x.unplug("RIGHT")
    with alone(x, data):
        log = data.with_suffix(".log")
        waits = "A window waits for its monitor"
        wait_for(lambda: waits in log.read_text("utf-8"), seconds=30, what="the window that waits")
        assert documents(x) == []
        x.plug("RIGHT")
        await asyncio.to_thread(
            wait_for, lambda: shows(x, "green"), seconds=30, what="page 2 without a relay"
        )
        assert documents(x) == [(RIGHT.x, RIGHT.y, RIGHT.width, RIGHT.height)]
    (window,) = kept(data)["windows"]
    assert (window["order_id"], window["page"]) == ("WO-PAGES", 2)
    assert window["as_of_ms"] > 0


async def test_what_the_relay_has_sent_since_wins_and_what_it_closed_stays_closed(office, x, tmp_path):
    data = tmp_path / "desk"
    async with real_desk(office, x, data, link=(await office.offer())["link"]) as process:
        await show(office, orderId="WO-PAGES")
        process.terminate()
        assert await asyncio.to_thread(process.wait, 10) == 0
    await office.trigger(office.body(displayIndex=1, orderId="WO-BLUE"))
    async with real_desk(office, x, data) as process:
        await asyncio.to_thread(wait_for, lambda: shows(x, "blue"), seconds=20, what="the newer order")
        closed = await office.trigger(office.body(command="close"), wait_ms=10_000)
        assert closed.body["state"] == "shown"
        wait_for(lambda: "windows" not in kept(data), what="the memory to be empty")
        process.terminate()
        assert await asyncio.to_thread(process.wait, 10) == 0
    async with real_desk(office, x, data):
        assert documents(x) == []
        assert not shows(x, "blue")


async def test_a_worker_closes_a_document_by_hand_and_the_relay_is_told(office, x, tmp_path):
    data = tmp_path / "desk"
    async with real_desk(office, x, data, link=(await office.offer())["link"]):
        await show(office, orderId="WO-PAGES")
        (window,) = await told(office, lambda windows: len(windows) == 1)
        assert (window["displayId"], window["wishedDisplayId"]) == ("RIGHT", "RIGHT")
        x.run("xdotool", "mousemove", str(MIDDLE[0]), str(MIDDLE[1]), "mousedown", "1")
        await asyncio.to_thread(wait_for, lambda: documents(x) == [], what="the document to be closed")
        x.run("xdotool", "mouseup", "1")
        await told(office, lambda windows: not windows)


async def test_while_its_monitor_is_away_presence_says_where_the_window_belongs(office, x, tmp_path):
    async with real_desk(office, x, tmp_path / "desk", link=(await office.offer())["link"]):
        await show(office, orderId="WO-PAGES")
        x.unplug("RIGHT")
        (window,) = await told(office, lambda windows: [each.get("visible") for each in windows] == [False])
        assert (window.get("displayId"), window["wishedDisplayId"]) == (None, "RIGHT")
        assert not is_colour(x.pixel(LEFT.width // 2, LEFT.height // 2), "red")


async def test_a_damaged_memory_is_set_aside_and_the_bench_works(office, x, tmp_path):
    data = tmp_path / "desk"
    async with real_desk(office, x, data, link=(await office.offer())["link"]) as process:
        await show(office, orderId="WO-PAGES")
        process.send_signal(signal.SIGKILL)
        process.wait()
    (data / "arrangement.json").write_bytes(b'{"windows": [{"window')
    async with real_desk(office, x, data):
        assert await is_online(office)
        assert [file.read_bytes() for file in data.glob("arrangement.damaged-*.json")] == [
            b'{"windows": [{"window'
        ]
        await show(office, orderId="WO-BLUE")
        assert shows(x, "blue")
