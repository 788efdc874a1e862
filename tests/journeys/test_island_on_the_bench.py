"""The relay is killed, and the bench goes on by itself; both ends real, judged by what is on the second monitor."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from helpers.keyboard import Keyboard
from helpers.real_desk import colour_pdf, free_port, is_colour, real_desk
from helpers.relay_process import relay_process
from helpers.relay_running import Office
from helpers.x11 import RIGHT, Desk, two_monitors, wait_for

pytestmark = pytest.mark.x11

CENTRE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)
BENCH_TITLE = "Benchcast"


async def due_today(office: Office, order_id: str, colour: str, **fields: str) -> None:
    await office.add_order(order_id, colour_pdf(colour), **fields)
    today = dt.datetime.fromtimestamp(office.clock.now_ms() / 1000, dt.UTC).date().isoformat()
    await office.call("PUT", f"/api/orders/{order_id}", json={"title": "Sample", "dueDate": today})


def kept(data: Path) -> int:
    """Count the documents that the bench has fetched wholly."""
    folder = data / "library"
    return len([file for file in folder.iterdir() if len(file.name) == 64]) if folder.exists() else 0


async def scan(x: Desk, order_id: str) -> None:
    x.run("xdotool", "windowfocus", "--sync", x.windows(BENCH_TITLE)[0])
    keyboard = Keyboard(x)
    await asyncio.to_thread(keyboard.scan, order_id, again=keyboard.clear_field)


async def sees(x: Desk, colour: str) -> None:
    await asyncio.to_thread(
        wait_for, lambda: is_colour(x.pixel(*CENTRE), colour), seconds=25, what=f"{colour} on the monitor"
    )


async def told(office: Office, count: int) -> list[dict]:
    async with asyncio.timeout(25):
        while (
            len(scans := (await office.call("GET", "/api/screens/SCREEN-001/island")).body["scans"]) < count
        ):
            await asyncio.sleep(0.05)
    return scans


async def test_a_bench_whose_relay_dies_goes_on_by_itself_and_leaves_nothing_untold(tmp_path: Path):
    data, port = tmp_path / "relay", free_port()
    with two_monitors(window_manager=True) as x:
        async with relay_process(data, port) as (office, relay):
            await due_today(office, "WO-1", "red", revision="A")
            await due_today(office, "WO-2", "blue", revision="C")
            await office.add_screen()
            link = (await office.offer())["link"]
            async with real_desk(office, x, tmp_path / "desk", link=link) as desk:
                await asyncio.to_thread(wait_for, lambda: kept(tmp_path / "desk") == 2, seconds=30)
                relay.kill()
                await asyncio.to_thread(relay.wait)
                # Nobody has ever scanned this here.
                await scan(x, "WO-1")
                await sees(x, "red")
                # Somebody files the next revision before the bench has found back.
                async with relay_process(data, free_port()) as (elsewhere, _other):
                    await elsewhere.add_order("WO-1", colour_pdf("green"), revision="B")
                async with relay_process(data, port) as (again, relay_again):
                    await sees(x, "green")
                    (record,) = await told(again, 1)
                    assert (record["state"], record["revision"]) == ("shown", "A")
                    await shown_at_last(again, ["B", "A"])
                    relay_again.kill()
                    await asyncio.to_thread(relay_again.wait)
                await scan(x, "WO-2")
                await sees(x, "blue")
                desk.kill()
                desk.wait()
        async with relay_process(data, port) as (office, _relay), real_desk(office, x, tmp_path / "desk"):
            newest, *_older = await told(office, 2)
            assert (newest["orderId"], newest["revision"]) == ("WO-2", "C")
            await shown_at_last(office, ["C", "B", "A"])
            history = (await office.delivery(newest["id"]))["history"]
            assert any("island" in stage.get("detail", "") for stage in history)


async def shown_at_last(office: Office, revisions: list[str]) -> None:
    """Wait until these, the newest first, are all that was ever delivered, and all were shown."""
    async with asyncio.timeout(25):
        while True:
            listed = (await office.call("GET", "/api/deliveries")).body["deliveries"]
            if [each["state"] for each in listed] == ["shown"] * len(revisions):
                break
            await asyncio.sleep(0.05)
    assert [each["revision"] for each in listed] == revisions
