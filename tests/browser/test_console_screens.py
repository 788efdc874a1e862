"""An admin adds a bench, pairs it, shows an order there and sees that it is shown, with the console alone."""

import io
import re
from datetime import UTC, datetime

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import running_relay
from PIL import Image
from playwright.async_api import expect


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_user("kim", "admin")
        yield office


class Bench(Desk):
    """A desk that says what its window holds once it has shown something."""

    async def now_shows(self, order_id: str) -> None:
        window = {"windowId": "main", "displayId": "right", "orderId": order_id, "page": 1, "pages": 2}
        assert self.presence is not None
        await self.say("presence", {**self.presence, "windows": [{**window, "revision": "A"}]})


async def is_within_width(page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def tells_a_bench_what_to_do(office, page, card, bench: Bench, token: str) -> None:
    """Every button, by the keyboard; each says what became of it."""
    done, news = "3번 작업대: 완료", page.locator(".toasts")

    async def press(name: str, **told: object) -> None:
        before = len(bench.commands)
        await card.get_by_role("button", name=name).press("Enter")
        await bench.until(lambda: len(bench.commands) > before)
        assert bench.commands[-1][1].items() >= told.items()

    for name, verb, told in (
        ("모니터 번호 표시", "identify", {}),
        ("이전 쪽", "view", {"step": "previous"}),
        ("다음 쪽", "view", {"step": "next"}),
        ("새로 고침", "view", {"reload": True}),
        ("화면 가리기", "blank", {"on": True}),
        ("닫기", "close", {}),
    ):
        await press(name, **told)
        assert bench.commands[-1][0] == verb
        await expect(news).to_contain_text(done)
        await news.get_by_role("button", name="닫기").first.click()
    window = {"windowId": "main", "displayId": "right", "orderId": "WO-2025-0001", "page": 2, "pages": 2}
    await bench.say("presence", {**bench.presence, "windows": [{**window, "blank": True}]})
    await expect(card.locator(".badge", has_text="가림")).to_be_visible()
    await press("가리기 해제", on=False)
    await card.get_by_role("button", name="모니터 옮기기").press("Enter")
    await page.get_by_label("모니터", exact=True).select_option("right")
    await page.get_by_role("button", name="옮기기", exact=True).press("Enter")
    await bench.until(lambda: bench.commands[-1][0] == "move")
    assert bench.commands[-1][1]["displayId"] == "right"
    await expect(page.get_by_role("dialog")).to_have_count(0)
    bench.show = lambda command: {"id": command["id"], "state": "failed", "code": "UNSUPPORTED"}
    await card.get_by_role("button", name="알림 보내기").press("Enter")
    await page.get_by_label("내용").fill("점심 뒤에 품질팀으로 오세요")
    await page.get_by_label("중요도").select_option("warning")
    await page.get_by_role("button", name="보내기", exact=True).press("Enter")
    await bench.until(lambda: bench.commands[-1][0] == "notify")
    assert bench.commands[-1][1]["level"] == "warning"
    await expect(news).to_contain_text("지원하지 않는 기능")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    # A picture on request: brought by the bench, and once refused by it.
    bench.show = lambda _command: None
    await press("화면 캡처 보기")
    asked = bench.commands[-1][1]["id"]
    shot = await office.as_(token).call(
        "PUT", f"/api/trigger/{asked}/screenshot", data=png(), headers={"Content-Type": "image/png"}
    )
    await bench.say("outcome", {"id": asked, "state": "shown", "screenshot": shot.body})
    image = card.get_by_alt_text("3번 작업대의 화면 캡처")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    bench.show = lambda command: {"id": command["id"], "state": "failed", "code": "SCREENSHOT_NOT_ALLOWED"}
    await press("화면 캡처 보기")
    await expect(card.get_by_role("status")).to_contain_text("캡처")


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), "steelblue").save(file, "PNG")
    return file.getvalue()


async def test_an_admin_adds_a_screen_pairs_it_and_sees_an_order_shown_there(office):
    await office.add_order("WO-2025-0001", title="기어박스 하우징")
    async with chromium() as browser, visitor(browser) as kim:
        await kim.sign_in(office.url, "kim", "correct horse")
        await kim.page.goto(f"{office.url}/console/#/screens")
        page = kim.page
        await expect(page.get_by_text("아직 등록된 화면이 없습니다")).to_be_visible()
        await page.get_by_role("button", name="브라우저·휴대폰 연결").click()
        browsers = page.get_by_role("region", name="브라우저를 화면으로")
        await expect(browsers.get_by_role("textbox")).to_have_value(f"{office.url}/screen/")
        qr = browsers.get_by_role("img")
        assert await qr.evaluate("image => image.decode().then(() => image.naturalWidth > 100)")
        await expect(page.get_by_role("region", name="휴대폰으로 스캔")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="화면 추가").click()
        await expect(page.get_by_label("화면 ID")).to_be_focused()
        await page.keyboard.type("3번")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("영문이나 숫자로 시작해")).to_be_visible()
        await page.get_by_label("화면 ID").fill("SCREEN-003")
        await page.get_by_label("이름", exact=True).fill("3번 작업대")
        await page.keyboard.press("Enter")

        qr = page.get_by_alt_text("페어링 QR 코드")
        await expect(qr).to_be_visible()
        assert await qr.evaluate("image => image.complete && image.naturalWidth > 0 && image.width >= 300")
        await expect(page.get_by_text(re.compile("남은 시간 [89]:"))).to_be_visible()
        assert "SCREEN-003" in await page.get_by_label("페어링 링크").input_value()
        assert await serious_problems(page) == []
        code = await page.get_by_label("페어링 코드").inner_text()
        claim = {"token": code, "device": {"name": "BENCH-PC-3"}}
        grant = (await office.as_(None).call("POST", "/api/pair", json=claim)).body
        await expect(page.get_by_text("BENCH-PC-3에서 이 화면을 사용합니다.")).to_be_visible()
        await page.get_by_role("dialog").get_by_role("button", name="닫기").last.click()

        card = page.get_by_role("article", name="3번 작업대")
        async with Bench(office.url, grant["token"]) as bench:
            await expect(card.get_by_text("연결됨")).to_be_visible()
            await card.get_by_text("조작", exact=True).click()
            await card.get_by_role("button", name="작업지시 표시").click()
            await page.get_by_label("작업지시 검색").fill("기어박스")
            await page.get_by_role("radio", name="WO-2025-0001").check()
            await page.get_by_label("모니터").select_option("right")
            await page.get_by_role("button", name="표시", exact=True).click()
            await expect(page.get_by_text("3번 작업대: 표시됨 · 모니터 2 R")).to_be_visible()
            assert bench.commands[-1][1]["displayId"] == "right"
            await bench.now_shows("WO-2025-0001")
            await office.call("PUT", "/api/groups/조립", json={"screens": ["SCREEN-003"]})
            await office.call("PUT", "/api/groups/포장", json={"screens": []})
            await page.reload()
            await page.get_by_label("그룹").select_option("포장")
            await expect(page.get_by_text("조건에 맞는 화면이 없습니다")).to_be_visible()
            await page.get_by_label("그룹").select_option("조립")
            await expect(card.get_by_text("WO-2025-0001")).to_be_visible()
            await expect(card.get_by_text("개정 A · 1/2쪽 · 모니터 2 R")).to_be_visible()

            await card.get_by_text("조작", exact=True).press("Enter")
            await tells_a_bench_what_to_do(office, page, card, bench, grant["token"])

            await card.get_by_role("link", name="3번 작업대").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("3번 작업대")
            await expect(page.get_by_role("img", name="모니터 2 R")).to_be_visible()
            await expect(page.get_by_role("row", name=re.compile("화면 캡처.*실패"))).to_be_visible()
            await page.get_by_role("button", name="이름 바꾸기").click()
            await page.get_by_label("이름", exact=True).fill("조립 3번")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("조립 3번")
            await page.get_by_role("button", name="등록 해제").click()
            await page.get_by_role("dialog").get_by_role("button", name="등록 해제").click()
            await bench.hears("session:revoked")
        await expect(page.get_by_text("아직 등록된 화면이 없습니다")).to_be_visible()


async def test_at_phone_width_a_bench_that_asks_is_approved_after_its_code_was_compared(office):
    ask = {"device": {"name": "BENCH-PC-7", "platform": "Windows 11", "monitors": ["DELL U2419H"]}}
    asked = (await office.as_(None).call("POST", "/api/pair/requests", json=ask)).body
    other = (await office.as_(None).call("POST", "/api/pair/requests", json={"device": {"name": "X"}})).body
    async with chromium() as browser, visitor(browser, language="en", size=PHONE) as kim:
        page = kim.page
        # A phone whose clock is 40 minutes off: what it asks for is dated by the relay's all the same.
        await page.clock.install(time=datetime.fromtimestamp(office.clock.now_ms() / 1000 + 2400, UTC))
        await kim.sign_in(office.url, "kim", "correct horse")
        await kim.page.goto(f"{office.url}/console/#/screens")
        await page.get_by_role("button", name="Pairing requests").click()
        request = page.get_by_role("listitem").filter(has_text="BENCH-PC-7")
        await expect(request.get_by_text("DELL U2419H")).to_be_visible()
        await request.get_by_role("button", name="Approve").click()
        await request.get_by_label("Code that the workstation shows").fill(other["userCode"])
        await request.get_by_label("Screen ID").fill("SCREEN-007")
        await request.get_by_role("button", name="Approve").click()
        await expect(request.get_by_text("Another PC shows this code.")).to_be_visible()
        assert await serious_problems(page) == []
        assert await is_within_width(page)
        await request.get_by_label("Code that the workstation shows").fill(asked["userCode"])
        await request.get_by_role("button", name="Approve").click()
        await expect(page.get_by_text("BENCH-PC-7 was approved as SCREEN-007.")).to_be_visible()
        stranger = page.get_by_role("listitem").filter(has_text="Asked").filter(has_text="X")
        await stranger.get_by_role("button", name="Deny").last.click()
        await expect(page.get_by_text("The request of X was denied.")).to_be_visible()
        await page.keyboard.press("Escape")
        poll = {"deviceCode": asked["deviceCode"]}
        grant = await office.as_(None).call("POST", "/api/pair/requests/token", json=poll)
        async with Bench(office.url, grant.body["token"]):
            card = page.get_by_role("article", name="BENCH-PC-7")
            await expect(card.get_by_text("Online")).to_be_visible()
            assert await is_within_width(page)
            await card.get_by_role("link", name="BENCH-PC-7").click()
            await expect(page.get_by_role("heading", name="Monitors")).to_be_visible()
            assert await is_within_width(page)
            await page.get_by_role("button", name="Identify").click()
            await expect(page.get_by_text("BENCH-PC-7: Done")).to_be_visible()

            await page.get_by_role("button", name="Pair again").click()
            await expect(page.get_by_text("This screen is paired. When the new PC connects")).to_be_visible()
            await expect(page.get_by_text(re.compile("[89]:.. left"))).to_be_visible()
            assert await serious_problems(page) == []
            assert await is_within_width(page)
            claim = {
                "token": await page.get_by_label("Pairing code").inner_text(),
                "device": {"name": "BENCH-PC-8"},
            }
            assert (await office.as_(None).call("POST", "/api/pair", json=claim)).status == 200
            await expect(page.get_by_text("BENCH-PC-8 is this screen now.")).to_be_visible()
            await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
            await expect(page.get_by_text("BENCH-PC-8")).to_be_visible()
            await expect(page.get_by_role("row", name=re.compile("Identify.*Done"))).to_be_visible()
