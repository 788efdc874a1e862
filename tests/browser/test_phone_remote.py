"""Phones steer a screen: with fingers, buttons and keys; two at once; and what they say when they cannot."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from helpers.axe import serious_problems
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.fingers import Fingers
from helpers.real_desk import COLOURS, is_colour, real_desk
from helpers.relay_running import Office, running_relay, small_pdf
from helpers.steered_screen import SteeredScreen
from helpers.x11 import RIGHT, two_monitors
from playwright.async_api import expect
from reportlab.pdfgen.canvas import Canvas

NARROW = {**PHONE, "viewport": {"width": 360, "height": 740}}
PASSWORD = "correct horse"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory):
    """A relay with three people; each test has a screen of its own."""
    async with running_relay(tmp_path_factory.mktemp("relay") / "data") as office:
        for name, role in (("kim", "operator"), ("lee", "operator"), ("park", "viewer")):
            await office.call("POST", "/api/users", json={"name": name, "role": role, "password": PASSWORD})
        yield office


@asynccontextmanager
async def phone_of(browser, office: Office, name: str, screen_id: str, *, language="ko"):
    """A phone on which this person has signed in, at the remote control of this screen."""
    async with visitor(browser, language=language, size=NARROW) as person:
        answer = await person.page.context.request.post(
            f"{office.url}/api/auth/browser",
            data={"username": name, "password": PASSWORD},
            headers={"X-Benchcast": "1"},
        )
        assert answer.ok, await answer.text()
        chosen = f"localStorage.setItem('benchcast.phone.screen.{name}', '\"{screen_id}\"')"
        await person.page.add_init_script(chosen)
        await person.page.goto(f"{office.url}/scan/")
        await person.page.locator("nav.tabs button").nth(1).click()
        await person.page.locator(".steer").wait_for()
        yield person


def whole(person: Visitor):
    """The button that says how large the page is."""
    return person.page.locator(".looking button").nth(2)


async def test_two_phones_steer_one_screen_and_each_sees_what_the_other_does(office, browser):
    info = await office.add_order("WO-2025-0001", small_pdf("Gear box", pages=3))
    grant = await office.pair("SCREEN-001")
    async with (
        SteeredScreen(office.url, grant["token"]) as screen,
        phone_of(browser, office, "kim", "SCREEN-001") as kim,
    ):
        screen.show = lambda command: (
            screen.perform(command)
            if screen.commands[-1][0] == "view"
            else {"id": command["id"], "state": "shown"}
        )
        await expect(kim.page.get_by_text("표시 중인 문서가 없습니다")).to_be_visible()
        await screen.shows(info, page_aspect=842 / 595, title="기어박스 하우징")
        await expect(kim.page.get_by_text("1/3쪽")).to_be_visible()
        thumb = kim.page.get_by_role("button", name="2쪽").locator("img")
        await expect(thumb).to_have_js_property("complete", value=True)
        assert await thumb.evaluate("image => image.naturalWidth") > 0
        await expect(whole(kim)).to_contain_text("100%")
        assert await serious_problems(kim.page) == []
        assert await kim.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        # Two fingers apart: nearer, around the middle between them. One finger: the page follows it.
        pad = kim.page.locator(".pad canvas")
        fingers = await Fingers.on(kim.page, pad)
        await fingers.drag(((0.45, 0.5), (0.2, 0.5)), ((0.55, 0.5), (0.8, 0.5)))
        await screen.until(lambda: any(each.get("viewport", {}).get("zoom", 0) > 3 for each in screen.wishes))
        await expect(whole(kim)).not_to_contain_text("100%")
        near = (await settled(screen))["viewport"]
        assert near["x"] == pytest.approx(0.5, abs=0.05)
        moved = near
        while moved == near:  # on a busy machine a finger may be taken for one that stays
            await fingers.drag(((0.4, 0.5), (0.7, 0.6)))
            moved = (await settled(screen))["viewport"]
        assert moved["zoom"] == pytest.approx(near["zoom"])
        assert moved["x"] < near["x"] - 0.03
        assert moved["y"] < near["y"]
        # A finger that stays points; when it leaves, so does the pointer.
        await fingers.down((0.5, 0.5))
        await screen.until(lambda: bool(screen.wishes[-1].get("pointer")))
        at = screen.wishes[-1]["pointer"]
        assert (at["x"], at["y"]) == pytest.approx((moved["x"], moved["y"]), abs=0.02)
        await fingers.move(((0.5, 0.5), (0.6, 0.5)))
        await screen.until(lambda: (screen.wishes[-1].get("pointer") or at)["x"] > at["x"])
        await fingers.up()
        await screen.until(lambda: "pointer" in screen.wishes[-1] and screen.wishes[-1]["pointer"] is None)

        async with phone_of(browser, office, "lee", "SCREEN-001", language="en") as lee:
            await expect(lee.page.get_by_text("Page 1 of 3")).to_be_visible()
            size = (await whole(kim).inner_text()).split()[0]
            await expect(whole(lee)).to_contain_text(size)
            await lee.page.get_by_role("button", name="Larger").click()
            await expect(kim.page.get_by_text("다른 사람이 조작 중 · lee")).to_be_visible()
            await expect(whole(kim)).not_to_contain_text(size)
            await expect(lee.page.get_by_text("Somebody else is in control")).to_have_count(0)
            await whole(kim).click()
            await expect(lee.page.get_by_text("Somebody else is in control · kim")).to_be_visible()
            for each in (kim, lee):
                await expect(whole(each)).to_contain_text("100%")
            assert (await settled(screen))["viewport"] == {"x": 0.5, "y": 0.5, "zoom": 1}
            # The other's finger is told, too, and goes.
            await lee.page.get_by_role("button", name="Point").click()
            await lee.page.locator(".pad canvas").press("ArrowRight")
            await screen.until(lambda: bool(screen.wishes[-1].get("pointer")))
            await lee.page.locator(".pad canvas").press("Escape")
            await screen.until(lambda: screen.wishes[-1].get("pointer", at) is None)

        # Without fingers: keys and buttons. What is durable goes as a trigger.
        await pad.press("+")
        await pad.press("+")
        await pad.press("ArrowRight")
        await screen.until(lambda: screen.wishes[-1].get("viewport", {}).get("x", 0) > 0.5)
        await pad.press("PageDown")
        await expect(kim.page.get_by_text("2/3쪽")).to_be_visible()
        await kim.page.get_by_role("button", name="3쪽").click()
        await expect(kim.page.get_by_text("3/3쪽")).to_be_visible()
        await expect(kim.page.get_by_role("button", name="다음 쪽")).to_be_disabled()
        await kim.page.get_by_role("button", name="처음").click()
        await expect(kim.page.get_by_text("1/3쪽")).to_be_visible()
        await kim.page.get_by_role("button", name="회전").click()
        await screen.until(lambda: screen.commands[-1][1].get("rotateBy") == 90)
        await kim.page.get_by_role("button", name="화면 가리기").click()
        await screen.until(lambda: screen.commands[-1][0] == "blank")
        await kim.page.get_by_role("button", name="모니터 옮기기").click()
        await kim.page.get_by_role("dialog").get_by_role("button", name="옮기기", exact=True).click()
        await screen.until(lambda: screen.commands[-1][0] == "move")
        await kim.page.get_by_role("button", name="알림 보내기").click()
        await kim.page.get_by_role("dialog").get_by_role("textbox").fill("3번 볼트 확인")
        await kim.page.get_by_role("dialog").get_by_role("button", name="보내기", exact=True).click()
        await screen.until(lambda: screen.commands[-1][1].get("message") == "3번 볼트 확인")
        await kim.page.get_by_role("button", name="모니터 번호 표시").click()
        await screen.until(lambda: screen.commands[-1][0] == "identify")
        await kim.page.get_by_role("button", name="문서 닫기").click()
        await screen.until(lambda: screen.commands[-1][0] == "close")


async def settled(screen: SteeredScreen) -> dict:
    """The newest wish, once no more come."""
    count = -1
    while count != len(screen.wishes):
        count = len(screen.wishes)
        await asyncio.sleep(0.4)
    return next(each for each in reversed(screen.wishes) if "viewport" in each)


async def test_what_a_phone_cannot_do_it_says_and_does_not_offer(office, browser):
    info = await office.add_order("WO-2025-0002", small_pdf("Gear box", pages=3))
    grant = await office.pair("SCREEN-002")
    async with phone_of(browser, office, "kim", "SCREEN-002") as kim:
        page = kim.page
        async with SteeredScreen(office.url, grant["token"]) as screen:
            await screen.shows(info)
            async with phone_of(browser, office, "park", "SCREEN-002") as park:
                await expect(park.page.get_by_text("보기만 할 수 있습니다")).to_be_visible()
                await expect(park.page.get_by_text("1/3쪽")).to_be_visible()
                fingers = await Fingers.on(park.page, park.page.locator(".pad canvas"))
                await fingers.drag(((0.45, 0.5), (0.2, 0.5)), ((0.55, 0.5), (0.8, 0.5)))
                await expect(park.page.get_by_role("button", name="다음 쪽")).to_be_disabled()
                await expect(park.page.get_by_role("button", name="화면 가리기")).to_have_count(0)
                assert screen.wishes == []
            # A web page: a finger, and buttons for the rest.
            web = {"kind": "web", "url": "http://plan.example/", "title": "http://plan.example/"}
            await screen.shows(web, can=["pointer"], viewport=None, pageAspect=None, page=None, orderId=None)
            await expect(page.get_by_text("웹 페이지가 표시되어 있습니다")).to_be_visible()
            fingers = await Fingers.on(page, page.locator(".pad canvas"))
            await fingers.down((0.5, 0.5))
            await screen.until(lambda: bool(screen.wishes))
            assert screen.wishes[0]["pointer"] == pytest.approx({"x": 0.5, "y": 0.5}, abs=0.01)
            await fingers.up()
            await page.get_by_text("버튼으로 움직이기").click()
            await page.get_by_role("button", name="아래").click()
            await screen.until(lambda: any(each.get("scroll") for _, each in screen.commands))
            await screen.shows(info)
            await expect(page.get_by_text("1/3쪽")).to_be_visible()
        await expect(page.get_by_text("Bench SCREEN-002 화면이 연결되어 있지 않습니다")).to_be_visible()
        await expect(page.get_by_text("1/3쪽")).to_be_visible()
        await expect(page.get_by_role("button", name="다음 쪽")).to_be_disabled()
        await expect(page.locator(".looking")).to_have_count(0)
        async with SteeredScreen(office.url, grant["token"]) as screen:
            await expect(page.get_by_text("표시 중인 문서가 없습니다")).to_be_visible()
            await screen.shows(info)
            await expect(whole(kim)).to_contain_text("100%")
            office.relay.live.refuse_newcomers()
            await office.relay.live.close(after_ms=100)
            await expect(page.get_by_text("중계 서버와 연결이 끊겼습니다")).to_be_visible()
            await expect(page.get_by_role("button", name="다음 쪽")).to_be_disabled()
            office.relay.live.admission.is_open = True
            await expect(page.get_by_text("중계 서버와 연결이 끊겼습니다")).to_have_count(0)


def quarters(path: Path) -> bytes:
    """A page of the shape of a monitor, each quarter of it in a colour of its own."""
    canvas = Canvas(str(path), pagesize=(960, 540), invariant=True)
    for (column, row), colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), COLOURS, strict=True):
        canvas.setFillColorRGB(*(channel / 255 for channel in COLOURS[colour]))
        canvas.rect(480 * column, 270 * (1 - row), 480, 270, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return path.read_bytes()


@pytest.mark.x11
async def test_a_phone_moves_the_page_on_a_real_monitor_and_points_at_it(office, browser, tmp_path):
    await office.add_order("WO-1", quarters(tmp_path / "quarters.pdf"))
    await office.add_screen("SCREEN-003")
    link = (await office.offer("SCREEN-003"))["link"]
    # Yellow while the whole page is seen. The room's middle is above the monitor's: there is a caption below it.
    spot = (RIGHT.x + RIGHT.width * 55 // 100, RIGHT.y + RIGHT.height * 6 // 10)
    middle = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2 - 20)
    with two_monitors(window_manager=True) as x:
        async with (
            real_desk(office, x, tmp_path / "desk", link=link, screen_id="SCREEN-003"),
            phone_of(browser, office, "kim", "SCREEN-003") as kim,
        ):
            answer = await office.trigger(
                office.body("SCREEN-003", orderId="WO-1", displayIndex=1), wait_ms=15_000
            )
            assert answer.body["state"] == "shown", answer.body
            await expect(whole(kim)).to_contain_text("100%")
            assert is_colour(x.pixel(*spot), "yellow")
            fingers = await Fingers.on(kim.page, kim.page.locator(".pad canvas"))
            focus = x.focus()

            async def becomes(at: tuple[int, int], colour: str, *, is_other: bool = False) -> None:
                """Look at the monitor until it is so; seldom, because every look is a picture of all monitors."""
                async with asyncio.timeout(30):
                    while is_colour(await asyncio.to_thread(x.pixel, *at), colour) is is_other:
                        await asyncio.sleep(0.3)

            while "100%" in await whole(kim).inner_text():  # on a busy machine two taps may be too far apart
                await fingers.double_tap((0.8, 0.4))
                await asyncio.sleep(0.3)
            await becomes(spot, "green")
            while not is_colour(await asyncio.to_thread(x.pixel, *spot), "red"):
                await fingers.drag(((0.2, 0.5), (0.95, 0.5)))
                await asyncio.sleep(0.3)
            # A finger that stays is a ring on the monitor, where the phone's frame has its middle.
            await fingers.down((0.5, 0.5))
            await becomes(middle, "red", is_other=True)
            await fingers.up()
            await becomes(middle, "red")
            assert x.focus() == focus
            # What is done elsewhere leads the phone.
            answer = await office.trigger(
                office.body("SCREEN-003", command="view", fit="page"), wait_ms=15_000
            )
            assert answer.body["state"] == "shown"
            await expect(whole(kim)).to_contain_text("100%")
            await becomes(spot, "yellow")
            deliveries = (await office.call("GET", "/api/deliveries?screenId=SCREEN-003")).body["deliveries"]
            assert len(deliveries) == 2, "steering leaves nothing in the journal"
