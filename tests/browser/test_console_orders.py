"""Orders and their sources in a real browser: by hand, by file, by table, from an ERP; in Korean and on a phone."""

import base64
import os
from pathlib import Path

import pytest
from helpers.browser import PHONE, chromium, visitor
from helpers.erp import running_erp
from helpers.relay_running import running_relay, small_pdf
from playwright.async_api import Page, expect

# Where to put pictures for a person to look at; nowhere unless asked.
PICTURES = os.environ.get("CONSOLE_PICTURES")

DROP = """async ([selector, files]) => {
  const data = new DataTransfer();
  for (const [name, text, type] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(drop);
}"""


@pytest.fixture
async def office(tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    async with running_relay(tmp_path / "relay", watched_folder=folder) as office:
        await office.add_user("kim", "admin")
        yield office


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


async def fits(page: Page) -> bool:
    width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return width[0] <= width[1]


async def test_a_lead_keeps_an_order_by_hand_with_files_and_revisions(office, tmp_path: Path) -> None:
    one, two, three = (
        base64.b64encode(small_pdf(text, pages=2)).decode() for text in ("one", "two", "three")
    )
    async with chromium() as browser, visitor(browser) as kim:
        await kim.sign_in(office.url, "kim", "correct horse")
        page = kim.page
        await page.goto(f"{office.url}/console/#/orders")
        await expect(page.get_by_text("아직 작업지시가 없습니다")).to_be_visible()
        # A new order, by keyboard.
        await page.get_by_role("button", name="작업지시 추가").press("Enter")
        await page.get_by_role("button", name="저장").press("Enter")
        await expect(page.get_by_text("작업지시번호를 입력하세요.")).to_be_visible()
        await page.get_by_label("작업지시번호").fill("WO-2026-0007")
        await page.get_by_label("제목").fill("하우징 가공")
        await page.get_by_label("고객사").fill("한빛정공")
        await page.get_by_label("납기일").fill("2026-12-31")
        await page.get_by_label("추가 항목").fill("재질: SUS304\n수량: 120")
        await page.get_by_label("추가 항목").press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("WO-2026-0007")
        await expect(page.get_by_text("SUS304")).to_be_visible()
        # Files are dropped, a wrong one says why, a revision replaces.
        files = [
            ["작업도.pdf", one, "application/pdf"],
            ["검사표.pdf", two, "application/pdf"],
            ["broken.pdf", "JVBERi1icm9rZW4=", "application/pdf"],
        ]
        await page.evaluate(DROP, [".drop", files])
        await expect(page.locator(".document")).to_have_count(2)
        await expect(page.locator(".uploads").get_by_role("alert")).to_be_visible()
        plan = page.locator(".document", has_text="작업도")
        await expect(plan.locator("img")).to_have_js_property("complete", True)
        assert (
            await plan.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
            == 160
        )
        await plan.locator("input[type=file]").set_input_files(
            {"name": "other.pdf", "mimeType": "application/pdf", "buffer": base64.b64decode(three)}
        )
        await expect(plan.get_by_text("개정 B")).to_be_visible()
        await picture(page, "order-ko")
        await plan.get_by_role("button", name="개정 이력").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("row")).to_have_count(3)
        await page.keyboard.press("Escape")
        await plan.locator("button.look").click()
        await expect(dialog.get_by_text("1 / 2쪽")).to_be_visible()
        await dialog.get_by_role("button", name="다음 쪽").click()
        await expect(dialog.get_by_text("2 / 2쪽")).to_be_visible()
        assert (
            await dialog.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
            == 1000
        )
        await picture(page, "preview-ko")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="웹 페이지 등록").click()
        await dialog.get_by_label("주소").fill("https://not.allowed.example/")
        await dialog.get_by_role("button", name="등록").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("not.allowed.example")
        await page.keyboard.press("Escape")
        check = page.locator(".document", has_text="검사표")
        await check.get_by_role("button", name="문서 삭제").click()
        await dialog.get_by_role("button", name="문서 삭제").click()
        await expect(page.locator(".document")).to_have_count(1)
        # Labels open in a tab of their own.
        async with page.context.expect_page() as opened:
            await page.get_by_role("button", name="라벨 인쇄").click()
            await dialog.get_by_label("용지").select_option("62mm")
            await dialog.get_by_role("button", name="라벨 열기").click()
        assert "size=62mm" in (await opened.value).url
        await (await opened.value).close()
        # A table is tried before it is imported, line by line.
        await page.goto(f"{office.url}/console/#/orders")
        await page.get_by_role("button", name="표로 등록").click()
        table = "작업지시번호,제목,파일명\nWO-8,기어,gear.pdf\nWO-9,축,missing.pdf\n".encode("cp949")
        await (
            dialog.locator("input[type=file]")
            .nth(0)
            .set_input_files({"name": "orders.csv", "mimeType": "text/csv", "buffer": table})
        )
        await (
            dialog.locator("input[type=file]")
            .nth(1)
            .set_input_files({"name": "gear.pdf", "mimeType": "application/pdf", "buffer": small_pdf("gear")})
        )
        await dialog.get_by_role("button", name="미리 확인").click()
        await expect(dialog.get_by_text("아직 등록하지 않았습니다.")).to_be_visible()
        await expect(dialog.get_by_text("missing.pdf")).to_be_visible()
        await dialog.get_by_role("button", name="등록", exact=True).click()
        await expect(dialog.get_by_text("등록하지 못한 줄: 1")).to_be_visible()
        await picture(page, "import-ko")
        await dialog.get_by_role("button", name="닫기").last.click()
        await expect(page.get_by_role("link", name="WO-8")).to_be_visible()
        # Found as one types.
        await page.get_by_label("작업지시 찾기").press_sequentially("한빛")
        await expect(page.get_by_role("link", name="WO-8")).to_have_count(0)
        await expect(page.get_by_role("link", name="WO-2026-0007")).to_be_visible()
        await picture(page, "orders-ko")
        await page.get_by_role("link", name="WO-2026-0007").click()
        await page.get_by_role("button", name="작업지시 삭제").click()
        await dialog.get_by_role("button", name="작업지시 삭제").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("작업지시")


async def test_an_admin_connects_an_erp_on_a_phone(office, tmp_path: Path) -> None:
    (tmp_path / "folder" / "WO-5.pdf").write_bytes(small_pdf("five"))
    async with (
        running_erp() as erp,
        chromium() as browser,
        visitor(browser, language="en", size=PHONE) as kim,
    ):
        erp.orders["ERP-1"] = ("C", small_pdf("erp"))
        erp.key = "right"
        await kim.sign_in(office.url, "kim", "correct horse")
        page = kim.page
        await page.goto(f"{office.url}/console/#/sources")
        await expect(page.get_by_text("There are no sources yet")).to_be_visible()
        await page.get_by_role("button", name="Add a source").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("ERP Busan")
        await dialog.get_by_label("Address", exact=True).fill(f"{erp.url}/orders/{{orderId}}")
        await dialog.get_by_label("Sign-in").select_option("header")
        await dialog.get_by_label("Header").fill("X-Api-Key")
        await dialog.get_by_label("Path to the document's address").fill("data[0].url")
        await dialog.get_by_label("Path to the revision").fill("data[0].rev")
        await dialog.get_by_label("Secret", exact=True).fill("wrong")
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="ERP Busan")).to_be_visible()
        await page.get_by_role("button", name="Try it").click()
        await dialog.get_by_label("Order number").fill("ERP-1")
        await dialog.get_by_role("button", name="Ask").click()
        await expect(dialog.get_by_text("private address")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Settings", exact=True).click()
        await dialog.get_by_label("Allow private addresses").check()
        await dialog.get_by_label("Secret", exact=True).fill("right")
        assert await fits(page)
        await picture(page, "source-en-phone")
        await dialog.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name="Try it").click()
        await dialog.get_by_label("Order number").fill("ERP-1")
        await dialog.get_by_label("Order number").press("Enter")
        await expect(dialog.get_by_text("The document was found.")).to_be_visible()
        await picture(page, "try-en-phone")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Switch off").click()
        await expect(page.get_by_role("button", name="Switch on")).to_be_visible()
        await page.get_by_role("button", name="Refresh").click()
        await expect(page.get_by_text("WO-5.pdf")).to_be_visible()
        assert await fits(page)
        await picture(page, "sources-en-phone")
        await office.add_order("WO-1")
        await page.goto(f"{office.url}/console/#/orders")
        await expect(page.get_by_role("link", name="WO-1")).to_be_visible()
        assert await fits(page)
        await page.goto(f"{office.url}/console/#/orders/WO-1")
        await expect(page.locator(".document")).to_have_count(1)
        assert await fits(page)
        await picture(page, "order-en-phone")
        await page.goto(f"{office.url}/console/#/orders/WO-404")
        await expect(page.get_by_role("alert")).to_contain_text("WO-404")
