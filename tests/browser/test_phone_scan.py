"""A phone scans with its camera: real barcodes in a real Chromium, from the join link to "shown on display 2"."""

import re
from itertools import pairwise

import pytest
import pytest_asyncio
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.camera_video import barcode, camera_arguments, empty, seen, write_video
from helpers.desk import Desk
from helpers.relay_running import running_relay
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="module")

NARROW = {**PHONE, "viewport": {"width": 360, "height": 740}}
LYING = {**PHONE, "viewport": {"width": 740, "height": 360}}
# What is held before the camera, one after the other, and the order that has to come of it.
CODES = {
    "WO-2025-0001": seen(barcode("WO-2025-0001", "Code128", scale=3)),
    "WO-39": seen(barcode("WO-39", "Code39", scale=3)),
    "8801234567893": seen(barcode("8801234567893", "EAN13")),
    "96385074": seen(barcode("96385074", "EAN8")),
    "12345678901231": seen(barcode("12345678901231", "ITF")),
    "WO-DM": seen(barcode("WO-DM", "DataMatrix", scale=8), brightness=0.2),
    "WO-QR": seen(barcode("WO-QR", "QRCode", scale=7), blurred=2.2),
    "WO-417": seen(barcode("WO-417", "PDF417", scale=3)),
    "WO-GS1-128": seen(barcode("(400)WO-GS1-128(10)L7", "Code128", scale=2, gs1=True)),
    "WO-GS1-DM": seen(barcode("(01)04012345123456(400)WO-GS1-DM", "DataMatrix", scale=8, gs1=True)),
    "WO-TURNED": seen(barcode("WO-TURNED", "Code128", scale=3), turned=30),
    "WO-SMALL": seen(barcode("WO-SMALL", "DataMatrix", scale=3)),
}
SECONDS = 0.9

# Every scan of this phone, as soon as each of the wanted orders is among them.
UNTIL_READ = """async (wanted) => {
    const { entries } = await import("/web/phone/scan/sending.js");
    const scans = new Map(); // the phone keeps the newest alone
    await new Promise((done) => {
        const look = () => {
            for (const { id, orderId, at } of entries.value) scans.set(id, [orderId, at]);
            const read = [...scans.values()].map(([orderId]) => orderId);
            if (wanted.every((each) => read.includes(each))) done();
        };
        entries.listen(look);
        look();
    });
    return [...scans.values()];
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory):
    async with running_relay(tmp_path_factory.mktemp("scan") / "relay") as office:
        await office.add_user("kim", "operator")
        await office.add_order("WO-2025-0001", title="기어박스 하우징", revision="C")
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(office):
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory, office, desk):
    folder = tmp_path_factory.mktemp("camera")
    ticket = (await office.call("POST", "/api/screens/SCREEN-001/join")).body["ticket"]
    link = f"{office.url}/scan/#join={ticket}&screen=SCREEN-001"
    scenes = [(picture, SECONDS) for picture in (seen(barcode(link, "QRCode", scale=5)), *CODES.values())]
    video = write_video(folder / "codes.mjpeg", [(empty(), 0.5), *scenes])
    async with chromium(*camera_arguments(video)) as browser:
        yield browser
    video.unlink()


async def is_within_width(page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def sign_in(page, url: str) -> None:
    await page.goto(f"{url}/scan/")
    await page.get_by_role("button", name="로그인").click()
    await page.get_by_label("이름").fill("kim")
    await page.get_by_label("비밀번호", exact=True).fill("correct horse")
    await page.keyboard.press("Enter")


async def test_a_phone_joins_by_the_screen_s_qr_scans_and_is_told_that_it_is_shown(office, browser, desk):
    async with visitor(browser, size=NARROW) as guest:
        page = guest.page
        # As an app on the home screen does, whose storage is its own: the QR is scanned in the app itself.
        await page.goto(f"{office.url}/scan/")
        await expect(page.get_by_role("button", name="로그인")).to_be_visible()
        assert await serious_problems(page) == []
        await page.get_by_role("button", name="화면의 QR 스캔").click()
        await expect(page.get_by_text("Bench SCREEN-001")).to_be_visible()
        outcome = page.get_by_role("region", name="마지막 스캔 결과")
        said = outcome.get_by_role("status")
        # The other codes of the video are orders that the relay does not know; its own words say so.
        await expect(said).to_contain_text("모니터 2에 표시됨")
        assert re.search(r"WO-2025-0001\s+모니터 2에 표시됨\s+개정 C · \d+ ms", await said.inner_text())
        assert desk.commands[-1][1]["orderId"] == "WO-2025-0001"
        await page.get_by_role("button", name="멈춤").click()
        await expect(page.get_by_text("멈춤: 스캔하지 않습니다")).to_be_visible()
        assert await serious_problems(page) == []
        assert await is_within_width(page)
        await page.set_viewport_size(LYING["viewport"])
        assert await is_within_width(page)


# On a machine that is busy, some codes are read when the video has come round again.
@pytest.mark.timeout(300)
async def test_every_kind_of_code_is_read_once_and_means_what_it_means_at_the_bench(office, browser, desk):
    async with visitor(browser, size=PHONE) as kim:
        page = kim.page
        await sign_in(page, office.url)
        # The only screen there is need not be chosen.
        await expect(page.get_by_text("Bench SCREEN-001")).to_be_visible()
        scans = await page.evaluate(UNTIL_READ, list(CODES))
        assert {order for order, _at in scans} == set(CODES)
        # The video begins anew after its end; a code is in view once in every round, and is one scan then.
        round_ms = (len(CODES) + 1) * SECONDS * 1000
        at = sorted(at for order, at in scans if order == "WO-2025-0001")
        assert all(later - earlier > round_ms / 2 for earlier, later in pairwise(at))
        await page.get_by_role("button", name="기록").click()
        row = page.get_by_role("listitem").filter(has_text="WO-417").first
        await expect(row).to_contain_text("작업지시 WO-417 번을 찾을 수 없습니다")
        assert await serious_problems(page) == []
