"""Dashboard, health and backups as an admin sees them in a real browser: in Korean at a desk, in English on a phone."""

import re
from pathlib import Path

import pytest
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay
from playwright.async_api import expect

from relay.admin import figures
from relay.storage.backup import read_manifest


async def _go(person: Visitor, url: str, page: str, heading: str) -> None:
    await person.page.goto(f"{url}/console/#/{page}")
    await expect(person.page.get_by_role("heading", level=1)).to_have_text(heading)


async def _fits(person: Visitor) -> None:
    wide, room = await person.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


async def _changes_settings(kim: Visitor, office: Office) -> None:
    page, settings = kim.page, office.relay.settings
    await _go(kim, office.url, "settings", "설정")
    await page.get_by_label("설정 찾기").fill("백업")
    await expect(page.get_by_role("region")).to_have_count(2)  # the page, and the one group that is left
    await page.get_by_role("button", name="백업 변경").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("자동 백업 간격").fill("soon")
    await dialog.get_by_role("button", name="저장").click()
    await expect(dialog.get_by_text("숫자로 입력하세요.")).to_be_visible()
    await dialog.get_by_label("자동 백업 간격").fill("0.5")
    await dialog.get_by_label("보관할 백업 개수").fill("0")
    await dialog.get_by_label("보관할 백업 개수").press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("쓸 수 없는 값")
    await dialog.get_by_label("보관할 백업 개수").fill("30")
    await dialog.get_by_label("보관할 백업 개수").press("Enter")
    line = page.locator(".setting", has_text="보관할 백업 개수")
    await expect(line).to_contain_text("이 화면에서 변경")
    assert (settings.backup_hours, settings.backup_keep) == (0.5, 30)
    await line.get_by_text("적는 방법").click()
    await expect(line.get_by_label("설정 파일에 적을 줄")).to_have_value("backup_keep = 30")
    await expect(line).to_contain_text("BENCHCAST_BACKUP_KEEP")
    await page.get_by_role("button", name="보관할 백업 개수 설정을 기본값으로").click()
    await expect(line).not_to_contain_text("이 화면에서 변경")
    assert settings.backup_keep == 7
    # What is said at the start is shown with its origin, and not changed here.
    await page.get_by_label("설정 찾기").fill("port")
    firm = page.locator(".setting", has_text="포트")
    await expect(firm).to_contain_text("시작 옵션")
    await expect(page.get_by_role("button", name="네트워크 변경")).to_have_count(0)
    # Alerts: a receiver that is not there is told so, by trying it.
    await page.get_by_label("설정 찾기").fill("alert_")
    await page.get_by_role("button", name="알림 변경").click()
    await dialog.get_by_label("웹훅 주소").fill("http://127.0.0.1:9/secret")
    await dialog.get_by_role("button", name="저장").click()
    await expect(page.locator(".setting", has_text="웹훅")).to_contain_text("표시하지 않음")
    await page.get_by_role("button", name="시험 알림 보내기").click()
    await expect(page.locator(".trial")).to_contain_text("시험 알림을 받지 않았습니다")


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
                await _changes_settings(kim, office)
            async with visitor(browser, language="en", size=PHONE) as lee:
                await lee.sign_in(office.url, "lee", "correct horse")
                await _go(lee, office.url, "dashboard", "Dashboard")
                await expect(lee.page.get_by_text("DOCUMENT_UNREADABLE")).to_be_visible()
                await expect(lee.page.get_by_role("img").nth(1)).to_be_visible(timeout=30_000)
                await _fits(lee)
                await lee.page.goto(f"{office.url}/console/#/backup")
                await expect(lee.page.get_by_text("There is no such page")).to_be_visible()
