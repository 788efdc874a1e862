"""A phone whose camera is missing, not allowed, taken by another app or not to be had here; and what helps."""

import io
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.camera_video import barcode, seen
from helpers.desk import Desk
from helpers.relay_running import running_relay
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What a scanner does that types: keys a few milliseconds apart, into whatever has the focus.
# A key's time is that at which it was pressed, however late a busy page hears of it.
TYPE = """([text, end]) => {
    const target = document.activeElement;
    const began = performance.now();
    for (const [place, key] of [...text, end].entries()) {
        const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        Object.defineProperty(event, "timeStamp", { value: began + place });
        const isWritten = target.dispatchEvent(event) && key.length === 1 && target instanceof HTMLInputElement;
        if (!isWritten) continue;
        target.value += key;
        target.dispatchEvent(new InputEvent("input", { data: key, bubbles: true }));
    }
    return target.tagName;
}"""
# Another app takes the camera, once: the next question is answered again.
TAKEN = """(name) => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia;
    devices.getUserMedia = async () => {
        devices.getUserMedia = ask;
        throw new DOMException("", name);
    };
    const [track] = document.querySelector("video").srcObject.getTracks();
    track.stop();
    track.dispatchEvent(new Event("ended"));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory):
    async with running_relay(tmp_path_factory.mktemp("phone") / "relay") as office:
        await office.add_user("kim", "operator")
        await office.add_order("WO-2025-0001", title="기어박스 하우징", revision="C")
        await office.add_order("WO-7", title="덮개")
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(office):
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    # A camera is there, and nobody has allowed it; what is not this machine is reached by a name and without TLS.
    there = ("--use-fake-device-for-media-stream", "--host-resolver-rules=MAP relay.test 127.0.0.1")
    async with chromium(*there) as browser:
        yield browser


async def sign_in(page, url: str) -> None:
    await page.goto(f"{url}/scan/")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Name").fill("kim")
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.keyboard.press("Enter")


def photo(*texts: str) -> dict:
    file = io.BytesIO()
    seen(*(barcode(text, "QRCode", scale=6) for text in texts), turned=20).save(file, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


async def test_without_a_secure_origin_a_photo_a_finger_and_a_typing_scanner_still_scan(
    office, browser, desk
):
    async with visitor(browser, language="en", size=PHONE) as kim:
        page = kim.page
        await sign_in(page, f"http://relay.test:{urlsplit(office.url).port}")
        assert not await page.evaluate("isSecureContext")
        # That is the browser's own remark about such an address.
        kim.complaints[:] = [each for each in kim.complaints if "Cross-Origin-Opener-Policy" not in each]
        await expect(page.get_by_text("The camera cannot be used at this address")).to_be_visible()
        await expect(page.get_by_text("begins with https://")).to_be_visible()
        assert await serious_problems(page) == []
        said = page.get_by_role("region", name="What became of the last scan").get_by_role("status")

        field = page.get_by_label("Type an order number")
        await field.fill("WO-404")
        await field.press("Enter")
        await expect(said).to_contain_text("There is no order WO-404.")
        await expect(said).to_contain_text("Scan the barcode again")
        await field.fill("WO-2025-0001")
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(said).to_contain_text("Shown on display 2")
        await expect(said).to_contain_text("Revision C")

        files = page.locator("input[type=file]")
        await files.set_input_files(photo("WO-7"))
        await expect(said).to_contain_text("WO-7")
        await expect(said).to_contain_text("Shown on display 2")
        await files.set_input_files(photo("WO-2025-0001", "WO-7"))
        await page.get_by_role("dialog").get_by_role("button", name="WO-2025-0001").click()
        await expect(said).to_contain_text("WO-2025-0001")
        await expect(said).to_contain_text("Shown on display 2")
        await files.set_input_files(photo())
        await expect(said).to_contain_text("No barcode was found in the photo")

        # The same scanner, wherever the focus is: on nothing, in the field, on another tab; read twice, it is one scan.
        shown = len(desk.commands)
        await page.evaluate("document.activeElement.blur()")
        assert await page.evaluate(TYPE, ["WO-7", "Enter"]) == "BODY"
        assert await page.evaluate(TYPE, ["WO-7", "Enter"]) == "BODY"
        await expect(said).to_contain_text("WO-7")
        await expect(said).to_contain_text("Shown on display 2")
        await field.fill("WO-")
        await page.evaluate(TYPE, ["]C1400WO-2025-0001", "Enter"])
        await expect(said).to_contain_text("WO-2025-0001")
        await expect(field).to_have_value("WO-")
        await page.get_by_role("button", name="History").click()
        await expect(page.get_by_role("listitem").first).to_contain_text("WO-2025-0001")
        assert await page.evaluate(TYPE, ["WO-7", "Tab"]) == "BUTTON"
        await expect(said).to_contain_text("WO-7")
        await expect(said).to_contain_text("Shown on display 2")
        orders = [command["orderId"] for verb, command in desk.commands[shown:] if verb == "navigate"]
        assert orders == ["WO-7", "WO-2025-0001", "WO-7"]

        # A control turns the page, or takes back what is shown; what a bench is too old for is said so.
        await page.evaluate(TYPE, ["XBCXNEXT", "Enter"])
        await expect(said).to_contain_text("Next page")
        await expect(said).to_contain_text("Done")
        assert desk.commands[-1][0] == "view"
        assert desk.commands[-1][1]["step"] == "next"
        await page.evaluate(TYPE, ["XBCXUNDO", "Enter"])
        await expect(said).to_contain_text("This bench does not support that.")
        assert desk.presence is not None
        await desk.say("presence", {**desk.presence, "capabilities": ["outcome", "undo"]})
        await page.evaluate(TYPE, ["XBCXCLOSE", "Enter"])
        await expect(said).to_contain_text("Close")
        await page.evaluate(TYPE, ["XBCXUNDO", "Enter"])
        await expect(said).to_contain_text("Undo")
        await expect(said).to_contain_text("Done")
        assert desk.commands[-1][0] == "undo"
        await page.evaluate(TYPE, ["]C10104012345123456", "Enter"])
        await expect(said).to_contain_text("There is no order number in the GS1 barcode. (01)04012345123456")


async def test_a_screen_s_link_lends_a_phone_that_screen_and_leaves_the_address(office, browser, desk):
    ticket = (await office.call("POST", "/api/screens/SCREEN-001/join")).body["ticket"]
    async with visitor(browser, size=PHONE) as guest:
        page = guest.page
        await page.goto(f"{office.url}/scan/#join={ticket}&screen=SCREEN-001")
        await expect(page.get_by_role("button", name="Bench SCREEN-001")).to_be_visible()
        assert ticket not in page.url
        assert await page.evaluate("history.length") <= 2
        said = page.get_by_role("region", name="마지막 스캔 결과").get_by_role("status")
        field = page.get_by_label("작업지시 번호 입력")
        await field.fill("WO-2025-0001")
        await field.press("Enter")
        await expect(said).to_contain_text("모니터 2에 표시됨")
        assert (await office.call("GET", "/api/screens/SCREEN-001/guests")).body["guests"]
        await page.goto("about:blank")
        await page.goto(f"{office.url}/scan/#join=NOT-A-TICKET&screen=SCREEN-002")
        await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_camera_that_is_refused_taken_or_missing_is_told_and_comes_back(office, browser, desk):
    async with visitor(browser, language="en", size=PHONE) as kim:
        page = kim.page
        await sign_in(page, office.url)
        await expect(page.get_by_text("The camera is not allowed")).to_be_visible()
        await expect(page.get_by_text("site settings")).to_be_visible()
        assert await serious_problems(page) == []
        aiming = page.get_by_text("Hold the barcode inside the frame")
        await page.context.grant_permissions(["camera"])
        await expect(aiming).to_be_visible()
        await page.evaluate(TAKEN, "NotReadableError")
        await expect(page.get_by_text("Another app is using the camera")).to_be_visible()
        await expect(aiming).to_be_visible()
        await page.evaluate(TAKEN, "NotFoundError")
        await expect(page.get_by_text("No camera was found")).to_be_visible()
        await page.get_by_role("button", name="Try again").click()
        await expect(aiming).to_be_visible()
        # The tab goes out of sight, and the camera is let go; it comes back, and so does the camera.
        hidden = "(isHidden) => { Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });"
        hidden += " document.dispatchEvent(new Event('visibilitychange')); }"
        await page.evaluate(hidden, True)
        await expect(aiming).to_be_hidden()
        assert await page.evaluate("document.querySelector('video').srcObject === null")
        await page.evaluate(hidden, False)
        await expect(aiming).to_be_visible()

        # Held, it pauses as long as it is held; a short press stays.
        button = page.get_by_role("button", name="Pause")
        await button.dispatch_event("pointerdown")
        await expect(page.get_by_text("Paused: nothing is scanned")).to_be_visible()
        await page.wait_for_timeout(450)
        await page.get_by_role("button", name="Resume").dispatch_event("pointerup")
        await expect(aiming).to_be_visible()

        # A favourite comes first, and what was chosen is there after a reload.
        await page.get_by_role("button", name="Bench SCREEN-001").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Favourite").click()
        await dialog.get_by_label("Display 1 L").check()
        assert await serious_problems(page) == []
        await page.reload()
        await expect(page.get_by_role("button", name="Display 1 L")).to_be_visible()
        field = page.get_by_label("Type an order number")
        await field.fill("WO-7")
        await field.press("Enter")
        await desk.until(lambda: any(command.get("displayId") == "left" for _verb, command in desk.commands))
