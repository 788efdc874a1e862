"""A browser screen is steered by a phone, worked at by hand, and spread over a second monitor."""

import asyncio

import socketio
from helpers.axe import serious_problems
from helpers.browser import chromium
from helpers.browser_screen import BLUE, GREEN, RED, SCREEN, TV, Tv, is_like, plain_pdf
from helpers.relay_running import running_relay
from playwright.async_api import expect

# What Chromium offers on a machine with two monitors, and does not without a real one.
TWO_MONITORS = """
    const here = { label: "TV", availLeft: 0, availTop: 0, availWidth: 1280, availHeight: 720 };
    const other = { ...here, label: "DELL U2419H", availLeft: 1280 };
    window.getScreenDetails = async () => ({ screens: [here, other], currentScreen: here });
"""


async def test_a_phone_steers_it_a_hand_works_at_it_and_a_second_monitor_is_part_of_it(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        await office.add_screen(SCREEN)
        await office.add_order("WO-1", plain_pdf(RED, GREEN), revision="A")
        await office.add_order("WO-2", plain_pdf(BLUE), revision="A")
        kim = await office.add_user("kim", "operator")
        context = await browser.new_context(locale="ko-KR", service_workers="block", **TV)
        await context.add_init_script(TWO_MONITORS)
        tv = await Tv.open(context, office)
        await tv.pair(office)
        page = tv.page

        async def shown(**fields):
            answer = await office.trigger(screenId=SCREEN, wait_ms=30_000, **fields)
            assert answer.body["state"] == "shown", answer.body
            return answer.body

        await shown(orderId="WO-1")
        async with socketio.AsyncSimpleClient() as phone:
            await phone.connect(office.url, auth={"token": kim.token}, transports=["websocket"])
            await phone.call("watch", {"screenId": SCREEN}, timeout=20)
            seen = await heard(phone, lambda state: state["kind"] == "pdf")
            assert (seen["page"], seen["pages"], seen["viewport"]["zoom"]) == (1, 2, 1)
            viewport = {"x": 0.9, "y": 0.9, "zoom": 4}
            pointer = {"x": 0.9, "y": 0.9}
            wish = {"screenId": SCREEN, "hand": "a1", "sheet": seen["sheet"], "viewport": viewport}
            await phone.call("steer", {**wish, "pointer": pointer}, timeout=20)
            await expect(page.locator(".pointer")).to_be_visible()
            seen = await heard(phone, lambda state: state["viewport"]["zoom"] > 3.9)
            # No ground is seen beyond the edge while page is hidden at the other.
            assert 0.86 <= seen["viewport"]["x"] <= 0.88
            assert (seen["hand"], seen["by"]) == ("a1", "user:kim")
            await expect(page.locator(".pointer")).to_be_hidden()
            # A finger on one page is none on the next.
            await phone.call("steer", {**wish, "pointer": pointer}, timeout=20)
            await shown(command="view", step="next")
            seen = await heard(phone, lambda state: state["page"] == 2)
            assert "pointer" not in seen
            late = await phone.call("steer", {**wish, "viewport": {**viewport, "zoom": 9}}, timeout=20)
            assert late is None or late.get("success") is not False
            timely = {"sheet": seen["sheet"], "viewport": {**viewport, "zoom": 3}}
            await phone.call("steer", {**wish, **timely}, timeout=20)
            seen = await heard(phone, lambda state: "hand" in state)
            assert (seen["page"], seen["viewport"]["zoom"]) == (2, 3)

        # A tap unlocks sound and full screen, and brings up what a worker can do; keys of a remote control do it, too.
        await page.mouse.click(300, 300)
        await expect(page.get_by_role("toolbar", name="화면 조작")).to_be_visible()
        assert await page.evaluate("document.fullscreenElement !== null")
        await page.get_by_role("button", name="이전 쪽").click()
        await expect(tv.caption).to_contain_text("1 / 2쪽")
        await page.keyboard.press("PageDown")
        await expect(tv.caption).to_contain_text("2 / 2쪽")
        await page.keyboard.press("0")
        assert is_like(await tv.colour(), GREEN)

        await page.get_by_role("button", name="화면 설정").click()
        assert await serious_problems(page) == []
        await page.get_by_label("밤에 새로 고치는 시각").select_option("4")
        async with context.expect_page() as opening:
            await page.get_by_role("button", name="두 번째 모니터에 창 열기").click()
        second = await opening.value
        async with asyncio.timeout(20):
            while len((await office.call("GET", f"/api/screens/{SCREEN}")).body["displays"]) < 2:
                await asyncio.sleep(0.05)
        report = await shown(orderId="WO-2", displayIndex=1, windowId="plan")
        assert report["display"]["name"] == "DELL U2419H"
        assert is_like(await Tv(second).colour(), BLUE)
        assert is_like(await tv.colour(), GREEN)
        # What is on a monitor that goes away comes back to this one.
        await second.close()
        await expect(page.locator(".pane")).to_have_count(2)
        async with asyncio.timeout(20):
            while not is_like(await tv.colour(), BLUE):
                await asyncio.sleep(0.1)
        assert tv.complaints == []


async def heard(phone, is_it) -> dict:
    """Wait for the state of the screen's window that is meant."""
    async with asyncio.timeout(30):
        while True:
            event, *values = await phone.receive()
            if event == "viewport" and values[0].get("kind") and is_it(values[0]):
                return values[0]
