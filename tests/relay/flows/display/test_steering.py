"""A phone's wishes reach its screen, newest only and from those who may; what is seen reaches whoever watches."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import msgspec
import pytest
import socketio
from helpers.desk import Desk
from helpers.relay_running import running_relay

from relay.contract.names import ScreenId
from relay.contract.steering import Pointer, Steer, Viewport
from relay.flows.display.steering import BURST, joined
from relay.identity.rights import Rights

NEAR = {"x": 0.25, "y": 0.75, "zoom": 3.0}
SEEN = {"kind": "pdf", "sheet": "s1", "page": 1, "pages": 2, "viewport": {"x": 0.5, "y": 0.5, "zoom": 1.0}}


class Phone:
    """A person's phone, as far as the socket sees it."""

    def __init__(self, sio: socketio.AsyncClient) -> None:
        self.sio = sio
        self.told: list[dict] = []
        self.changed = asyncio.Condition()
        sio.on("viewport", self._heard)

    async def _heard(self, state: dict) -> None:
        async with self.changed:
            self.told.append(state)
            self.changed.notify_all()

    async def until(self, is_true) -> dict:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: any(map(is_true, self.told)))
        return next(state for state in reversed(self.told) if is_true(state))

    async def steer(self, **wish: object) -> dict:
        return await self.sio.call("steer", {"screenId": "screen-001", **wish}, timeout=5)

    async def watch(self, **wish: str) -> dict:
        return await self.sio.call("watch", wish, timeout=5)


@asynccontextmanager
async def phone_of(url: str, token: str):
    async with aiohttp.ClientSession() as session:
        sio = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=session)
        phone = Phone(sio)
        await sio.connect(url, transports=["websocket"], auth={"token": token}, wait_timeout=5)
        try:
            yield phone
        finally:
            await sio.disconnect()


@asynccontextmanager
async def screen_of(office, grant: dict, *, can_steer: bool = True):
    desk = Desk(office.url, grant["token"])
    desk.presence = {**desk.presence, "capabilities": ["outcome", *(["steer"] if can_steer else [])]}
    async with desk:
        async with asyncio.timeout(10):
            while (live := office.relay.live.connection_of("SCREEN-001")) is None or live.presence is None:
                await asyncio.sleep(0.01)
        yield desk


def wishes(desk: Desk) -> list[dict]:
    return [payload for event, payload in desk.events if event == "steer"]


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        yield office


async def test_two_phones_steer_one_screen_the_last_one_wins_and_both_are_told(office):
    kim, lee = await office.add_user("kim", "operator"), await office.add_user("lee", "operator")
    async with (
        screen_of(office, await office.pair()) as desk,
        phone_of(office.url, kim.token) as one,
        phone_of(office.url, lee.token) as two,
    ):
        await desk.say("viewport", SEEN)
        await one.watch(screenId="SCREEN-001")
        first = await one.until(lambda state: state["sheet"] == "s1")
        assert first["screenId"] == "SCREEN-001", "who begins to watch is told at once"
        await two.watch(screenId="SCREEN-001")
        await two.until(lambda state: True)
        faked = {"by": "user:admin", "at": 5}
        assert (await one.steer(hand="k", viewport=NEAR, sheet="s1", **faked))["success"]
        assert (await two.steer(hand="l", viewport={**NEAR, "zoom": 2.0}, sheet="s1"))["success"]
        await desk.until(lambda: any(each["hand"] == "l" for each in wishes(desk)))
        assert wishes(desk)[0]["by"] == "user:kim"
        assert wishes(desk)[0]["at"] > 1_000_000
        newest = wishes(desk)[-1]
        assert (newest["by"], newest["viewport"]["zoom"], newest["screenId"]) == (
            "user:lee",
            2.0,
            "SCREEN-001",
        )
        await desk.say("viewport", {**SEEN, "viewport": newest["viewport"], "by": newest["by"], "hand": "l"})
        for phone in (one, two):
            told = await phone.until(lambda state: state.get("hand") == "l")
            assert (told["viewport"]["zoom"], told["by"]) == (2.0, "user:lee")
            assert told["version"] > first["version"]
        await desk.say("viewport", {"windowId": "main"})
        await one.until(lambda state: "kind" not in state)
        async with phone_of(office.url, lee.token) as late:
            await late.watch(screenId="SCREEN-001")
            await desk.say("viewport", {**SEEN, "windowId": "plan"})
            await late.until(lambda state: state["windowId"] == "plan")
            assert len(late.told) == 1, "a window that holds nothing is not told of"


async def test_who_may_not_and_what_cannot_is_refused(office):
    grant = await office.pair()
    kim, viewer = await office.add_user("kim", "operator"), await office.add_user("lee", "viewer")
    await office.add_user("park", "operator")
    await office.add_screen("SCREEN-002")
    answer = await office.call(
        "PATCH", "/api/users/park", json={"permissions": ["screen:SCREEN-002:trigger"]}
    )
    assert answer.status == 200, answer.body
    stranger = await office.call(
        "POST", "/api/auth/login", json={"username": "park", "password": "correct horse"}
    )
    async with (
        phone_of(office.url, kim.token) as one,
        phone_of(office.url, viewer.token) as two,
        phone_of(office.url, stranger.body["accessToken"]) as three,
    ):
        assert (await one.steer(viewport=NEAR))["code"] == "SCREEN_OFFLINE"
        async with screen_of(office, grant, can_steer=False):
            assert (await one.steer(viewport=NEAR))["code"] == "UNSUPPORTED"
        async with screen_of(office, grant) as desk:
            assert (await two.steer(viewport=NEAR))["code"] == "FORBIDDEN"
            assert (await three.steer(viewport=NEAR))["code"] == "FORBIDDEN"
            assert (await one.steer(viewport={"x": 2, "y": 0, "zoom": 1}))["code"] == "VALIDATION_ERROR"
            assert (await one.sio.call("viewport", SEEN, timeout=5))["code"] == "FORBIDDEN"
            assert (await three.watch(screenId="SCREEN-001"))["code"] == "FORBIDDEN"
            await two.watch(screenId="SCREEN-001")
            await three.watch()
            await desk.say("viewport", SEEN)
            await two.until(lambda state: True)
            assert (await one.steer(pointer=None))["success"]
            await desk.hears("steer")
            assert wishes(desk) == [{**wishes(desk)[0], "pointer": None}]
            assert one.told == three.told == [], "who does not watch this one screen is not told"
            [line] = [each for each in office.relay.live.connections() if each.caller.name == "lee"]
            line.caller = replace(line.caller, rights=Rights(screens={"screen-002": 1}))
            told = len(two.told)
            await one.watch(screenId="SCREEN-001")
            await desk.say("viewport", {**SEEN, "page": 2})
            await one.until(lambda state: state["page"] == 2)
            line.caller = replace(line.caller, rights=None)
            await desk.say("viewport", {**SEEN, "page": 1, "windowId": "plan"})
            await two.until(lambda state: state.get("windowId") == "plan")
            assert len(two.told) == told + 1, "who may not view it any more is told nothing"


async def test_a_flood_reaches_the_screen_as_a_few_wishes_and_the_newest_is_among_them(office):
    kim = await office.add_user("kim", "operator")
    async with screen_of(office, await office.pair()) as desk, phone_of(office.url, kim.token) as phone:
        count = BURST + 60
        answers = await asyncio.gather(
            phone.steer(pointer={"x": 0.5, "y": 0.5}),
            *(phone.steer(viewport={**NEAR, "zoom": 1 + number / 100}) for number in range(1, count)),
        )
        refused = [answer for answer in answers if not answer["success"]]
        assert {answer["code"] for answer in refused} == {"RATE_LIMITED"}
        taken = count - len(refused)
        assert BURST <= taken < count
        await desk.until(lambda: wishes(desk)[-1].get("viewport", {}).get("zoom", 0) >= 1 + (BURST - 1) / 100)
        assert len(wishes(desk)) < taken / 2
        assert not any(event == "error" for event, _ in desk.events)


def test_wishes_are_joined_part_by_part_but_not_for_different_sheets() -> None:
    def wish(**more) -> Steer:
        return Steer(screen_id=ScreenId("S"), sheet="s1", **more)

    near, there = Viewport(x=0.1, y=0.1, zoom=2), Pointer(x=0.5, y=0.5)
    both = joined(wish(viewport=near, hand="k"), wish(pointer=there, hand="l"))
    assert (both.viewport, both.pointer, both.hand) == (near, there, "l")
    assert joined(wish(pointer=there), wish(pointer=None)).pointer is None
    assert joined(wish(pointer=there), wish(viewport=near)).pointer == there
    other = msgspec.structs.replace(wish(pointer=None), sheet="s2")
    assert joined(wish(viewport=near), other).viewport is None
    assert joined(None, other) == other
