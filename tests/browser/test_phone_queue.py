"""Scans on a phone without network: kept, told, sent with their first id, and never dropped silently."""

import asyncio
import json
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay
from PIL import Image
from playwright.async_api import expect

from relay.web import installed
from relay.web.pages import PageRoutes, _File

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


@asynccontextmanager
async def at_a_bench(office: Office, browser, language="ko"):
    """A phone that has joined the screen of a desk, with the app installed as far as a browser does it."""
    grant = await office.pair()
    async with (
        Desk(office.url, grant["token"]) as desk,
        visitor(browser, language=language, size=PHONE) as phone,
    ):
        ticket = await office.as_(grant["token"]).call("POST", "/api/screens/SCREEN-001/join")
        await phone.page.goto(ticket.body["link"])
        await phone.page.locator("#typed").wait_for()
        await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await expect(phone.page.get_by_text("SCREEN-001").first).to_be_visible()
        yield desk, phone


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
async def test_a_scan_without_network_is_kept_told_and_sent_once_with_its_first_id(tmp_path):
    async with (
        running_relay(tmp_path / "relay") as office,
        chromium() as browser,
        at_a_bench(office, browser) as (desk, phone),
    ):
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


@pytest.mark.timeout(120)
async def test_a_new_version_is_offered_and_takes_the_waiting_scans_along(tmp_path, monkeypatch):
    served: list[PageRoutes] = []
    before = PageRoutes.table
    monkeypatch.setattr(PageRoutes, "table", lambda pages: served.append(pages) or before(pages))
    async with (
        running_relay(tmp_path / "relay") as office,
        chromium() as browser,
        at_a_bench(office, browser, "en") as (desk, phone),
    ):
        page, context = phone.page, phone.page.context
        await office.add_order("WO-1")
        # Something between answers for the relay: that is not the network's fault, and told so.
        await context.route("**/api/trigger", lambda route: route.fulfill(status=502, body="Bad gateway"))
        await scan(phone, "WO-1")
        await expect(page.locator(".outcome")).to_contain_text("Waiting for the relay")
        first = (await kept(phone))["WO-1"]["id"]
        (old,) = await page.evaluate("caches.keys()")
        worker = served[0]._files[installed.WORKER].content
        newer = worker.replace(b'"version":"', b'"version":"next-')
        served[0]._files[installed.WORKER] = _File(newer, "text/javascript")
        await page.evaluate("dispatchEvent(new Event('online'))")
        news = page.locator(".phone-news")
        await expect(news).to_contain_text("A new version is ready")
        assert await serious_problems(page) == []
        async with page.expect_event("load"):
            await news.get_by_role("button").click()
        await page.locator("#typed").wait_for()
        await expect(news).not_to_contain_text("new version")
        (new,) = await page.evaluate("caches.keys()")
        assert new == old.replace("benchcast-scan-", "benchcast-scan-next-")
        assert (await kept(phone))["WO-1"]["id"] == first
        await context.unroute("**/api/trigger")
        assert await until_shown(desk, 1) == [("WO-1", first)]


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
