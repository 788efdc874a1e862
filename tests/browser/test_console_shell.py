"""The console's frame in a real browser: signing in and out, two languages, a phone, a relay that goes away."""

import pytest
from helpers.browser import PHONE, chromium, visitor
from helpers.relay_running import running_relay
from playwright.async_api import expect


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_user("kim", "admin")
        yield office


async def test_an_admin_signs_in_sees_the_screens_and_signs_out(office):
    await office.add_screen("SCREEN-001")
    async with chromium() as browser, visitor(browser) as kim:
        page = kim.page
        await page.goto(office.url)
        await page.locator("input[autocomplete=username]").fill("kim")
        await page.locator("input[type=password]").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("비밀번호")
        await page.locator("input[type=password]").fill("correct horse")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("화면")
        await expect(page.get_by_text("SCREEN-001", exact=True)).to_be_visible()
        await expect(page.get_by_text("실시간 연결됨")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("SCREEN-001", exact=True)).to_be_visible()
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Screens")
        assert await page.evaluate("document.documentElement.lang") == "en"
        assert await page.evaluate("document.cookie") == ""
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in to Benchcast")).to_be_visible()


async def test_at_phone_width_the_menu_folds_and_nothing_is_cut_off(office):
    async with chromium() as browser, visitor(browser, language="en", size=PHONE) as kim:
        await kim.sign_in(office.url, "kim", "correct horse")
        page = kim.page
        await expect(page.get_by_text("There are no screens yet")).to_be_visible()
        await expect(page.locator("nav#menu")).to_be_hidden()
        await page.get_by_role("button", name="Menu").click()
        await expect(page.get_by_role("link", name="Screens")).to_be_visible()
        width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]


async def test_a_relay_that_goes_away_is_told_and_all_is_there_again_when_it_is_back(tmp_path):
    async with chromium() as browser, visitor(browser) as kim:
        page = kim.page
        async with running_relay(tmp_path / "relay") as office:
            await office.add_user("kim", "admin")
            await office.add_order("WO-1")
            await kim.sign_in(office.url, "kim", "correct horse")
            await expect(page.get_by_text("실시간 연결됨")).to_be_visible()
            port = office.relay.port
        await expect(page.get_by_text("연결하는 중")).to_be_visible()
        await page.get_by_role("link", name="작업지시", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("중계 서버에 연결할 수 없습니다")
        async with running_relay(tmp_path / "relay", on_port=port):
            await expect(page.get_by_text("실시간 연결됨")).to_be_visible()
            await expect(page.get_by_role("link", name="WO-1")).to_be_visible()
        # The browser itself complains of lines that could not be opened.
        kim.complaints = [each for each in kim.complaints if "WebSocket" not in each]
