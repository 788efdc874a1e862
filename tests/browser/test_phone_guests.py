"""Phones come in by a screen's QR or its code, an admin sees them in the console, and shows them out."""

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import running_relay
from playwright.async_api import expect

PASSWORD = "correct horse"


@pytest.mark.timeout(150)
async def test_an_admin_sees_who_joined_a_screen_and_ends_it(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        await office.add_user("kim", "admin", PASSWORD)
        grant = await office.pair()
        async with (
            Desk(office.url, grant["token"]),
            visitor(browser) as admin,
            visitor(browser, size=PHONE) as phone,
            visitor(browser, size=PHONE, language="en") as other,
        ):
            await admin.sign_in(office.url, "kim", PASSWORD)
            await admin.page.goto(f"{office.url}/console/#/screens/SCREEN-001")
            guests = admin.page.get_by_role("region", name="휴대폰")
            await expect(guests).to_contain_text("연결된 휴대폰이 없습니다")

            # One comes by the link, the other types what stands beside the picture.
            await guests.get_by_role("button", name="휴대폰 연결 QR").click()
            dialog = admin.page.get_by_role("dialog")
            await expect(dialog.get_by_role("img")).to_have_js_property("complete", value=True)
            code = await dialog.locator("strong.mono").inner_text()
            assert await serious_problems(admin.page) == []
            ticket = await office.as_(grant["token"]).call("POST", "/api/screens/SCREEN-001/join")
            await phone.page.goto(ticket.body["link"])
            await phone.page.locator("#typed").wait_for()
            assert "join=" not in phone.page.url
            await other.page.goto(f"{office.url}/scan/")
            await other.page.get_by_role("button", name="Type the code").click()
            await other.page.get_by_label("The code beside the screen's QR").fill(code.lower())
            await other.page.get_by_role("button", name="Join").click()
            await other.page.locator("#typed").wait_for()

            await dialog.get_by_role("button").last.click()
            rows = guests.locator("tbody tr")
            await expect(rows).to_have_count(2)
            await expect(rows.first).to_contain_text("연결됨")
            assert await serious_problems(admin.page) == []

            # The newest first: the one who typed. The phone hears of it by itself.
            await rows.first.get_by_role("button").click()
            await expect(other.page.get_by_role("button", name="Type the code")).to_be_visible()
            await expect(rows).to_have_count(1)
            await expect(phone.page.locator("#typed")).to_be_visible()

            # Another link, in the page that is open already, lets it in again.
            again = await office.as_(grant["token"]).call("POST", "/api/screens/SCREEN-001/join")
            await other.page.goto(again.body["link"])
            await other.page.locator("#typed").wait_for()
            assert "join=" not in other.page.url

            # A guest is nobody in the console.
            await phone.page.goto(f"{office.url}/console/")
            await expect(phone.page.locator("input[autocomplete=username]")).to_be_visible()
