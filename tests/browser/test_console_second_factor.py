"""A second factor, by people at a browser: set up, asked for, lost, taken off, and demanded; on a phone, too."""

import os
import re
from pathlib import Path

from helpers.authenticator import App
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.relay_running import Office, running_relay
from helpers.running_clock import RunningClock
from playwright.async_api import Page, expect

PICTURES = os.environ.get("PICTURES_OF_FACTORS")
PASSWORD = "correct horse"
CODE = "input[autocomplete=one-time-code]"


async def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, where somebody asks for them."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def fits(page: Page) -> bool:
    wide, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return wide <= room


async def give_name_and_password(page: Page, name: str) -> None:
    await page.locator("input[autocomplete=username]").fill(name)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def sign_out(page: Page) -> None:
    await page.locator("nav#menu").get_by_role("button", name="로그아웃").click()
    await page.locator(".sign-in input[type=password]").wait_for()


async def set_up(page: Page, office: Office) -> tuple[App, list[str]]:
    """Go through the steps as a person whose app scans the picture; the keyboard is enough."""
    await page.locator("input[autocomplete=current-password]").last.fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("img.qr")).to_be_visible()
    await expect(page.locator(CODE)).to_be_focused()
    key = await page.locator(".factor-key").text_content()
    app = App(key.replace(" ", ""), office.clock)
    assert await serious_problems(page) == []
    await page.keyboard.type(app.wrong())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.locator(CODE).fill(app.code())
    await page.keyboard.press("Enter")
    await expect(page.locator(".recovery-codes li")).to_have_count(10)
    return app, await page.locator(".recovery-codes li").all_inner_texts()


async def paste(page: Page, text: str) -> None:
    """Paste into whatever has the focus, as the keys do it."""
    await page.evaluate(
        """text => {
            const held = new DataTransfer();
            held.setData("text/plain", text);
            const paste = new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true });
            if (document.activeElement.dispatchEvent(paste)) document.execCommand("insertText", false, text);
        }""",
        text,
    )


async def test_a_second_factor_from_its_first_day_to_its_last(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "relay", clock=clock) as office, chromium() as browser:
        await office.add_user("김관리", "admin", PASSWORD)
        await office.add_user("lee", "lead", PASSWORD)
        async with visitor(browser) as kim, visitor(browser, language="en", size=PHONE) as lee:
            page = kim.page
            await kim.sign_in(office.url, "김관리", PASSWORD)
            await page.goto(f"{office.url}/console/#/account")
            await page.get_by_role("button", name="2단계 인증 설정").click()
            app, codes = await set_up(page, office)
            await picture(page, "factor-codes-ko")
            await expect(page.get_by_role("button", name="완료")).to_be_disabled()
            await page.get_by_label("복구 코드를 보관했습니다").check()
            await page.get_by_role("button", name="완료").click()
            await expect(page.get_by_text("남은 복구 코드: 10개")).to_be_visible()

            # Signed out and in again: the password alone is half the way, and a code is good once.
            await sign_out(page)
            await give_name_and_password(page, "김관리")
            await expect(page.get_by_role("heading", name="인증 코드 입력")).to_be_visible()
            await expect(page.locator(CODE)).to_be_focused()
            assert await page.locator(CODE).get_attribute("inputmode") == "numeric"
            assert [each["name"] for each in await page.context.cookies()] == ["benchcast-plain-known"]
            assert await serious_problems(page) == []
            await picture(page, "factor-step-ko")
            clock.skip(60)
            used = app.code()
            await paste(page, f"{used[:3]} {used[3:]}")
            await page.keyboard.press("Enter")
            await page.locator("nav#menu").wait_for(state="attached")
            await sign_out(page)
            await give_name_and_password(page, "김관리")
            await page.locator(CODE).fill(used)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("이미 쓴 인증 코드")
            await page.get_by_role("button", name="복구 코드 사용").click()
            await page.get_by_label("복구 코드", exact=True).fill(codes[0].lower())
            await page.keyboard.press("Enter")
            await page.locator("nav#menu").wait_for(state="attached")
            await page.goto(f"{office.url}/console/#/account")
            await expect(page.get_by_text("남은 복구 코드: 9개")).to_be_visible()
            # One's own password asks for it, too.
            await page.get_by_label("현재 비밀번호", exact=True).fill(PASSWORD)
            for field in ("새 비밀번호", "비밀번호 한 번 더"):
                await page.get_by_label(field, exact=True).fill("우리 공장의 긴 비밀번호입니다")
            await page.get_by_role("button", name="변경", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("인증 코드가 필요합니다")
            clock.skip(60)
            await page.locator(CODE).fill(app.code())
            await page.get_by_role("button", name="변경", exact=True).click()
            await expect(page.get_by_text("비밀번호를 바꾸었습니다")).to_be_visible()

            # It is demanded of everybody: the page that is open leads there, and nowhere else.
            phone = lee.page
            await lee.sign_in(office.url, "lee", PASSWORD)
            chosen = {"values": {"second_factor": "everybody"}}
            assert (await office.call("PATCH", "/api/settings", json=chosen)).status == 200
            await phone.goto(f"{office.url}/console/#/orders")
            await expect(phone.get_by_role("heading", name="Set up a second factor")).to_be_visible()
            await expect(phone.locator("nav#menu")).to_have_count(0)
            assert await fits(phone)
            assert await serious_problems(phone) == []
            await picture(phone, "factor-due-phone-en")
            # In the phone's app as well.
            await phone.goto(f"{office.url}/scan/")
            await expect(phone.get_by_role("heading", name="Set up a second factor")).to_be_visible()
            await phone.get_by_role("button", name="Set up a second factor").click()
            lees, _ = await set_up(phone, office)
            assert await fits(phone)
            await picture(phone, "factor-codes-phone-en")
            await phone.get_by_label("I have kept them").check()
            await phone.get_by_role("button", name="Done").click()
            await expect(phone.locator("nav.tabs")).to_be_visible()

            # The phone is lost: an admin sees who has one, and takes it off.
            await page.goto(f"{office.url}/console/#/users")
            row = page.get_by_role("row", name="lee")
            await expect(row).to_contain_text("사용")
            await picture(page, "factor-users-ko")
            await row.get_by_role("button", name="lee 의 2단계 인증 해제").click()
            await page.get_by_role("dialog").get_by_role("button", name="2단계 인증 해제").click()
            await expect(row).to_contain_text("없음")
            own = page.get_by_role("row", name="김관리")
            await expect(own.get_by_role("button", name=re.compile("2단계 인증 해제"))).to_have_count(0)
            await expect(phone.locator("nav.tabs")).to_have_count(0)
            await phone.goto(f"{office.url}/console/")
            await give_name_and_password(phone, "lee")
            await expect(phone.get_by_role("heading", name="Set up a second factor")).to_be_visible()
            assert lees.code() not in await phone.content()
            await page.goto(f"{office.url}/console/#/audit")
            await expect(page.get_by_role("row", name="다른 사람의 2단계 인증 해제").first).to_contain_text(
                "lee"
            )
            await expect(page.get_by_role("row", name="쓴 인증 코드를 다시 사용")).to_contain_text("김관리")
