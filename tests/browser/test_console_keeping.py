"""What is kept of people, as they read it and take it along in a browser; and signs of an attack, for an admin."""

import json
from pathlib import Path

from helpers.browser import PHONE, chromium, visitor
from helpers.relay_running import running_relay
from playwright.async_api import expect


async def test_a_person_reads_what_is_kept_and_takes_it_along_and_an_admin_sees_an_attack(tmp_path):
    settings = {"keep_deliveries_days": 33, "alert_refused_sign_ins": 3}
    async with running_relay(tmp_path / "relay", **settings) as office, chromium() as browser:
        await office.add_user("kim", "admin")
        for name in ("a", "b", "c"):
            wrong = {"username": name, "password": "a wrong guess"}
            await office.as_(None).call("POST", "/api/auth/login", json=wrong)
        async with visitor(browser, size=PHONE) as phone:
            await phone.page.goto(f"{office.url}/scan/")
            await phone.page.get_by_role("button", name="개인정보 안내").click()
            await expect(phone.page.get_by_role("dialog")).to_contain_text("33일")
        async with visitor(browser, language="en") as visit:
            page = visit.page
            await page.goto(f"{office.url}/console/")
            link = page.get_by_role("button", name="What is kept about you")
            await link.click()
            dialog = page.get_by_role("dialog", name="What is kept about you")
            await expect(dialog).to_contain_text("What was shown is kept for 33 days")
            await page.keyboard.press("Escape")
            await expect(dialog).to_be_hidden()
            await expect(link).to_be_focused()

            await visit.sign_in(office.url, "kim", "correct horse")
            await page.get_by_role("link", name="Dashboard").click()
            await page.get_by_role("link", name="Signs of an attack").click()
            finding = page.get_by_role("listitem").filter(has_text="Signs of an attack")
            await expect(finding).to_contain_text("3 sign-ins were refused in the last 10 minutes")

            await page.goto(f"{office.url}/console/#/account")
            async with page.expect_download() as begun:
                await page.get_by_role("link", name="Get my data").click()
            file = Path(await (await begun.value).path())
            assert json.loads(file.read_text("utf-8"))["name"] == "kim"
