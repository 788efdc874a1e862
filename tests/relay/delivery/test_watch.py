"""Whoever watches screens is told what changes there, at a pace, and of nothing that he may not view."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
import socketio
from helpers.desk import DISPLAYS, Desk
from helpers.live_alone import live_alone
from helpers.relay_running import running_relay

from relay.clock import SystemClock
from relay.delivery.watch import SLICE, Watch
from relay.identity.rights import Rights


class Page:
    """A page of a person, as far as the socket sees it."""

    def __init__(self, sio: socketio.AsyncClient) -> None:
        self.sio = sio
        self.told: list[dict] = []
        self.changed = asyncio.Condition()
        sio.on("screen:status", self._heard)

    async def _heard(self, status: dict) -> None:
        async with self.changed:
            self.told.append(status)
            self.changed.notify_all()

    async def until(self, is_true) -> dict:
        """Wait for a status like that, and return the newest one."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: any(map(is_true, self.told)))
        return next(status for status in reversed(self.told) if is_true(status))

    async def watch(self, **wish: str) -> dict:
        return await self.sio.call("watch", wish, timeout=5)


@asynccontextmanager
async def page_of(url: str, token: str):
    async with aiohttp.ClientSession() as session:
        sio = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=session)
        page = Page(sio)
        await sio.connect(url, transports=["websocket"], auth={"token": token}, wait_timeout=5)
        try:
            yield page
        finally:
            await sio.disconnect()


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        yield office


async def test_a_page_sees_a_screen_come_show_and_go(office):
    viewer = await office.add_user("lee", "viewer")
    grant = await office.pair()
    await office.add_order("WO-1")
    async with page_of(office.url, viewer.token) as page, page_of(office.url, viewer.token) as silent:
        assert (await page.watch())["success"]
        async with Desk(office.url, grant["token"]):
            came = await page.until(lambda status: status["online"] and status["displays"])
            assert came["screenId"] == "SCREEN-001"
            assert came["displays"][1]["name"] == DISPLAYS[1]["name"]
            answer = await office.trigger(orderId="WO-1", wait_ms=8000)
            assert answer.body["state"] == "shown"
            shown = await page.until(lambda status: status["lastOutcome"] is not None)
            assert shown["lastOutcome"]["id"] == answer.body["id"]
            assert (shown["lastOutcome"]["verb"], shown["lastOutcome"]["state"]) == ("navigate", "shown")
            assert shown["version"] > came["version"]
        gone = await page.until(lambda status: not status["online"] and status["version"] > shown["version"])
        assert gone["lastOutcome"]["state"] == "shown"
        listed = (await viewer.call("GET", "/api/screens")).body["screens"][0]
        assert (listed["version"], listed["lastOutcome"]) == (gone["version"], gone["lastOutcome"])
        assert silent.told == [], "who watches nothing is told nothing"


async def test_the_last_outcome_is_known_after_a_restart(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        grant = await office.pair()
        await office.add_order("WO-1")
        async with Desk(office.url, grant["token"]):
            id_ = (await office.trigger(orderId="WO-1", wait_ms=8000)).body["id"]
    async with running_relay(tmp_path / "relay") as office, asyncio.timeout(10):
        while not (screen := (await office.call("GET", "/api/screens/SCREEN-001")).body)["lastOutcome"]:
            await asyncio.sleep(0.05)
        assert (screen["lastOutcome"]["id"], screen["online"]) == (id_, False)


async def test_a_screen_watches_itself_and_nobody_else(office):
    own, other = await office.pair("SCREEN-001"), await office.pair("SCREEN-002")
    async with page_of(office.url, own["token"]) as page:
        assert (await page.watch())["code"] == "FORBIDDEN"
        assert (await page.watch(screenId="SCREEN-002"))["code"] == "FORBIDDEN"
        assert (await page.watch(screenId="screen-001"))["success"]
        async with Desk(office.url, other["token"]):
            await office.call("PATCH", "/api/screens/SCREEN-001", json={"name": "x"})
            told = await page.until(lambda status: status["online"])
        assert {status["screenId"] for status in page.told} == {"SCREEN-001"} == {told["screenId"]}


class _Unseen:
    """A reception that nobody came to."""

    def last_seen(self, _screen_id: str) -> None:
        return None


async def test_ten_thousand_screens_that_come_back_are_told_once_each_and_in_slices():
    async with live_alone() as alone:
        watch = Watch(alone.live, _Unseen(), SystemClock())
        async with page_of(alone.url, "user:kim") as page:
            connection = alone.live.connections()[0]
            connection.caller = _viewer(connection.caller)
            await page.watch()
            names = [f"S-{number}" for number in range(2 * SLICE + 10)]
            for _ in range(5):
                for name in names:
                    watch.changed(name)
            sent = [0]
            say = alone.live.send

            def count(*given) -> None:
                sent[0] += 1
                say(*given)

            alone.live.send = count
            watch._tell()
            assert sent[0] == SLICE
            connection.slow_since = 1
            watch._tell()
            assert sent[0] == SLICE, "a page that does not read is told nothing"
            connection.slow_since = None
            await page.until(lambda status: status["screenId"] == names[-1])
            assert [status["screenId"] for status in page.told] == names


async def test_whoever_watches_all_is_told_only_of_what_he_may_view():
    async with live_alone() as alone:
        watch = Watch(alone.live, _Unseen(), SystemClock())
        async with page_of(alone.url, "user:kim") as page:
            connection = alone.live.connections()[0]
            caller = connection.caller
            rights = Rights(screens={"s-1": 1})
            connection.caller = type(caller)("user", "kim", role="operator", rights=rights)
            await page.watch()
            watch.changed("S-2")
            watch.changed("S-1")
            await page.until(lambda status: status["screenId"] == "S-1")
            assert [status["screenId"] for status in page.told] == ["S-1"]


def _viewer(caller):
    return type(caller)(caller.kind, caller.name, role="viewer")
