"""Every page of the console, full, empty, waiting and without the relay: nobody stumbles, nothing is cut off."""

import os
import re
from pathlib import Path

import pytest
from helpers.axe import serious_problems
from helpers.browser import PHONE, chromium, visitor
from helpers.desk import Desk
from helpers.relay_running import running_relay
from playwright.async_api import Page, Route, expect

# Where to put pictures for a person to look at; nowhere unless asked.
PICTURES = os.environ.get("CONSOLE_PICTURES")
# Places within pages that the menu does not name.
INNER = ("screens/SCREEN-001", "orders/WO-1")


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name.replace('/', '-')}.png", full_page=True)


async def fits(page: Page) -> bool:
    wide, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return wide <= room


async def places_of(page: Page) -> list[str]:
    """Read from the console itself which pages it has, so that a new one is walked, too."""
    return await page.evaluate(
        "import('/web/console/pages/index.js').then(({ PAGES }) => PAGES.map(({ path }) => path))"
    )


class Held:
    """A relay that says nothing for a while, and then is gone."""

    def __init__(self) -> None:
        self.is_gone = False
        self._asked: list[Route] = []

    async def hear(self, route: Route) -> None:
        if self.is_gone:
            await route.abort()
        else:
            self._asked.append(route)

    async def go(self) -> None:
        self.is_gone = True
        while self._asked:
            await self._asked.pop().abort()


async def open_place(page: Page, url: str, place: str) -> None:
    await page.goto(f"{url}/console/#/{place}")
    # A page that was there before has a heading too; only the new one's is this one's.
    await expect(page.locator("main#content h1")).to_be_visible()
    await expect(page.locator(".loading")).to_have_count(0)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.fixture
async def office(tmp_path: Path):
    async with running_relay(tmp_path / "relay", watched_folder=tmp_path) as office:
        await office.add_user("kim", "admin")
        yield office


async def test_nobody_stumbles_on_any_page_at_a_desk_or_on_a_phone(office):
    grant = await office.pair()
    await office.add_order("WO-1", title="기어박스 하우징")
    await office.call("PUT", "/api/groups/조립", json={"screens": ["SCREEN-001"]})
    await office.call("POST", "/api/tokens", json={"name": "ERP", "scopes": ["trigger:*"]})
    await office.call("POST", "/api/backups")
    erp = {"name": "ERP", "http": {"urlTemplate": "https://erp.example/{orderId}", "documentPath": "url"}}
    assert (await office.call("POST", "/api/sources", json=erp)).status == 201
    async with Desk(office.url, grant["token"]) as desk, chromium() as browser, visitor(browser) as kim:
        shown = (await office.trigger(orderId="WO-1", wait_ms=8000)).body["id"]
        desk.show = lambda command: {"id": command["id"], "state": "failed", "code": "DOCUMENT_UNREADABLE"}
        await office.trigger(command="identify", wait_ms=8000)
        page = kim.page
        await page.goto(f"{office.url}/console/")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert await serious_problems(page) == [], "sign-in"
        await page.goto(f"{office.url}/console/#/welcome?secret=x")
        await expect(page.get_by_role("heading", name="첫 관리자 만들기")).to_be_visible()
        assert await serious_problems(page) == [], "welcome"
        await kim.sign_in(office.url, "kim", "correct horse")
        for place in [*await places_of(page), *INNER, f"deliveries/{shown}"]:
            await open_place(page, office.url, place)
            assert await serious_problems(page) == [], place
            await picture(page, place)
            await page.set_viewport_size(PHONE["viewport"])
            assert await fits(page), place
            await picture(page, f"{place}-phone")
            await page.set_viewport_size({"width": 1280, "height": 800})


async def test_every_page_says_that_it_is_empty_that_it_waits_and_that_it_has_failed(office):
    async with chromium() as browser, visitor(browser) as kim:
        page = kim.page
        await kim.sign_in(office.url, "kim", "correct horse")
        places = [*await places_of(page), *INNER, "deliveries/0198c0de-7a11-7000-8000-000000000000"]
        for place in places:
            await open_place(page, office.url, place)
            await picture(page, f"{place}-empty")
        relay = Held()
        await page.route(re.compile("/api/(?!auth)"), relay.hear)
        for place in places:
            if place == "account":
                continue  # it asks for nothing
            relay.is_gone = False
            await page.goto(f"{office.url}/console/#/{place}")
            await expect(page.get_by_role("main").get_by_text("불러오는 중").first).to_be_visible()
            await relay.go()
            await expect(page.get_by_role("alert").first).to_contain_text("중계 서버에 연결할 수 없습니다")
            await picture(page, f"{place}-failed")
        assert await serious_problems(page) == []
        # Back again: what failed is asked for once more.
        await page.unroute_all(behavior="ignoreErrors")
        await page.get_by_role("button", name="다시 시도").first.click()
        await expect(page.get_by_role("alert")).to_contain_text("기록이 없습니다")
