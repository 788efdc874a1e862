"""A TV's browser is paired by a code and does what a desk does, as far as a browser can."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from helpers.axe import serious_problems
from helpers.browser import chromium
from helpers.browser_screen import BLUE, GREEN, RED, SCREEN, TV, Tv, is_like, plain_pdf
from helpers.relay_running import running_relay
from playwright.async_api import expect

PLAN = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'>"
    b"<rect width='300' height='200' fill='#1e3cc8'/></svg>"
)
# Counts the frames in which the window that showed something showed nothing.
WATCH = """() => {
    window.emptyFrames = 0;
    const look = () => {
        const glass = document.querySelector(".pane .glass");
        if (!glass || !glass.querySelector("canvas, iframe:not(.waiting)")) window.emptyFrames += 1;
        requestAnimationFrame(look);
    };
    look();
}"""


@asynccontextmanager
async def plant_site():
    """Serve two pages of the plant: one that may be framed, one that refuses."""

    async def framed(_request: web.Request) -> web.Response:
        return web.Response(text="<h1>Andon</h1><body bgcolor='#14963c'>", content_type="text/html")

    async def alone(_request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": "frame-ancestors 'none'"}
        return web.Response(text="ERP", content_type="text/html", headers=headers)

    app = web.Application()
    app.add_routes([web.get("/andon", framed), web.get("/erp", alone)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def plant():
    async with plant_site() as url:
        yield url


@pytest.fixture
async def office(tmp_path, plant):
    host = plant.removeprefix("http://")
    async with running_relay(tmp_path / "relay", url_hosts=(host,)) as office:
        await office.add_screen(SCREEN)
        yield office


async def shown(office, **fields):
    """Trigger and wait for the end; answers the report."""
    answer = await office.trigger(screenId=SCREEN, wait_ms=30_000, **fields)
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_tv_is_paired_by_a_code_and_shows_turns_and_answers(office, plant):
    await office.add_order("WO-1", plain_pdf(RED, GREEN, BLUE), title="기어박스 하우징", revision="A")
    async with chromium() as browser:
        context = await browser.new_context(locale="ko-KR", service_workers="block", **TV)
        tv = await Tv.open(context, office)
        page = tv.page
        await expect(page.get_by_role("heading", level=1)).to_have_text("이 브라우저를 화면으로 사용하기")
        await expect(page.get_by_alt_text("승인 페이지의 QR 코드")).to_be_visible()
        await expect(page.locator("output.code")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$"))
        assert await serious_problems(page) == []
        await page.locator("#code").fill("0000-0000")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("페어링")
        await tv.pair(office)
        await expect(page.get_by_alt_text("휴대폰 연결용 QR 코드")).to_be_visible()
        assert await serious_problems(page) == []

        report = await shown(office, orderId="WO-1")
        assert (report["state"], report["page"], report["revision"]) == ("shown", 1, "A")
        assert report["display"]["displayId"] == "browser"
        assert is_like(await tv.colour(), RED)
        await expect(tv.caption).to_contain_text("WO-1")
        await expect(tv.caption).to_contain_text("개정 A")
        await expect(tv.caption).to_contain_text("1 / 3쪽")
        await page.evaluate(WATCH)

        assert (await shown(office, command="view", step="next"))["page"] == 2
        assert is_like(await tv.colour(), GREEN)
        assert (await shown(office, command="view", page=3))["page"] == 3
        assert (await shown(office, command="view", step="next"))["page"] == 3
        assert (await shown(office, command="view", page=9))["code"] == "VALIDATION_ERROR"
        box = page.locator(".pane canvas")
        assert (await box.bounding_box())["width"] > 900
        await shown(office, command="view", rotateBy=90)
        assert (await box.bounding_box())["width"] < 400
        await shown(office, command="view", rotate=0, zoom=3)
        assert (await page.evaluate("document.querySelector('.pane canvas').width")) == 960
        await shown(office, command="view", fit="page")
        assert is_like(await tv.colour(), BLUE)

        # The newer revision of the document is marked, for the eye and in words.
        await office.add_order("WO-1", plain_pdf(GREEN), title="기어박스 하우징", revision="B")
        assert (await shown(office, orderId="WO-1"))["revision"] == "B"
        await expect(page.get_by_text("개정이 변경되었습니다: A → B")).to_be_visible()
        await expect(tv.caption).to_contain_text("개정 A → B")
        # Nothing of the document lies behind that band, whose room it gets when the band has gone.
        band, sheet = await page.locator(".band").bounding_box(), await box.bounding_box()
        assert band["height"] >= 24
        assert sheet["y"] >= band["y"] + band["height"]
        assert sheet["height"] < 500

        report = await shown(office, command="notify", message="자재가 도착했습니다", level="warning")
        assert report["state"] == "shown"
        await expect(page.get_by_role("alert").filter(has_text="자재가")).to_be_visible()
        await expect(page.locator(".band")).to_be_hidden()
        sheet = await box.bounding_box()
        assert (sheet["y"] < band["height"], sheet["height"] > 500) == (True, True)
        assert (await shown(office, command="screenshot"))["screenshot"]["width"] > 900
        assert (await shown(office, command="screenshot", wholeMonitor=True))["code"] == "UNSUPPORTED"
        assert (await shown(office, command="move", displayIndex=1))["code"] == "DISPLAY_NOT_AVAILABLE"
        assert (await shown(office, command="move", place="left"))["state"] == "shown"
        assert (await box.bounding_box())["width"] <= 480
        await shown(office, command="blank")
        await expect(page.locator(".curtain")).to_be_visible()
        await shown(office, command="blank", on=False)
        await expect(page.locator(".curtain")).to_be_hidden()

        report = await shown(office, url=f"{plant}/andon")
        assert report["state"] == "shown", report
        await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Andon")
        report = await shown(office, url=f"{plant}/erp")
        assert report["code"] == "UNSUPPORTED"
        await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Andon")
        assert (await shown(office, command="view", page=2))["code"] == "UNSUPPORTED"
        assert await page.evaluate("window.emptyFrames") == 0

        await office.add_order("WO-2", PLAN, filename="plan.svg")
        assert (await shown(office, orderId="WO-2"))["state"] == "shown"
        assert is_like(await tv.colour(0.25), BLUE)
        await shown(office, command="identify")
        await expect(page.locator(".identify")).to_contain_text(SCREEN)
        await shown(office, command="close")
        await expect(page.locator(".idle")).to_be_visible()
        # Back, document by document, also from what was closed; in the end there is nothing to go back to.
        assert (await shown(office, command="undo"))["state"] == "shown"
        await expect(tv.caption).to_contain_text("WO-2")
        assert (await shown(office, command="undo"))["state"] == "shown"
        await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Andon")
        for before in ("개정 B", "개정 B → A"):
            assert (await shown(office, command="undo"))["state"] == "shown"
            await expect(tv.caption).to_contain_text(before)
        assert (await shown(office, command="undo"))["code"] == "DOCUMENT_NOT_FOUND"
        await shown(office, command="close")
        await expect(page.locator(".idle")).to_be_visible()
        async with asyncio.timeout(20):
            while (await office.call("GET", f"/api/screens/{SCREEN}")).body["windows"]:
                await asyncio.sleep(0.05)
        # A refused framing is told by its own sentence, not by the browser's word about a blocked frame.
        assert [each for each in tv.complaints if "frame" not in each] == []


async def test_the_newest_wins_and_the_old_stays_until_the_new_is_painted(office):
    for number, colour in enumerate((RED, GREEN, BLUE), 1):
        await office.add_order(f"WO-{number}", plain_pdf(colour), revision="A")
    slow = asyncio.Event()
    async with chromium() as browser:
        context = await browser.new_context(locale="en-GB", service_workers="block", **TV)
        tv = await Tv.open(context, office, "?lang=en")
        await tv.pair(office)
        await shown(office, orderId="WO-1")
        await tv.page.evaluate(WATCH)

        async def wait(route):
            await slow.wait()
            await route.continue_()

        await context.route("**/api/documents/*", wait)
        second = (await office.trigger(screenId=SCREEN, orderId="WO-2")).body["id"]
        async with asyncio.timeout(20):
            while (await office.delivery(second))["state"] != "received":
                await asyncio.sleep(0.02)
        assert is_like(await tv.colour(), RED)
        third = (await office.trigger(screenId=SCREEN, orderId="WO-3")).body["id"]
        slow.set()
        async with asyncio.timeout(20):
            while (await office.delivery(third))["state"] != "shown":
                await asyncio.sleep(0.05)
        assert is_like(await tv.colour(), BLUE)
        assert (await office.delivery(second))["state"] == "superseded"
        assert await tv.page.evaluate("window.emptyFrames") == 0

        # Only one tab of a browser is the screen; the second one takes over when it is closed.
        other = await Tv.open(context, office, "?lang=en")
        await expect(other.page.get_by_text("Another tab is the screen already")).to_be_visible()
        await tv.page.close()
        await expect(other.caption).to_contain_text("connected")
        assert is_like(await other.colour(), BLUE)
        assert tv.complaints == other.complaints == []
