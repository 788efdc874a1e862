"""Signing in by a person at a browser: passwords measured and asked again, sessions that end, and what changed."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.hand_clock import HandClock
from helpers.relay_running import running_relay
from playwright.async_api import Error, expect

from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

PICTURES = os.environ.get("PICTURES_OF_SIGN_IN")
PASSWORD = "correct horse"


async def picture(page, name: str) -> None:
    """Keep a picture of the page, where somebody asks for them."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
async def browser():
    async with chromium() as browser:
        yield browser


async def test_a_deed_that_matters_asks_for_the_password_and_goes_on_by_itself(tmp_path, browser):
    clock = HandClock()
    async with running_relay(tmp_path / "relay", clock=clock) as office:
        await office.add_user("김관리", "admin", PASSWORD)
        async with visitor(browser) as kim:
            page = kim.page
            await kim.sign_in(office.url, "김관리", PASSWORD)
            await page.goto(f"{office.url}/console/#/users")
            clock.turn(601)
            await page.get_by_role("button", name="사용자 추가").click()
            form = page.get_by_role("dialog", name="사용자 추가")
            await form.get_by_label("이름", exact=True).fill("이반장")
            await form.get_by_label("비밀번호", exact=True).fill("이반장의 아주 긴 비밀번호")
            await expect(form.get_by_role("status")).to_contain_text("안전도")
            await picture(page, "user-form-ko")
            await page.get_by_role("button", name="저장").click()
            asked = page.get_by_role("dialog", name="비밀번호 확인")
            field = asked.get_by_label("비밀번호", exact=True)
            await expect(field).to_be_focused()
            await picture(page, "proof-ko")
            await field.fill("wrong password")
            await page.keyboard.press("Enter")
            await expect(asked.get_by_role("alert")).to_contain_text("현재 비밀번호가 맞지 않습니다")
            await field.fill(PASSWORD)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("row", name="이반장")).to_be_visible()
            await expect(page.get_by_role("dialog")).to_have_count(0)

            # Who does not want to has done nothing.
            clock.turn(601)
            await page.get_by_role("row", name="이반장").get_by_role("button", name="삭제").click()
            await page.get_by_role("dialog").get_by_role("button", name="삭제").click()
            await asked.get_by_role("button", name="취소").click()
            await expect(page.get_by_role("alert")).to_contain_text("비밀번호 확인 필요")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("row", name="이반장")).to_be_visible()

            # A link asks as well, before it is followed.
            await page.goto(f"{office.url}/console/#/backup")
            await page.get_by_role("button", name="지금 백업").click()
            clock.turn(601)
            async with page.expect_download() as saved:
                await page.get_by_role("link", name="내려받기").click()
                await asked.get_by_label("비밀번호", exact=True).fill(PASSWORD)
                await asked.get_by_role("button", name="확인하고 계속").click()
            assert (await (await saved.value).path()).stat().st_size > 1000


async def test_a_password_can_be_looked_at_and_is_measured_while_it_is_typed(tmp_path, browser):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_user("kim", "viewer", PASSWORD)
        async with visitor(browser, language="en", size=PHONE) as kim:
            page = kim.page
            await page.goto(f"{office.url}/console/")
            field = page.get_by_label("Password", exact=True)
            await field.fill("correct ho")
            await expect(field).to_have_attribute("type", "password")
            await page.get_by_role("button", name="Show: Password").click()
            await expect(field).to_have_attribute("type", "text")
            await picture(page, "sign-in-phone-en")
            await page.get_by_role("button", name="Hide: Password").click()
            await expect(field).to_have_attribute("type", "password")
            await kim.sign_in(office.url, "kim", PASSWORD)
            await page.goto(f"{office.url}/console/#/account")
            field = page.get_by_label("New password", exact=True)
            for password, verdict in (
                ("elevenchars", "Too short yet: 11 characters, 12 are needed."),
                ("twelve         ", "Too short yet: 7 characters"),
                ("password1234", "Refused: a widely known password"),
                ("kim 2026 :-) !!", "Refused: too close to the user's name"),
                ("x" * 129, "Too long: 128 characters at most."),
                ("correct horse", "Strength: low"),
                ("correct horse battery", "Strength: fair"),
                ("correct horse battery staple", "Strength: high"),
                ("우리 공장의 아주 긴 비밀번호", "Strength: high"),
            ):
                await field.fill(password)
                await expect(page.locator(".new-password").get_by_role("status")).to_contain_text(verdict)
            assert await serious_problems(page) == []
            await picture(page, "account-phone-en")
            # What the page says of a password is what the relay says.
            for password, is_good in (("iloveyouiloveyou", False), ("tidy 4711 rivers", True)):
                await field.fill(password)
                shown = page.locator(".new-password").get_by_role("status")
                await expect(shown).to_contain_text("Strength" if is_good else "Refused")
                await page.get_by_label("Current password", exact=True).fill(PASSWORD)
                await page.get_by_label("The password once more", exact=True).fill(password)
                await page.get_by_role("button", name="Change", exact=True).click()
                if not is_good:
                    await expect(page.get_by_role("alert")).to_contain_text("widely known")
            await expect(page.get_by_text("The password is changed.")).to_be_visible()
            await expect(field).to_have_attribute("type", "password")


async def test_sessions_end_here_and_elsewhere_and_lead_back_to_where_one_was(tmp_path, browser):
    clock = HandClock()
    async with running_relay(tmp_path / "relay", clock=clock) as office:
        await office.add_user("김관리", "admin", PASSWORD)
        async with visitor(browser) as desk, visitor(browser, size=PHONE) as phone:
            for person in (desk, phone):
                await person.sign_in(office.url, "김관리", PASSWORD)
            clock.turn(60)
            for person, name in ((desk, "account-ko"), (phone, "account-phone-ko")):
                await person.page.goto(f"{office.url}/console/#/account")
                await expect(person.page.get_by_text("지난번 로그인:")).to_be_visible()
                await picture(person.page, name)
            page = desk.page
            rows = page.locator(".sessions li")
            await expect(rows).to_have_count(3)  # the office signed in, too
            await expect(rows.filter(has_text="이곳")).to_contain_text("Chrome · Linux")
            await expect(rows.filter(has_text="프로그램")).to_have_count(1)
            await page.get_by_role("button", name="다른 곳에서 모두 로그아웃").click()
            await expect(rows).to_have_count(1)
            await expect(phone.page.get_by_role("status")).to_contain_text("다른 곳에서 이 로그인을 끝냈거나")
            await picture(phone.page, "farewell-phone-ko")

            # Twelve hours later, with a page open.
            await page.goto(f"{office.url}/console/#/audit?outcome=done")
            await expect(page.get_by_role("heading", level=1)).to_have_text("감사 기록")
            clock.turn(12 * 3600)
            with suppress(Error):  # the page may have heard it by itself, and the button is gone
                await page.get_by_role("button", name="새로 고침").click(timeout=2000)
            await expect(page.get_by_role("status")).to_contain_text("로그인 유효 시간이 끝났습니다")
            await picture(page, "farewell-ko")
            await page.locator("input[autocomplete=username]").fill("김관리")
            await page.get_by_label("비밀번호", exact=True).fill(PASSWORD)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("감사 기록")
            assert page.url.endswith("#/audit?outcome=done")

        async with visitor(browser) as late:
            await late.sign_in(office.url, "김관리", PASSWORD)
            clock.turn(13 * 3600)
            await late.page.reload()
            await expect(late.page.get_by_role("status")).to_contain_text(
                "지난번 로그인의 유효 시간이 끝났습니다"
            )


async def test_a_page_that_nobody_uses_is_signed_out_and_one_in_use_is_not(tmp_path, browser):
    clock = HandClock()
    async with running_relay(tmp_path / "relay", clock=clock, session_idle_minutes=4) as office:
        await office.add_user("kim", "admin", PASSWORD)
        async with visitor(browser, language="en") as kim:
            page = kim.page
            await page.clock.install()
            await kim.sign_in(office.url, "kim", PASSWORD)
            await page.goto(f"{office.url}/console/#/users")

            async def pass_minutes(minutes: int, *, is_used: bool) -> None:
                for _ in range(minutes):
                    if is_used:
                        clock.turn(60)
                        await page.mouse.click(5, 300)
                        async with page.expect_response("**/api/auth/browser/refresh"):
                            await page.clock.run_for(76_000)
                    else:
                        # The page first, or it hears the end earlier than it can know why.
                        await page.clock.run_for(60_000)
                        clock.turn(60)

            await pass_minutes(7, is_used=True)
            await expect(page.locator("nav#menu")).to_be_attached()
            await pass_minutes(5, is_used=False)
            await expect(page.get_by_text("because nobody used this page")).to_be_visible()
            await picture(page, "farewell-idle-en")


async def test_answers_that_are_lost_and_a_relay_that_is_busy_sign_nobody_out(tmp_path, browser):
    clock = HandClock()
    async with running_relay(tmp_path / "relay", clock=clock) as office:
        await office.add_user("kim", "lead", PASSWORD)
        async with visitor(browser, language="en") as kim:
            page = kim.page
            await kim.sign_in(office.url, "kim", PASSWORD)
            lost = 0

            async def lose(route) -> None:
                # The relay has done it; its answer, and the cookies with it, never come.
                nonlocal lost
                cookie = {"Cookie": (await route.request.all_headers())["cookie"]}
                asked = {**route.request.headers, **cookie}
                async with office.session.post(route.request.url, headers=asked) as answer:
                    assert answer.status == 200
                lost += 1
                await route.abort()

            async def refuse(route) -> None:
                await route.fulfill(
                    status=429, json={"code": "RATE_LIMITED", "title": "Too many", "detail": ""}
                )

            clock.turn(16 * 60)
            for answer in (lose, refuse):
                await page.route("**/api/auth/browser/refresh", answer)
                await page.goto(f"{office.url}/console/#/orders")
                await page.reload()
                await expect(page.get_by_role("alert")).to_be_visible()
                await expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
                await page.unroute("**/api/auth/browser/refresh")
            assert lost >= 2
            # The next page asks as the one before did, so it is no thief's.
            await page.reload()
            await expect(page.locator("nav#menu")).to_be_attached()
            assert await page.evaluate("localStorage.getItem('benchcast.refresh')") is None
            admin = office.as_(mint_local_admin(Keys.open(tmp_path / "relay"), clock))
            seen = (await admin.call("GET", "/api/audit?limit=50")).body["entries"]
            assert "auth.token_reused" not in {entry["action"] for entry in seen}


async def test_a_person_is_told_what_changed_until_they_have_seen_it(tmp_path, browser):
    async with running_relay(tmp_path / "relay") as office:
        lee = {"name": "lee", "role": "operator", "password": PASSWORD}
        assert (await office.call("POST", "/api/users", json=lee)).status == 201
        new = "battery staple horse"
        await office.call("PATCH", "/api/users/lee", json={"password": new, "role": "lead"})
        for language, size, told, seen in (
            ("ko", None, "비밀번호가 바뀌었습니다.", None),
            ("en", PHONE, "Your password was changed.", "I have seen it"),
        ):
            async with visitor(browser, language=language, size=size) as person:
                page = person.page
                await person.sign_in(office.url, "lee", new)
                notes = page.locator(".notices .note")
                await expect(notes).to_have_count(2)
                await expect(notes.filter(has_text=told)).to_be_visible()
                await picture(page, f"notices-{language}")
                if seen is None:
                    await expect(notes.first).to_contain_text("중계 서버 명령줄")
                    continue
                await expect(notes.filter(has_text="Your role was changed: lead")).to_be_visible()
                assert await serious_problems(page) == []
                for left in (1, 0):
                    await notes.first.get_by_role("button", name=seen).click()
                    await expect(notes).to_have_count(left)
                await page.reload()
                await expect(page.locator("nav#menu")).to_be_attached()
                await expect(notes).to_have_count(0)
