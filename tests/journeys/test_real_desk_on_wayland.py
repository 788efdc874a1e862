"""The real app on a Wayland desktop: full screen on the chosen output, its keyboard left alone, its limits answered."""

import asyncio
from pathlib import Path

from helpers.pages import web_server
from helpers.real_desk import colour_pdf, is_colour, real_desk
from helpers.relay_running import Office, running_relay
from helpers.wayland import WaylandDesk, wayland_desk
from helpers.x11 import wait_for

FULL = (1, 1280, 0, 1920, 1080)


def lies(desk: WaylandDesk) -> tuple[int, ...] | None:
    """Whether the document's window is full screen by the compositor's word, and where it lies."""
    for each in desk.windows():
        if each["name"] == "Benchcast main":
            return each["fullscreen_mode"], *(each["rect"][key] for key in ("x", "y", "width", "height"))
    return None


def shows(desk: WaylandDesk, output: str, colour: str) -> bool:
    picture = desk.screenshot(output)
    seen = picture.getpixel((picture.width // 2, picture.height // 2))
    assert is_colour(seen, colour), seen
    return True


async def told(office: Office, **fields: object) -> dict:
    return (await office.trigger(office.body(**fields), wait_ms=30_000)).body


async def test_a_document_fills_the_chosen_output_and_leaves_the_keyboard_alone(tmp_path: Path):
    with wayland_desk() as desk:
        async with running_relay(tmp_path / "relay") as office:
            await office.add_order("WO-PAGES", colour_pdf("red", "green"), revision="C")
            await office.add_screen()
            link = (await office.offer())["link"]
            async with real_desk(office, desk, tmp_path / "desk", link=link):  # type: ignore[arg-type]
                wait_for(lambda: desk.focused() == "Benchcast bench", what="the bench's own window")
                shown = await told(office, orderId="WO-PAGES", displayIndex=1)
                assert (shown["state"], shown["display"]["displayId"]) == ("shown", "HEADLESS-2")
                # Both are the compositor's word and picture, at the moment of the answer.
                assert lies(desk) == FULL
                assert shows(desk, "HEADLESS-2", "red")
                assert (await told(office, command="view", page=2))["page"] == 2
                assert shows(desk, "HEADLESS-2", "green")
                # A half of a monitor cannot be had: it is said, and nothing moves.
                half = await told(office, command="move", displayIndex=1, place="left")
                assert (half["state"], half["code"]) == ("failed", "UNSUPPORTED")
                assert "Wayland" in half["detail"]
                half = await told(office, orderId="WO-PAGES", displayIndex=1, place="left")
                assert half["code"] == "UNSUPPORTED"
                assert lies(desk) == FULL
                assert desk.focused() == "Benchcast bench"
                moved = await told(office, command="move", displayIndex=0)
                assert moved["display"]["displayId"] == "HEADLESS-1"
                assert lies(desk) == (1, 0, 0, 1280, 800)
                assert shows(desk, "HEADLESS-1", "green")
                assert (await told(office, command="close"))["state"] == "shown"
                wait_for(lambda: lies(desk) is None, what="its end")
                # An output that comes while it runs (sway's headless ones cannot be taken away).
                missing = await told(office, orderId="WO-PAGES", displayIndex=2)
                assert missing["code"] == "DISPLAY_NOT_AVAILABLE"
                desk.ask("create_output")
                async with asyncio.timeout(20):
                    while len((await office.call("GET", "/api/screens/SCREEN-001")).body["displays"]) < 3:
                        await asyncio.sleep(0.1)
                shown = await told(office, orderId="WO-PAGES", displayIndex=2)
                assert shown["display"]["displayId"] == "HEADLESS-3"
                assert shows(desk, "HEADLESS-3", "red")


async def test_a_web_page_goes_from_output_to_output_and_is_seen_there_when_it_is_said(tmp_path: Path):
    with web_server() as pages, wayland_desk() as desk:
        green = pages.put("/", "<!doctype html><body style='background:rgb(20, 160, 60)'>")
        async with running_relay(tmp_path / "relay", url_hosts=("127.0.0.1",)) as office:
            await office.add_screen()
            link = (await office.offer())["link"]
            async with real_desk(office, desk, tmp_path / "desk", link=link):  # type: ignore[arg-type]
                assert (await told(office, url=green, displayIndex=1))["state"] == "shown"
                assert shows(desk, "HEADLESS-2", "green")
                for index, where in ((0, (1, 0, 0, 1280, 800)), (1, FULL)):
                    assert (await told(office, command="move", displayIndex=index))["state"] == "shown"
                    assert lies(desk) == where
                    assert shows(desk, f"HEADLESS-{index + 1}", "green")
