"""What was sent is found again with its history, and what ended badly is sent again or laid aside, one or many."""

import csv
import io
import re
from pathlib import Path

import pytest
from helpers.browser import PHONE, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import running_relay
from PIL import Image
from playwright.async_api import expect

FAILED = {"state": "failed", "code": "DISPLAY_NOT_AVAILABLE"}


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_user("kim", "admin")
        yield office


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), "steelblue").save(file, "PNG")
    return file.getvalue()


def fails(command: dict) -> dict:
    return {"id": command["id"], **FAILED}


async def is_within_width(page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_dead_letters_are_sent_again_and_laid_aside_and_each_tells_what_became_of_it(office):
    grant = await office.pair()
    for number in (1, 2, 3):
        await office.add_order(f"WO-{number}")
    async with (
        Desk(office.url, grant["token"]) as desk,
        chromium() as browser,
        visitor(browser) as kim,
        visitor(browser, language="en", size=PHONE) as lee,
    ):
        await kim.sign_in(office.url, "kim", "correct horse")
        page = kim.page
        await page.get_by_role("link", name="실패한 전달").click()
        await expect(page.get_by_text("처리할 실패가 없습니다")).to_be_visible()
        shows, desk.show = desk.show, fails
        for number in (1, 2, 3):
            await office.trigger(orderId=f"WO-{number}", wait_ms=8000)
        await expect(page.get_by_role("listitem")).to_have_count(3)
        await expect(page.get_by_text("지정한 모니터가 연결되어 있지 않습니다.")).to_have_count(3)
        await expect(page.get_by_text("모니터의 전원과 케이블을 확인하고").first).to_be_visible()

        await lee.sign_in(office.url, "kim", "correct horse")
        await lee.page.goto(f"{office.url}/console/#/dead-letters")
        await expect(lee.page.get_by_role("listitem")).to_have_count(3)
        assert await is_within_width(lee.page)

        desk.show = lambda command: shows(command) if command.get("orderId") == "WO-1" else fails(command)
        await page.get_by_role("checkbox", name="SCREEN-001 · WO-1 선택").check()
        await page.get_by_role("checkbox", name="SCREEN-001 · WO-2 선택").check()
        await page.get_by_role("button", name="선택 2건 다시 보내기").click()
        first = page.get_by_role("listitem").filter(has_text="WO-1")
        second = page.get_by_role("listitem").filter(has_text="WO-2")
        await expect(first.get_by_text("표시됨")).to_be_visible()
        await expect(second.locator("p.row")).to_contain_text("실패")
        await expect(page.get_by_text("표시됨 1 · 진행 중 0 · 정리함 0 · 실패 1")).to_be_visible()
        await page.get_by_role("button", name="정리하기: SCREEN-001 · WO-3").click()
        await page.get_by_role("dialog").get_by_role("button", name="정리하기").click()
        third = page.get_by_role("listitem").filter(has_text="WO-3")
        await expect(third.get_by_text("정리함")).to_be_visible()
        await page.get_by_role("button", name="목록 새로 읽기").click()
        # What failed again is a dead letter of its own.
        await expect(page.get_by_role("listitem")).to_have_count(1)
        await page.get_by_role("link", name="문서 표시").click()
        await expect(page.get_by_text("다시 보낸 원래 전달")).to_be_visible()


async def test_deliveries_are_filtered_exported_and_followed_stage_by_stage(office, tmp_path):
    grant = await office.pair()
    await office.add_order("WO-1", title="=cmd")
    await office.add_order("WO-2")
    async with Desk(office.url, grant["token"]) as desk, chromium() as browser, visitor(browser) as kim:
        shown = (await office.trigger(orderId="WO-1", wait_ms=8000)).body
        desk.show = fails
        await office.trigger(orderId="WO-2", wait_ms=8000)
        await kim.sign_in(office.url, "kim", "correct horse")
        page = kim.page
        await page.get_by_role("link", name="전달", exact=True).click()
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(2)
        await office.trigger(command="identify", wait_ms=8000)
        await expect(rows).to_have_count(3)  # told by the live line
        await page.get_by_label("상태").select_option("bad")
        await expect(rows).to_have_count(2)
        await page.get_by_label("작업지시").fill("wo-2")
        await expect(rows).to_have_count(1)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="CSV로 내보내기").click()
        file = Path(await (await download.value).path())
        table = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
        assert [row[4] for row in table] == ["작업지시", "WO-2"]
        assert table[1][7:9] == ["실패", "DISPLAY_NOT_AVAILABLE"]
        await page.reload()
        await expect(rows).to_have_count(1)

        await page.goto(f"{office.url}/console/#/deliveries/{shown['id']}")
        stages = page.locator(".timeline li")
        await expect(stages).to_have_text(
            [re.compile(each) for each in ("대기 중", "보냄", "화면이 받음", "표시됨")]
        )
        await expect(page.get_by_text("모니터 2 R")).to_be_visible()

        desk.show = lambda _command: None
        asked = (await office.trigger(command="screenshot")).body
        await desk.until(lambda: any(verb == "screenshot" for verb, _ in desk.commands))
        await page.goto(f"{office.url}/console/#/deliveries/{asked['id']}")
        await expect(page.get_by_text("화면이 받음").first).to_be_visible()
        picture = await office.as_(grant["token"]).call(
            "PUT", f"/api/trigger/{asked['id']}/screenshot", data=png(), headers={"Content-Type": "image/png"}
        )
        await desk.say("outcome", {"id": asked["id"], "state": "shown", "screenshot": picture.body})
        image = page.get_by_alt_text("SCREEN-001의 화면 캡처")
        await expect(image).to_be_visible()
        assert await image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
