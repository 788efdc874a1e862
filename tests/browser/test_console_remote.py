"""A lead at a desk leads what a bench shows: by mouse, by keys alone, and on a narrow page."""

import os
from functools import partial
from pathlib import Path

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.relay_running import running_relay, small_pdf
from helpers.steered_screen import SteeredScreen
from playwright.async_api import Page, expect

PICTURES = os.environ.get("CONSOLE_PICTURES")
SCREEN = "SCREEN-001"


async def looks_well(page: Page, name: str) -> None:
    assert await serious_problems(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.timeout(120)
async def test_a_lead_at_a_desk_steers_a_bench_from_the_console(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        await office.add_user("kim", "lead")
        info = await office.add_order("WO-2025-0001", small_pdf("Gear box", pages=3))
        token = (await office.pair(SCREEN))["token"]
        async with SteeredScreen(office.url, token) as screen, visitor(browser) as kim:
            page = kim.page
            screen.until = partial(screen.until, seconds=25)
            screen.show = lambda command: (
                screen.perform(command)
                if screen.commands[-1][0] == "view"
                else {"id": command["id"], "state": "shown"}
            )
            await kim.sign_in(office.url, "kim", "correct horse")
            await page.goto(f"{office.url}/console/#/screens/{SCREEN}")
            control = page.get_by_role("region", name="조작")
            await expect(control.get_by_text("표시 중인 문서가 없습니다")).to_be_visible()
            await screen.shows(info, page_aspect=842 / 595, title="기어박스 하우징")
            await expect(control.get_by_text("1/3쪽")).to_be_visible()
            await expect(control.get_by_role("button", name="2쪽").locator("img")).to_be_visible()
            await looks_well(page, "console-remote-ko")

            # By keys alone: nearer, on, the next page, turned, a finger.
            pad = control.get_by_role("application")
            await pad.focus()
            await page.keyboard.press("+")
            await screen.until(
                lambda: any(each.get("viewport", {}).get("zoom", 0) > 1 for each in screen.wishes)
            )
            near = screen.wishes[-1]["viewport"]
            await page.keyboard.press("ArrowRight")
            await screen.until(lambda: screen.wishes[-1]["viewport"]["x"] > near["x"])
            assert screen.wishes[-1]["by"] == "user:kim"
            await page.keyboard.press("PageDown")
            await screen.until(lambda: bool(screen.commands))
            assert screen.commands[-1][1]["step"] == "next"
            await expect(control.get_by_text("2/3쪽")).to_be_visible()
            await page.keyboard.press("r")
            await screen.until(lambda: screen.commands[-1][1].get("rotateBy") == 90)
            await page.keyboard.press("p")
            await page.keyboard.press("ArrowDown")
            await screen.until(lambda: bool(screen.wishes[-1].get("pointer")))
            await page.keyboard.press("Escape")
            await screen.until(lambda: screen.wishes[-1].get("pointer", "none") is None)

            # Whoever is not there is told what went well, too.
            await control.get_by_role("button", name="화면 가리기").press("Enter")
            await screen.until(lambda: screen.commands[-1][0] == "blank")
            await expect(page.locator(".toasts")).to_contain_text("완료")
            await control.get_by_role("button", name="모니터 옮기기").press("Enter")
            await page.get_by_role("dialog").get_by_role("button", name="옮기기", exact=True).press("Enter")
            await screen.until(lambda: screen.commands[-1][0] == "move")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await control.get_by_role("button", name="알림 보내기").press("Enter")
            await page.get_by_role("dialog").get_by_role("textbox").fill("3번 볼트 확인")
            await page.keyboard.press("Tab")
            await page.get_by_role("dialog").get_by_role("button", name="보내기", exact=True).press("Enter")
            await screen.until(lambda: screen.commands[-1][1].get("message") == "3번 볼트 확인")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await control.get_by_role("button", name="3쪽", exact=True).click()
            await screen.until(lambda: screen.commands[-1][1].get("page") == 3)
            await control.get_by_role("button", name="문서 닫기").press("Enter")
            await screen.until(lambda: screen.commands[-1][0] == "close")

        async with (
            SteeredScreen(office.url, token) as screen,
            visitor(browser, language="en", size=PHONE) as kim,
        ):
            page = kim.page
            screen.until = partial(screen.until, seconds=25)
            await screen.shows(info)
            await kim.sign_in(office.url, "kim", "correct horse")
            await page.goto(f"{office.url}/console/#/screens/{SCREEN}")
            await expect(page.get_by_text("Page 1 of 3")).to_be_visible()
            await looks_well(page, "console-remote-en-phone")
            await page.get_by_role("button", name="Larger").tap()
            await screen.until(lambda: bool(screen.wishes))
