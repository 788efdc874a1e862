"""Every verb with both ends real, judged by the pixels of the monitors, and by whose keyboard it is."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from helpers.real_desk import colour_pdf, is_colour, real_desk
from helpers.relay_running import Office, running_relay
from helpers.x11 import LEFT, RIGHT, two_monitors, wait_for, workers_program
from PIL import Image

pytestmark = pytest.mark.x11

CENTRE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)
LEFT_HALF = (RIGHT.x + RIGHT.width // 4, RIGHT.y + RIGHT.height // 2)
RIGHT_HALF = (RIGHT.x + 3 * RIGHT.width // 4, RIGHT.y + RIGHT.height // 2)
TOP = (RIGHT.x + 8, RIGHT.y + 8)
BLACK, ALARM = (0, 0, 0), (0xB3, 0x15, 0x0F)


@pytest.fixture
async def office(tmp_path: Path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-RED", colour_pdf("red"), revision="C")
        await office.add_order("WO-BLUE", colour_pdf("blue"), revision="A")
        await office.add_order("WO-PAGES", colour_pdf("red", "green", "yellow"))
        await office.add_screen()
        yield office


async def do(office: Office, **fields: object) -> dict:
    answer = await office.trigger(office.body(**fields), wait_ms=15_000)
    assert answer.status == 200, answer.body
    return answer.body


async def shown(office: Office, **fields: object) -> dict:
    report = await do(office, **fields)
    assert report["state"] == "shown", report
    return report


async def windows(office: Office) -> dict[str, dict]:
    screen = (await office.call("GET", "/api/screens/SCREEN-001")).body
    return {window["windowId"]: window for window in screen["windows"]}


async def presence(office: Office, name: str, **expected: object) -> None:
    """Wait until the relay has heard that the window is so."""
    async with asyncio.timeout(10):
        while True:
            window = (await windows(office)).get(name, {})
            if all(window.get(key) == value for key, value in expected.items()):
                return
            await asyncio.sleep(0.05)


async def test_two_windows_share_a_monitor_and_no_verb_takes_the_keyboard(office: Office, tmp_path: Path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            x.run("xdotool", "windowminimize", "--sync", x.windows("Benchcast")[0])
            with workers_program(x) as worker:
                focus = x.active_window()

                await shown(office, orderId="WO-PAGES", displayIndex=1)
                report = await shown(office, command="view", step="next")
                assert (report["page"], is_colour(x.pixel(*CENTRE), "green")) == (2, True)
                report = await shown(office, command="view", step="last")
                assert (report["page"], is_colour(x.pixel(*CENTRE), "yellow")) == (3, True)
                # Beyond the last page there is nothing: it stays.
                assert (await shown(office, command="view", step="next"))["page"] == 3
                for wish in ({"zoomStep": "in"}, {"rotateBy": 90}, {"scroll": {"dy": 0.5}}, {"reload": True}):
                    await shown(office, command="view", **wish)
                    assert is_colour(x.pixel(*CENTRE), "yellow"), wish
                await shown(office, command="view", fit="page", rotate=0, page=1)

                # Black, and back with what was there.
                await shown(office, command="blank")
                assert x.pixel(*CENTRE) == BLACK
                await presence(office, "main", blank=True, visible=False, orderId="WO-PAGES")
                await shown(office, command="blank", on=False)
                assert is_colour(x.pixel(*CENTRE), "red")
                await shown(office, command="blank")
                await shown(office, orderId="WO-BLUE")
                assert is_colour(x.pixel(*CENTRE), "blue")

                # Two windows side by side, and one over the other, which is said.
                await shown(office, command="move", place="left")
                report = await shown(office, orderId="WO-RED", windowId="plan", displayIndex=1, place="right")
                assert "covers" not in report
                assert is_colour(x.pixel(*LEFT_HALF), "blue")
                assert is_colour(x.pixel(*RIGHT_HALF), "red")
                report = await shown(office, command="move", windowId="plan", place="full")
                assert report["covers"] == ["main"]
                assert is_colour(x.pixel(*LEFT_HALF), "red")
                await presence(office, "main", visible=False, coveredBy=["plan"])
                await shown(office, command="close", windowId="plan")
                assert is_colour(x.pixel(*LEFT_HALF), "blue")
                await shown(office, command="move", place="full")

                # A message over it, and the next document below the message.
                await shown(office, command="notify", message="멈추세요", level="alarm", seconds=600)
                assert x.pixel(*TOP) == ALARM
                for number in range(50):
                    order, colour = (("WO-RED", "red"), ("WO-BLUE", "blue"))[number % 2]
                    await shown(office, orderId=order)
                    if number in {1, 30}:
                        await shown(office, command="identify")
                    if number % 10 == 0:
                        await shown(office, command="notify", message=f"Nr. {number}", seconds=600)
                    assert x.focus() == worker.window, number
                wait_for(lambda: is_colour(x.pixel(*CENTRE), colour), what="the plates to go")
                assert x.pixel(*TOP) == ALARM
                assert worker.type("still here") == "still here"
                # A touch takes the message away, and takes no focus either.
                x.run("xdotool", "mousemove", str(TOP[0] + 900), str(TOP[1] + 20), "click", "1")
                wait_for(lambda: x.pixel(*TOP) != ALARM, what="the message to go")
                assert x.active_window() == focus


async def picture_at(office: Office, report: dict) -> Image.Image:
    told = report["screenshot"]
    answer = await office.call("GET", told["url"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, told["mediaType"])
    picture = Image.open(BytesIO(answer.body["bytes"])).convert("RGB")
    assert (picture.size, len(answer.body["bytes"])) == ((told["width"], told["height"]), told["size"])
    return picture


async def test_a_picture_is_of_the_own_window_alone_unless_more_is_allowed_and_the_worker_sees_it(
    office: Office, tmp_path: Path
):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link, WHOLE_MONITOR_SCREENSHOTS="on"):
            assert (await do(office, command="screenshot"))["code"] == "DOCUMENT_NOT_FOUND"
            await shown(office, orderId="WO-RED", displayIndex=1)
            report = await shown(office, command="screenshot")
            own = await picture_at(office, report)
            assert own.size == (RIGHT.width, RIGHT.height)
            assert is_colour(own.getpixel((400, 500)), "red")
            sign = x.pixel(*TOP)
            assert not is_colour(sign, "red")
            # The sign that tells the worker is not in the picture, nor in the next one of the same window.
            own = await picture_at(office, await shown(office, command="screenshot"))
            assert own.getpixel((8, 8)) != sign
            whole = await picture_at(office, await shown(office, command="screenshot", wholeMonitor=True))
            assert whole.size == (RIGHT.width, RIGHT.height)
            assert whole.getpixel((8, 8)) == sign
            # Whoever may not see the screen's deliveries sees no picture either; nobody else may bring one.
            stranger = office.as_((await office.pair("SCREEN-002"))["token"])
            assert (await stranger.call("GET", report["screenshot"]["url"])).status == 404
            refused = await stranger.call("PUT", report["screenshot"]["url"], data=b"x")
            assert refused.body["code"] == "DELIVERY_NOT_FOUND"


async def test_there_is_an_end_to_the_windows_of_a_desk_and_every_monitor_says_its_number(
    office: Office, tmp_path: Path
):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=False) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            reports = [
                await do(office, orderId="WO-RED", windowId=f"w{number}", displayIndex=1)
                for number in range(9)
            ]
            assert [report["state"] for report in reports] == ["shown"] * 8 + ["failed"]
            assert reports[-1]["code"] == "TOO_MANY_WINDOWS"
            words = "This bench cannot open another window. At most 8 windows can be open."
            assert reports[-1]["detail"] == words
            assert reports[7]["covers"] == [f"w{number}" for number in range(7)]
            await shown(office, command="close", windowId="w0")
            # Without a window manager, too, a message stays on top of what comes after it.
            await shown(office, command="notify", message="x", level="alarm", seconds=600)
            await shown(office, orderId="WO-BLUE", windowId="w9", displayIndex=1)
            assert is_colour(x.pixel(*CENTRE), "blue")
            wait_for(lambda: x.pixel(*TOP) == ALARM, what="the message on top")
            await shown(office, command="identify")
            picture = x.screenshot()
            for monitor in (LEFT, RIGHT):
                plate = picture.crop(monitor.box)
                # Below the message, which stays on top of plates, too.
                assert plate.getpixel((4, monitor.height - 5)) == (0x14, 0x17, 0x1B), monitor.name
                assert (255, 255, 255) in {pixel for _, pixel in plate.getcolors(100_000) or ()}, monitor.name
