"""The phone's app without network, installed, renewed; and who is let in and shown out of it."""

import asyncio
import json
from io import BytesIO

import pytest
import pytest_asyncio
from helpers.axe import serious_problems
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.desk import Desk
from helpers.real_desk import free_port
from helpers.relay_running import Office, running_relay
from PIL import Image
from playwright.async_api import expect

from relay.web import installed

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse"
BOOK = """work => new Promise((resolve, reject) => {
  const opening = indexedDB.open("benchcast-scans", 1);
  opening.onerror = reject;
  opening.onsuccess = () => {
    const deed = opening.result.transaction("scans", "readwrite");
    const shelf = deed.objectStore("scans");
    const asking = shelf.getAll();
    asking.onsuccess = () => {
      for (const scan of asking.result) if (scan.state === "waiting") {
        if (work.older) shelf.put({ ...scan, at: scan.at - work.older, wall: scan.wall - work.older });
      }
    };
    deed.oncomplete = () => { opening.result.close(); resolve(asking.result); };
  };
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as opened:
        yield opened


async def join(office: Office, token: str, phone: Visitor) -> None:
    """Have a phone join the screen of that token, and install the app as far as a browser does it."""
    ticket = await office.as_(token).call("POST", "/api/screens/SCREEN-001/join")
    await phone.page.goto(ticket.body["link"])
    await phone.page.locator("#typed").wait_for()
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(phone.page.get_by_text("SCREEN-001").first).to_be_visible()


async def scan(phone: Visitor, code: str) -> None:
    await phone.page.locator("#typed").fill(code)
    await phone.page.locator("#typed").press("Enter")


async def kept(phone: Visitor, **work) -> dict[str, dict]:
    return {scan["orderId"]: scan for scan in await phone.page.evaluate(BOOK, work)}


def shown_at(desk: Desk) -> list[tuple[str, str]]:
    return [(fields["orderId"], fields["id"]) for verb, fields in desk.commands if verb == "navigate"]


async def until_shown(desk: Desk, count: int) -> list[tuple[str, str]]:
    async with asyncio.timeout(30):
        while len(shown_at(desk)) < count:
            await asyncio.sleep(0.02)
    return shown_at(desk)


@pytest.mark.timeout(180)
async def test_a_scan_without_network_is_kept_told_and_sent_once_with_its_first_id(tmp_path, browser):
    async with (
        running_relay(tmp_path / "relay") as office,
        Desk(office.url, token := (await office.pair())["token"]) as desk,
        visitor(browser, size=PHONE) as phone,
    ):
        await join(office, token, phone)
        page, context = phone.page, phone.page.context
        outcome = page.locator(".outcome")
        for order in ("WO-1", "WO-2", "WO-3", "WO-4", "WO-5", "WO-6"):
            await office.add_order(order)
        await scan(phone, "WO-1")
        await expect(outcome).to_contain_text("모니터 2에 표시")

        # Without network two scans wait; the worker wants the later one, and sees that the earlier one gave way.
        await context.set_offline(True)
        await scan(phone, "WO-2")
        await expect(outcome).to_contain_text("네트워크")
        assert await serious_problems(page) == []
        await scan(phone, "WO-3")
        first = (await kept(phone))["WO-3"]["id"]
        await page.reload()
        await page.locator("nav.tabs button").nth(2).click()
        waiting = page.locator(".scans li")
        await expect(waiting.nth(0)).to_contain_text("WO-3")
        await expect(waiting.nth(0)).to_contain_text("네트워크")
        await expect(waiting.nth(1)).to_contain_text("WO-2")
        await expect(waiting.nth(1)).to_contain_text("더 새로운 스캔으로 바뀜")
        # The bench goes by its name, and nobody says that it is connected who cannot know.
        await expect(waiting.nth(0)).to_contain_text("Bench SCREEN-001")
        await expect(page.locator(".bench .badge")).to_have_count(0)
        await context.set_offline(False)
        assert (await until_shown(desk, 2))[1] == ("WO-3", first)
        await expect(waiting.nth(0)).to_contain_text("모니터 2에 표시")

        # What has waited for too long is not sent any more, and is told; a person may still want it.
        await context.set_offline(True)
        await page.locator("nav.tabs button").nth(0).click()
        await scan(phone, "WO-4")
        await expect(outcome).to_contain_text("네트워크")
        await kept(phone, older=11 * 60_000)
        await page.reload()
        await page.locator("nav.tabs button").nth(2).click()
        await expect(waiting.nth(0)).to_contain_text("WO-4")
        await expect(waiting.nth(0)).to_contain_text("보내지 못하고 시간이 지났습니다")
        await context.set_offline(False)
        old = (await kept(phone))["WO-4"]["id"]
        await waiting.nth(0).get_by_role("button").first.click()
        (*_, (order, new)) = await until_shown(desk, 3)
        assert order == "WO-4"
        assert new != old
        await expect(page.locator(".outcome")).to_contain_text("모니터 2에 표시")

        # Two tabs hold one book: what waits in one is seen in the other, and leaves once.
        other = await context.new_page()
        await other.goto(f"{office.url}/scan/")
        await other.locator("nav.tabs button").nth(2).click()
        await context.set_offline(True)
        posts: list[str] = []
        context.on(
            "requestfinished",
            lambda asked: posts.append(asked.method) if asked.url.endswith("/api/trigger") else None,
        )
        await scan(phone, "WO-5")
        await expect(other.locator(".scans li").nth(0)).to_contain_text("WO-5")
        await expect(other.locator(".scans li").nth(0)).to_contain_text("네트워크")
        await context.set_offline(False)
        await until_shown(desk, 4)
        await expect(other.locator(".scans li").nth(0)).to_contain_text("모니터 2에 표시")
        assert posts == ["POST"]
        await other.close()

        # The answer is lost and the page is gone: the next page sends it again, and the bench shows it once.
        async def lose(route):
            await route.fetch()
            await route.abort()

        await context.route("**/api/trigger", lose)
        await scan(phone, "WO-6")
        lost = (await until_shown(desk, 5))[4]
        await page.close()
        await context.unroute("**/api/trigger")
        phone.page = await context.new_page()
        await phone.page.goto(f"{office.url}/scan/")
        await phone.page.locator("nav.tabs button").nth(2).click()
        await expect(phone.page.locator(".scans li").nth(0)).to_contain_text("모니터 2에 표시")
        assert (await kept(phone))["WO-6"]["id"] == lost[1]
        assert len(shown_at(desk)) == 5

        # Nothing that the relay answered is in any shelf of the browser.
        paths = await phone.page.evaluate(
            "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(shelf => shelf.keys()))))"
            ".then(found => found.flat().map(each => new URL(each.url).pathname))"
        )
        assert "/scan/" in paths
        assert not [each for each in paths if each.startswith("/api")]
        phone.complaints[:] = [each for each in phone.complaints if "WebSocket connection" not in each]


@pytest.mark.timeout(180)
async def test_a_relay_that_comes_back_newer_finds_the_waiting_scans_with_their_first_id(
    tmp_path, monkeypatch, browser
):
    port = free_port()
    async with visitor(browser, language="en", size=PHONE) as phone:
        page, context = phone.page, phone.page.context
        async with running_relay(tmp_path / "relay", on_port=port) as office:
            await office.add_order("WO-1")
            token = (await office.pair())["token"]
            await join(office, token, phone)
        # The relay is away, which is not the network's fault, and told so.
        await scan(phone, "WO-1")
        await expect(page.locator(".outcome")).to_contain_text("Waiting for the relay")
        first = (await kept(phone))["WO-1"]["id"]
        (old,) = await page.evaluate("caches.keys()")
        # It comes back with a newer app; something between answers for it, so that the scan still waits.
        await context.route("**/api/trigger", lambda route: route.fulfill(status=502, body="Bad gateway"))
        written = installed.service_worker
        monkeypatch.setattr(
            installed, "service_worker", lambda app, source: written(app, source + b"// newer")
        )
        async with (
            running_relay(tmp_path / "relay", on_port=port) as office,
            Desk(office.url, token) as desk,
        ):
            await page.evaluate("dispatchEvent(new Event('online'))")
            news = page.locator(".phone-news")
            await expect(news).to_contain_text("A new version is ready")
            assert await serious_problems(page) == []
            async with page.expect_event("load"):
                await news.get_by_role("button").click()
            await page.locator("#typed").wait_for()
            await expect(news).not_to_contain_text("new version")
            (new,) = await page.evaluate("caches.keys()")
            assert new != old
            assert (await kept(phone))["WO-1"]["id"] == first
            await context.unroute("**/api/trigger")
            assert await until_shown(desk, 1) == [("WO-1", first)]
        phone.complaints[:] = [each for each in phone.complaints if "WebSocket connection" not in each]


@pytest.mark.timeout(120)
async def test_what_the_relay_answers_to_a_scan_is_told_mended_or_waited_for(tmp_path, browser):
    async with (
        running_relay(tmp_path / "relay") as office,
        Desk(office.url, token := (await office.pair())["token"]) as desk,
        visitor(browser, size=PHONE, language="en") as phone,
    ):
        await join(office, token, phone)
        page, outcome = phone.page, phone.page.locator(".outcome")
        for order in ("WO-1", "WO-2", "WO-3", "WO-4"):
            await office.add_order(order)
        answers: list[tuple[int, dict]] = []

        async def instead(route):
            if not answers:
                await route.continue_()
                return
            status, problem = answers.pop(0)
            await route.fulfill(status=status, json=problem, content_type="application/problem+json")

        await page.context.route("**/api/trigger", instead)
        # A clock that is off and a page that has slept are mended at once.
        answers += [(401, {"code": "CLOCK_SKEW"}), (403, {"code": "CSRF_FAILED"})]
        await scan(phone, "WO-1")
        await expect(outcome).to_contain_text("Shown on display 2")
        # Too fast: it waits, and goes by itself.
        answers.append((429, {"code": "RATE_LIMITED", "retryAfterMs": 1500}))
        await scan(phone, "WO-2")
        await expect(outcome).to_contain_text("Waiting for its turn")
        await expect(outcome).to_contain_text("Shown on display 2")
        # What is refused for good is told, with what to do, and not sent again.
        await scan(phone, "NO-SUCH")
        await expect(outcome).to_contain_text("NO-SUCH")
        await expect(outcome).to_have_class("outcome bad")
        assert (await kept(phone))["NO-SUCH"]["problem"]["code"] == "ORDER_NOT_FOUND"
        # Shown out, a scan waits for its person to be let in again, and keeps its id.
        answers.append((401, {"code": "TOKEN_INVALID"}))
        await scan(phone, "WO-3")
        await page.get_by_role("button", name="Type the code").wait_for()
        first = (await kept(phone))["WO-3"]
        assert (first["state"], first["reason"]) == ("waiting", "session")
        await join(office, token, phone)
        assert (await until_shown(desk, 3))[2] == ("WO-3", first["id"])


async def test_what_installs_the_app_is_whole_and_names_nothing_but_files(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        stranger = office.as_(None)
        worker = (await stranger.call("GET", "/scan/sw.js")).body["bytes"].decode()
        shell = json.loads(worker.partition("\n")[0].removeprefix("self.SHELL = ").removesuffix(";"))
        assert {"/scan/", "/web/phone/remote/remote.js", "/web/i18n/ko.json"} <= set(shell["files"])
        assert any(path.endswith(".wasm") for path in shell["files"])
        for path in shell["files"]:
            assert path == "/scan/" or path.startswith("/web/")
            assert (await stranger.call("GET", path)).status == 200, path
        for language, name in (("ko", "Benchcast 스캔"), ("en", "Benchcast scan")):
            answer = await stranger.call("GET", "/scan/manifest.webmanifest", language=language)
            assert answer.headers["Content-Type"].startswith("application/manifest+json")
            manifest = answer.body
            assert (manifest["name"], manifest["start_url"], manifest["display"]) == (
                name,
                "/scan/",
                "standalone",
            )
            assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
            for icon in manifest["icons"]:
                picture = Image.open(BytesIO((await stranger.call("GET", icon["src"])).body["bytes"]))
                assert icon["sizes"] == f"{picture.width}x{picture.height}"


@pytest.mark.timeout(150)
async def test_an_admin_sees_who_joined_a_screen_and_ends_it(tmp_path, browser):
    async with running_relay(tmp_path / "relay") as office:
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
