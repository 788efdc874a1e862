"""The main job with both ends real: relay, desktop app, X server; judged by what is on the second monitor."""

import asyncio
import signal
from pathlib import Path

import pytest
from aiohttp import web
from helpers.keyboard import Keyboard
from helpers.real_desk import colour_pdf, colour_png, free_port, is_colour, is_online, real_desk
from helpers.relay_running import Office, running_relay
from helpers.x11 import LEFT, RIGHT, two_monitors, wait_for, workers_program

pytestmark = pytest.mark.x11

CENTRE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)
BENCH_TITLE = "Benchcast"


@pytest.fixture
async def office(tmp_path: Path):
    async with running_relay(tmp_path / "relay", url_hosts=("127.0.0.1",)) as office:
        for order, colour in (("WO-RED", "red"), ("WO-GREEN", "green"), ("WO-BLUE", "blue")):
            await office.add_order(order, colour_pdf(colour), revision="C")
        await office.add_screen()
        yield office


async def show(office: Office, **fields: object) -> dict:
    answer = await office.trigger(office.body(displayIndex=1, **fields), wait_ms=15_000)
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_paired_desk_shows_a_scan_on_exactly_the_second_monitor_and_takes_nothing_else(
    office, tmp_path
):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            # The bench's own window tells of the scan; put away, nothing at all of the first monitor may change.
            x.run("xdotool", "windowminimize", "--sync", x.windows(BENCH_TITLE)[0])
            with workers_program(x) as worker:
                wait_for(
                    lambda: x.shot_of(LEFT).tobytes() == x.shot_of(LEFT).tobytes(), what="a still picture"
                )
                before, focus = x.shot_of(LEFT), x.active_window()
                report = await show(office, orderId="WO-RED")
                after = x.shot_of(LEFT)
                assert (report["state"], report["revision"]) == ("shown", "C")
                assert report["display"]["index"] == 1
                assert before.tobytes() == after.tobytes()
                assert x.active_window() == focus
                assert worker.type("still here") == "still here"
            boxes = [x.geometry(window) for window in x.windows(BENCH_TITLE)]
            assert (RIGHT.x, RIGHT.y, RIGHT.width, RIGHT.height) in boxes
            picture = x.shot_of(RIGHT)
            assert all(is_colour(picture.getpixel((px, 300)), "red") for px in range(100, 1820, 20))


async def test_pdf_pages_images_and_web_pages_look_right(office, tmp_path):
    await office.add_order("WO-PAGES", colour_pdf("red", "green", "yellow"))
    await office.add_order("WO-PNG", colour_png("blue"), filename="picture.png")
    green = b'<rect width="16" height="9" fill="#14a03c"/>'
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9">' + green + b"</svg>"
    await office.add_order("WO-SVG", svg, filename="drawing.svg")

    async def page(_request: web.Request) -> web.Response:
        return web.Response(
            text="<body style='margin:0;background:rgb(230,200,20)'>", content_type="text/html"
        )

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    link = (await office.offer())["link"]
    try:
        with two_monitors(window_manager=True) as x:
            async with real_desk(office, x, tmp_path / "desk", link=link):
                for fields, colour in (
                    ({"orderId": "WO-PAGES"}, "red"),
                    ({"orderId": "WO-PAGES", "page": 2}, "green"),
                    ({"orderId": "WO-PAGES", "page": 3, "fit": "width"}, "yellow"),
                    ({"orderId": "WO-PNG"}, "blue"),
                    ({"orderId": "WO-SVG"}, "green"),
                    ({"orderId": "WO-RED", "zoom": 2.0}, "red"),
                    ({"url": f"http://127.0.0.1:{port}/"}, "yellow"),
                    ({"orderId": "WO-BLUE"}, "blue"),
                ):
                    report = await show(office, **fields)
                    assert report["state"] == "shown", (fields, report)
                    assert is_colour(x.pixel(*CENTRE), colour), (fields, x.pixel(*CENTRE))
                turned = await office.trigger(office.body(command="view", page=1, fit="page"), wait_ms=10_000)
                assert turned.body["state"] == "shown"
                await office.trigger(office.body(command="close"), wait_ms=10_000)
                wait_for(lambda: not is_colour(x.pixel(*CENTRE), "blue"), what="the window to close")
    finally:
        await runner.cleanup()


async def test_a_monitor_can_be_wished_by_who_it_is_and_that_wins_over_its_number(office, tmp_path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            displays = (await office.call("GET", "/api/screens/SCREEN-001")).body["displays"]
            assert [(each["index"], each["primary"]) for each in displays] == [(0, True), (1, False)]
            assert [(each["width"], each["height"]) for each in displays] == [(1280, 1024), (1920, 1080)]
            right = displays[1]["displayId"]
            body = office.body(orderId="WO-BLUE", displayIndex=0, displayId=right)
            answer = await office.trigger(body, wait_ms=15_000)
            assert answer.body["display"]["displayId"] == right
            assert is_colour(x.pixel(*CENTRE), "blue")
            unknown = office.body(orderId="WO-RED", displayIndex=1, displayId="nobody")
            answer = await office.trigger(unknown, wait_ms=15_000)
            assert (answer.body["state"], answer.body["code"]) == ("failed", "DISPLAY_NOT_AVAILABLE")
            assert is_colour(x.pixel(*CENTRE), "blue")


async def test_a_missing_second_monitor_is_told_by_name_and_the_first_is_left_alone(office, tmp_path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        x.unplug("RIGHT")
        async with real_desk(office, x, tmp_path / "desk", link=link):
            report = await show(office, orderId="WO-RED")
            assert (report["state"], report["code"]) == ("failed", "DISPLAY_NOT_AVAILABLE")
            assert not any(is_colour(x.pixel(px, 40), "red") for px in range(0, LEFT.width, 40))
            x.plug("RIGHT")
            await _sees_monitors(office, 2)
            assert (await show(office, orderId="WO-RED"))["state"] == "shown"
            assert is_colour(x.pixel(*CENTRE), "red")


async def _sees_monitors(office: Office, count: int) -> None:
    async with asyncio.timeout(10):
        while len((await office.call("GET", "/api/screens/SCREEN-001")).body["displays"]) != count:
            await asyncio.sleep(0.05)


async def test_a_desk_that_was_away_shows_the_newest_and_stays_paired(office, tmp_path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link) as process:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 5) == 0
        bodies = [office.body(orderId=order, displayIndex=1) for order in ("WO-RED", "WO-GREEN", "WO-BLUE")]
        for body in bodies:
            assert (await office.trigger(body)).status == 202
        async with real_desk(office, x, tmp_path / "desk"):
            newest = await office.trigger(bodies[2], wait_ms=15_000)
            assert newest.body["state"] == "shown"
            assert is_colour(x.pixel(*CENTRE), "blue")
        for older, newer in ((0, 1), (1, 2)):
            report = await office.delivery(bodies[older]["id"])
            assert (report["state"], report["supersededBy"]) == ("superseded", bodies[newer]["id"])


async def test_a_killed_desk_and_a_restarted_relay_find_each_other_again(tmp_path):
    port = free_port()
    with two_monitors(window_manager=False) as x:
        async with running_relay(tmp_path / "relay", on_port=port) as office:
            await office.add_order("WO-RED", colour_pdf("red"))
            await office.add_order("WO-BLUE", colour_pdf("blue"))
            await office.add_screen()
            link = (await office.offer())["link"]
            async with real_desk(office, x, tmp_path / "desk", link=link) as process:
                assert (await show(office, orderId="WO-RED"))["state"] == "shown"
                process.kill()
                process.wait()
        async with (
            running_relay(tmp_path / "relay", on_port=port) as office,
            real_desk(office, x, tmp_path / "desk"),
        ):
            assert (await show(office, orderId="WO-BLUE"))["state"] == "shown"
            assert is_colour(x.pixel(*CENTRE), "blue")
            await office.relay.live.close(after_ms=100)
            async with asyncio.timeout(10):
                while not await is_online(office):
                    await asyncio.sleep(0.05)
            assert (await show(office, orderId="WO-RED"))["state"] == "shown"
            assert is_colour(x.pixel(*CENTRE), "red")


async def test_a_scan_into_the_bench_window_goes_through_the_relay_like_any_other(office, tmp_path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            bench = x.windows(BENCH_TITLE)[0]
            x.run("xdotool", "windowfocus", "--sync", bench)
            keyboard = Keyboard(x)
            await asyncio.to_thread(keyboard.scan, "WO-GREEN", again=keyboard.clear_field)
            async with asyncio.timeout(10):
                while not is_colour(x.pixel(*CENTRE), "green"):
                    await asyncio.sleep(0.05)
                # The picture is there a moment before the outcome has come back.
                while (listed := await _deliveries(office))[0]["state"] == "received":
                    await asyncio.sleep(0.02)
            assert [(each["orderId"], each["state"]) for each in listed] == [("WO-GREEN", "shown")]


async def _deliveries(office: Office) -> list[dict]:
    return (await office.call("GET", "/api/deliveries")).body["deliveries"]


async def test_a_desk_pins_the_certificate_of_its_relay(tmp_path):
    port = free_port()
    address = f"https://127.0.0.1:{port}"
    wanted = {"host": "0.0.0.0", "addresses": (address,)}
    with two_monitors(window_manager=False) as x:
        async with running_relay(tmp_path / "relay", on_port=port, **wanted) as office:
            await office.add_order("WO-RED", colour_pdf("red"))
            await office.add_screen()
            link = (await office.offer())["link"]
            assert link.startswith(address)
            async with real_desk(office, x, tmp_path / "desk", link=link):
                assert (await show(office, orderId="WO-RED"))["state"] == "shown"
                assert is_colour(x.pixel(*CENTRE), "red")


async def test_an_encrypted_or_broken_document_keeps_the_old_one_on_the_screen(office, tmp_path):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:
        async with real_desk(office, x, tmp_path / "desk", link=link):
            await show(office, orderId="WO-RED")
            info = await office.add_order("WO-LOST", colour_pdf("blue"))
            stored = next((tmp_path / "relay" / "documents").rglob(info["sha256"][2:]))
            stored.unlink()
            report = await show(office, orderId="WO-LOST")
            assert (report["state"], report["code"]) == ("failed", "DOCUMENT_NOT_FOUND")
            assert is_colour(x.pixel(*CENTRE), "red")


@pytest.mark.parametrize("caps_lock", [False, True])
async def test_a_new_bench_is_paired_by_its_own_scanner_even_with_caps_lock_on(office, tmp_path, caps_lock):
    link = (await office.offer())["link"]
    with two_monitors(window_manager=True) as x:

        def scan_the_link() -> None:
            bench = wait_for(lambda: x.windows(BENCH_TITLE), what="the bench window")[0]
            x.run("xdotool", "windowfocus", "--sync", bench)
            keyboard = Keyboard(x)
            keyboard.scan(link.swapcase() if caps_lock else link, gap_ms=3, again=keyboard.clear_field)

        async with real_desk(office, x, tmp_path / "desk", at_start=scan_the_link):
            assert (await show(office, orderId="WO-RED"))["state"] == "shown"
            assert is_colour(x.pixel(*CENTRE), "red")
