"""From nothing to the worker's second monitor by the console alone, with the real app; at a desk, then by phone."""

import base64
import os
import re
import signal
from io import BytesIO
from pathlib import Path

import pytest
from helpers.browser import PHONE, chromium, visitor
from helpers.real_desk import colour_pdf, is_colour, real_desk
from helpers.relay_running import running_relay
from helpers.x11 import RIGHT, two_monitors
from PIL import Image
from playwright.async_api import Browser, Page, expect
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

pytestmark = pytest.mark.x11

PICTURES = os.environ.get("CONSOLE_PICTURES")
CENTRE = (RIGHT.x + RIGHT.width // 2, RIGHT.y + RIGHT.height // 2)
BYTES_A_SECOND = 400_000
# As a hand does: the events of a real drop, with a real file.
DROP = """async ([selector, name, text]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  data.items.add(new File([bytes], name, { type: "application/pdf" }));
  const target = document.querySelector(selector);
  for (const type of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def large_red_pdf() -> bytes:
    """A red page that takes a while to send: a picture of noise lies under the red."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(960, 540), invariant=True)
    noise = Image.frombytes("RGB", (400, 400), os.urandom(400 * 400 * 3))
    canvas.drawImage(ImageReader(noise), 0, 0, 10, 10)
    canvas.setFillColorRGB(220 / 255, 30 / 255, 30 / 255)
    canvas.rect(0, 0, 960, 540, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"journey-{name}.png")


async def slow_down(page: Page) -> None:
    """Give the page a line on which an upload can be watched."""
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": BYTES_A_SECOND},
    )


async def test_an_admin_pairs_a_desk_uploads_shows_and_replays_and_then_does_it_by_phone(
    tmp_path: Path,
) -> None:
    with two_monitors(window_manager=False) as x:
        async with running_relay(tmp_path / "relay") as office, chromium() as browser:
            await office.add_user("김관리", "admin")
            async with visitor(browser) as kim:
                page = kim.page
                await kim.sign_in(office.url, "김관리", "correct horse")
                # A new order, and its document by drag and drop.
                await page.get_by_role("link", name="작업지시", exact=True).click()
                await page.get_by_role("button", name="작업지시 추가").click()
                await page.get_by_label("작업지시번호").fill("WO-2026-0001")
                await page.get_by_label("제목").fill("기어박스 하우징")
                await page.keyboard.press("Enter")
                await expect(page.get_by_role("heading", level=1)).to_have_text("WO-2026-0001")
                await slow_down(page)
                content = base64.b64encode(large_red_pdf()).decode()
                await page.evaluate(DROP, [".drop", "작업도.pdf", content])
                await expect(page.locator(".uploads")).to_contain_text(re.compile(r"[1-9]\d?%"))
                await picture(page, "upload")
                await expect(page.locator(".document")).to_contain_text("개정 A")
                # A new screen; the link is scanned at the bench.
                await page.get_by_role("link", name="화면", exact=True).click()
                await page.get_by_role("button", name="화면 추가").click()
                await page.get_by_label("화면 ID").fill("SCREEN-003")
                await page.get_by_label("이름", exact=True).fill("3번 작업대")
                await page.keyboard.press("Enter")
                link = await page.get_by_label("페어링 링크").input_value()
                desk = real_desk(office, x, tmp_path / "desk", link=link, screen_id="SCREEN-003")
                async with desk as bench:
                    await expect(page.get_by_text("페어링되었습니다")).to_be_visible()
                    await page.get_by_role("dialog").get_by_role("button", name="닫기").last.click()
                    card = page.get_by_role("article", name="3번 작업대")
                    await expect(card.get_by_text("연결됨")).to_be_visible()
                    # Shown: told, seen on the grid as it happens, and really there.
                    await card.get_by_text("조작", exact=True).click()
                    await card.get_by_role("button", name="작업지시 표시").click()
                    await page.get_by_role("radio", name="WO-2026-0001").check()
                    await page.get_by_label("모니터").select_option(index=2)
                    await page.get_by_role("button", name="표시", exact=True).click()
                    await expect(
                        page.get_by_text(re.compile("3번 작업대: 표시됨 · 모니터 2.* · 개정 A"))
                    ).to_be_visible()
                    await expect(card.locator(".showing")).to_contain_text("WO-2026-0001")
                    await expect(card.locator(".showing")).to_contain_text(re.compile("개정 A · 모니터 2"))
                    assert is_colour(x.shot_of(RIGHT).getpixel((960, 500)), "red")
                    await picture(page, "shown")
                    # The bench hangs; an order that is scanned for it meanwhile expires.
                    os.kill(bench.pid, signal.SIGSTOP)
                    late = office.body("SCREEN-003", orderId="WO-2026-0001", expiresInMs=1_000)
                    await office.trigger(late)
                    await page.get_by_role("link", name="실패한 전달").click()
                    letter = page.get_by_role("listitem").filter(has_text="WO-2026-0001")
                    await expect(letter).to_contain_text("유효 시간이 지났습니다")
                    os.kill(bench.pid, signal.SIGCONT)
                    await office.add_order("WO-2026-0001", colour_pdf("green"), filename="작업도.pdf")
                    # Replayed, it brings today's revision.
                    await letter.get_by_role("button", name=re.compile("다시 보내기")).click()
                    await expect(letter.get_by_text("표시됨")).to_be_visible()
                    await picture(page, "replayed")
                    await letter.locator("p.row").get_by_role("link").click()
                    await expect(page.get_by_text("다시 보낸 원래 전달")).to_be_visible()
                    await expect(page.locator(".timeline li").last).to_contain_text("표시됨")
                    await page.get_by_role("link", name="화면", exact=True).click()
                    await expect(card.locator(".showing")).to_contain_text("개정 B")
                    await does_it_by_phone(browser, office.url)


async def does_it_by_phone(browser: Browser, url: str) -> None:
    """The same core with a thumb: a revision from the phone's files, shown, seen and taken away again."""
    async with visitor(browser, size=PHONE) as kim:
        page = kim.page
        await kim.sign_in(url, "김관리", "correct horse")
        await page.goto(f"{url}/console/#/orders/WO-2026-0001")
        file = {"name": "작업도.pdf", "mimeType": "application/pdf", "buffer": colour_pdf("blue", "yellow")}
        await page.locator(".drop input[type=file]").set_input_files(file)
        await expect(page.locator(".document")).to_contain_text("개정 C")
        await page.get_by_role("button", name="메뉴").click()
        await page.get_by_role("link", name="화면", exact=True).click()
        card = page.get_by_role("article", name="3번 작업대")
        await card.get_by_text("조작", exact=True).click()
        await card.get_by_role("button", name="작업지시 표시").click()
        await page.get_by_role("radio", name="WO-2026-0001").check()
        await page.get_by_role("button", name="표시", exact=True).click()
        await expect(card.locator(".showing")).to_contain_text("개정 C")
        await card.get_by_role("button", name="다음 쪽").click()
        await expect(card.locator(".showing")).to_contain_text("2/2쪽")
        wide, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room
        await picture(page, "phone")
