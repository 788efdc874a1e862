"""Phones in a network that lets no WebSocket through steer a screen like any other: over a stream, and by polling."""

from contextlib import asynccontextmanager
from functools import partial

import pytest
from helpers.browser import PHONE, Visitor, chromium, visitor
from helpers.fingers import Fingers
from helpers.relay_running import Office, running_relay, small_pdf
from helpers.steered_screen import SteeredScreen
from playwright.async_api import Page, expect

SCREEN = "SCREEN-001"


@asynccontextmanager
async def phone_without_socket(browser, *, language="ko"):
    """A phone of somebody, and the addresses that it asks."""
    async with visitor(browser, language=language, size=PHONE) as phone:
        context = phone.page.context
        await context.route_web_socket("**/socket.io/**", lambda socket: socket.close())
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        yield phone, asked
        phone.complaints[:] = [each for each in phone.complaints if "WebSocket" not in each]


async def come_in(office: Office, screen_token: str, phone: Visitor) -> None:
    """Join the screen as a guest, and open the remote control."""
    ticket = await office.as_(screen_token).call("POST", f"/api/screens/{SCREEN}/join")
    await phone.page.goto(ticket.body["link"])
    await phone.page.locator("#typed").wait_for()
    await phone.page.locator("nav.tabs button").nth(1).click()
    await phone.page.locator(".pad canvas").wait_for()


def size(page: Page):
    """The button that says how large the page is."""
    return page.locator(".looking button").nth(2)


@pytest.mark.timeout(120)
async def test_two_phones_steer_one_screen_where_no_websocket_comes_through(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        info = await office.add_order("WO-2025-0001", small_pdf("Gear box", pages=3))
        token = (await office.pair(SCREEN))["token"]
        async with (
            SteeredScreen(office.url, token) as screen,
            phone_without_socket(browser) as (one, asked_by_one),
            phone_without_socket(browser, language="en") as (two, asked_by_two),
        ):
            screen.until = partial(screen.until, seconds=25)
            await screen.shows(info, title="기어박스 하우징")
            # The second one's proxy holds streams back, too.
            await two.page.context.route("**/api/events/subscribe*", lambda route: route.abort())
            await come_in(office, token, one)
            await come_in(office, token, two)
            for phone in (one, two):
                await expect(size(phone.page)).to_contain_text("100%")
            assert any("/api/events/subscribe" in url for url in asked_by_one)
            assert not any("/api/events/poll" in url for url in asked_by_one)
            assert any("/api/events/poll" in url for url in asked_by_two)

            # Many small wishes of a finger become few requests, and the last one arrives.
            fingers = await Fingers.on(one.page, one.page.locator(".pad canvas"))
            await fingers.drag(((0.45, 0.5), (0.2, 0.5)), ((0.55, 0.5), (0.8, 0.5)))
            await expect(size(one.page)).not_to_contain_text("100%")
            near = (await size(one.page).inner_text()).split()[0]
            await expect(size(two.page)).to_contain_text(near)
            await fingers.down((0.5, 0.5))
            await screen.until(lambda: bool(screen.wishes[-1].get("pointer")))
            at = screen.wishes[-1]["pointer"]
            await fingers.move(((0.5, 0.5), (0.6, 0.5)))
            await screen.until(lambda: (screen.wishes[-1].get("pointer") or at)["x"] > at["x"])
            await fingers.up()
            await screen.until(lambda: screen.wishes[-1].get("pointer", at) is None)

            # The last one wins, and both see it.
            await two.page.get_by_role("button", name="Larger").click()
            await expect(one.page.get_by_text("다른 사람이 조작 중")).to_be_visible()
            await expect(size(one.page)).not_to_contain_text(near)
            await size(one.page).click()
            for phone in (one, two):
                await expect(size(phone.page)).to_contain_text("100%")
            await expect(two.page.get_by_text("Somebody else is in control")).to_be_visible()
            assert screen.seen["viewport"]["zoom"] == 1
            said = [url for url in (*asked_by_one, *asked_by_two) if "/api/events/say" in url]
            assert said
            assert not [url for url in said if "?" in url], "what is said stays out of addresses"
