"""Dashboard, health and backups as an admin sees them in a real browser: in Korean at a desk, in English on a phone."""

import re
from pathlib import Path

import pytest
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import running_relay
from playwright.async_api import expect

from relay.admin import figures
from relay.storage.backup import read_manifest


async def _go(person: Visitor, url: str, page: str, heading: str) -> None:
    await person.page.goto(f"{url}/console/#/{page}")
    await expect(person.page.get_by_role("heading", level=1)).to_have_text(heading)


async def _fits(person: Visitor) -> None:
    wide, room = await person.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


async def test_an_admin_sees_how_the_relay_does_and_takes_a_backup_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LOOK_SECONDS", 0.5)
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        await office.add_user("kim", "admin")
        await office.add_user("lee", "viewer")
        await office.add_order("WO-1")
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            for _ in range(5):
                await office.trigger(command="identify", wait_ms=10_000)
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            await office.trigger(command="identify", wait_ms=10_000)
            async with visitor(browser) as kim:
                page = kim.page
                await kim.sign_in(office.url, "kim", "correct horse")
                await _go(kim, office.url, "dashboard", "현황")
                await expect(page.get_by_text("DOCUMENT_UNREADABLE")).to_be_visible()
                await expect(page.locator(".figure", has_text="연결된 화면")).to_contain_text("1")
                await expect(page.locator(".figure", has_text="실패한 전달")).to_contain_text("1")
                latency = page.get_by_role("img", name=re.compile("스캔부터 표시까지"))
                await expect(latency).to_be_visible(timeout=30_000)
                await expect(latency.locator("path").first).to_have_attribute(
                    "d", re.compile(r"^M[\d.]+ [\d.]+")
                )
                await _go(kim, office.url, "health", "상태 점검")
                await expect(page.locator(".finding", has_text="디스크 기록 시간")).to_be_visible()
                await expect(page.locator(".finding", has_text="백업")).to_contain_text("주의")
                await expect(page.get_by_text("새 작업지시를 받을 수 있습니다")).to_be_visible()
                await _go(kim, office.url, "backup", "백업")
                await expect(page.get_by_text("아직 백업이 없습니다")).to_be_visible()
                await page.get_by_role("button", name="지금 백업").click()
                async with page.expect_download() as download:
                    await page.get_by_role("link", name=re.compile("내려받기")).click()
                taken = tmp_path / "taken"
                await (await download.value).save_as(taken)
                assert {"relay.db", "keys.json"} <= {file.path for file in read_manifest(taken).files}
                await page.get_by_role("button", name=re.compile("백업 삭제")).click()
                await page.get_by_role("dialog").get_by_role("button", name="삭제", exact=True).click()
                await expect(page.get_by_text("아직 백업이 없습니다")).to_be_visible()
            async with visitor(browser, language="en", size=PHONE) as lee:
                await lee.sign_in(office.url, "lee", "correct horse")
                await _go(lee, office.url, "dashboard", "Dashboard")
                await expect(lee.page.get_by_text("DOCUMENT_UNREADABLE")).to_be_visible()
                await expect(lee.page.get_by_role("img").nth(1)).to_be_visible(timeout=30_000)
                await _fits(lee)
                await lee.page.goto(f"{office.url}/console/#/backup")
                await expect(lee.page.get_by_text("There is no such page")).to_be_visible()
