"""Who may use the relay, by a person at a browser: the first admin, people, groups, tokens, and what is on record."""

import os
import re
from pathlib import Path

from helpers.browser import PHONE, chromium, visitor
from helpers.relay_running import running_relay
from playwright.async_api import expect

PICTURES = os.environ.get("PICTURES_OF_ACCESS")


async def picture(page, name: str) -> None:
    """Keep a picture of the page, where somebody asks for them."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def fits(page) -> bool:
    width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return width[0] <= width[1]


async def test_a_first_admin_lets_people_and_programs_in(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        for screen_id in ("SCREEN-001", "SCREEN-002"):
            await office.add_screen(screen_id)
        async with visitor(browser) as kim:
            page = kim.page
            await page.goto(office.relay.welcome_link)
            await expect(page.get_by_role("heading", name="첫 관리자 만들기")).to_be_visible()
            await expect(page).not_to_have_url(re.compile("secret"))
            await picture(page, "welcome-ko")
            # By the keyboard alone, with a mistake in between.
            # Beside each password is the button that shows it.
            for text in ("김관리", "password1234", "", "password1234", ""):
                await page.keyboard.type(text)
                await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("널리 알려진 비밀번호")
            for field in ("비밀번호", "비밀번호 한 번 더"):
                await page.get_by_label(field, exact=True).fill("우리 공장의 긴 비밀번호")
            await page.get_by_role("button", name="관리자 만들고 시작").click()
            await page.get_by_role("link", name="사용자", exact=True).click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("사용자")
            await expect(page.get_by_text("본인")).to_be_visible()
            await expect(page.get_by_text("아직 그룹이 없습니다")).to_be_visible()

            await page.get_by_role("button", name="그룹 추가").click()
            await page.get_by_label("그룹 이름").fill("조립-1라인")
            await page.get_by_label("SCREEN-001").check()
            await page.get_by_role("button", name="저장").click()
            await expect(page.get_by_role("row", name="조립-1라인")).to_contain_text("SCREEN-001")

            await page.get_by_role("button", name="사용자 추가").click()
            await page.get_by_label("이름", exact=True).fill("이반장")
            await page.get_by_label("비밀번호", exact=True).fill("이반장의 아주 긴 비밀번호")
            await page.get_by_label("정해 준 화면만 허용").check()
            await page.get_by_role("button", name="저장").click()
            await expect(page.get_by_role("alert")).to_have_text("화면이나 그룹을 하나 이상 추가하세요.")
            await page.get_by_role("button", name="권한 추가").click()
            await page.get_by_label("허용 범위").select_option("trigger")
            await picture(page, "user-form-ko")
            await page.get_by_role("button", name="저장").click()
            await expect(page.get_by_role("row", name="이반장")).to_contain_text("그룹 조립-1라인: 표시")
            await picture(page, "users-ko")

            # A group with another name keeps what was permitted there.
            await page.get_by_role("button", name="그룹 조립-1라인 변경").click()
            await page.get_by_label("그룹 이름").fill("조립-3라인")
            await page.get_by_role("button", name="저장").click()
            await expect(page.get_by_role("row", name="이반장")).to_contain_text("그룹 조립-3라인: 표시")
            # Somebody is shut out for a while, but never whoever does it.
            await page.get_by_role("button", name="차단 추가").click()
            await page.get_by_label("대상").fill("127.0.0.1")
            await page.get_by_role("button", name="차단", exact=True).click()
            await expect(page.get_by_role("alert")).to_be_visible()
            await page.get_by_label("대상").fill("192.0.2.7")
            await page.get_by_role("button", name="차단", exact=True).click()
            await expect(page.get_by_role("row", name="192.0.2.7")).to_be_visible()
            await page.get_by_role("button", name="192.0.2.7 차단 해제").click()
            await expect(page.get_by_text("차단한 대상이 없습니다")).to_be_visible()

            # The last admin stays one.
            await page.get_by_role("row", name="김관리").get_by_role("button", name="삭제").click()
            await page.get_by_role("dialog").get_by_role("button", name="삭제").click()
            await expect(page.get_by_role("alert")).to_contain_text("마지막 관리자")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("dialog")).to_have_count(0)

            await page.get_by_role("link", name="API 토큰").click()
            await expect(page.get_by_text("아직 토큰이 없습니다")).to_be_visible()
            await page.get_by_role("button", name="토큰 만들기").click()
            await page.get_by_label("프로그램 이름").fill("ERP")
            await page.get_by_role("button", name="만들기", exact=True).click()
            token = await page.get_by_label("토큰", exact=True).input_value()
            assert (await office.as_(token).call("GET", "/api/screens")).status == 200
            await picture(page, "token-made-ko")
            await page.get_by_role("dialog").get_by_text("닫기", exact=True).click()
            await page.get_by_role("button", name="토큰 ERP 폐기").click()
            await page.get_by_role("dialog").get_by_role("button", name="폐기").click()
            await expect(page.get_by_text("아직 토큰이 없습니다")).to_be_visible()
            assert (await office.as_(token).call("GET", "/api/screens")).status == 401

            await page.get_by_role("link", name="감사 기록").click()
            await expect(page.get_by_role("row", name="토큰 폐기")).to_contain_text("ERP")
            await expect(page.get_by_role("row", name="첫 관리자 만들기").first).to_be_visible()
            await picture(page, "audit-ko")
            await page.get_by_label("결과").select_option("refused")
            await expect(page.get_by_text("LAST_ADMIN")).to_be_visible()
            await expect(page.get_by_role("row", name="토큰 폐기")).to_have_count(0)
            assert "outcome=refused" in page.url
            await page.get_by_label("이름, 대상, 주소 검색").fill("그런 것은 없음")
            await expect(page.get_by_text("조건에 맞는 기록이 없습니다")).to_be_visible()
            await page.get_by_role("button", name="조건 지우기").click()
            await expect(page.get_by_role("row", name="토큰 폐기")).to_be_visible()
            async with page.expect_download() as saved:
                await page.get_by_role("link", name="CSV").click()
            content = Path(await (await saved.value).path()).read_text("utf-8-sig")
            assert "token.revoke" in content

            # What fails is said, and tried again.
            await page.route("**/api/audit?*", lambda route: route.abort())
            await page.get_by_role("button", name="새로 고침").click()
            await expect(page.get_by_role("alert")).to_contain_text("중계 서버에 연결할 수 없습니다")
            await page.unroute("**/api/audit?*")
            await page.get_by_role("button", name="다시 시도").click()
            await expect(page.get_by_role("alert")).to_have_count(0)

        async with visitor(browser, language="en", size=PHONE) as kim:
            page = kim.page
            await kim.sign_in(office.url, "김관리", "우리 공장의 긴 비밀번호")
            for place, heading in (("users", "Users"), ("tokens", "API tokens"), ("audit", "Audit log")):
                await page.goto(f"{office.url}/console/#/{place}")
                await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
                await expect(page.locator(".loading")).to_have_count(0)
                assert await fits(page), place
                await picture(page, f"{place}-phone-en")
            await page.goto(f"{office.url}/console/#/account")
            await page.get_by_label("Current password", exact=True).fill("wrong")
            for field in ("New password", "The password once more"):
                await page.get_by_label(field, exact=True).fill("another long sentence")
            await page.get_by_role("button", name="Change", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("It is not the current password.")
            await page.get_by_label("Current password", exact=True).fill("우리 공장의 긴 비밀번호")
            await page.get_by_role("button", name="Change", exact=True).click()
            await expect(page.get_by_text("The password is changed.")).to_be_visible()
            assert await fits(page)
            await picture(page, "account-phone-en")
            # What an admin does elsewhere reaches this page at once.
            gone = await office.call("POST", "/api/users/김관리/sign-out")
            assert gone.status == 204
            await page.get_by_role("button", name="Menu").click()
            await page.get_by_role("link", name="Users").click()
            await expect(page.get_by_role("heading", name="Sign in to Benchcast")).to_be_visible()
