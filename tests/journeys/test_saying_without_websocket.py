"""People and guests whose network lets no WebSocket through say what a socket may say, and are judged alike."""

import asyncio
from typing import Self

import pytest
from helpers.desk import Desk
from helpers.http_desk import TRANSPORTS, HttpDesk, StreamDesk
from helpers.relay_running import Office, running_relay

from relay.contract.streams import MOST_SAID
from relay.flows.display.steering import BURST

NEAR = {"x": 0.25, "y": 0.75, "zoom": 3.0}
SEEN = {"kind": "pdf", "sheet": "s1", "page": 1, "pages": 2, "viewport": {"x": 0.5, "y": 0.5, "zoom": 1.0}}


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


@pytest.fixture(params=["stream", "polling"])
def transport(request: pytest.FixtureRequest) -> type[HttpDesk]:
    return TRANSPORTS[request.param]


class Phone:
    """What somebody says on a line of theirs, and what they hear there."""

    def __init__(self, line: HttpDesk) -> None:
        self.line = line
        line.presence = None

    async def __aenter__(self) -> Self:
        await self.line.connect()
        await self.line.until(lambda: bool(self.line.events))
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.line.leave()

    @property
    def name(self) -> str:
        return self.line.events[0][1]["line"]

    async def say_all(self, *said: tuple[str, dict]) -> dict:
        events = [{"event": event, "data": data} for event, data in said]
        return await self.line.post("/api/events/say", {"line": self.name, "events": events})

    async def say(self, event: str, **data: object) -> dict:
        told = await self.say_all((event, data))
        assert told["status"] == 200, told
        return told["answers"][0]

    def told(self, event: str) -> list[dict]:
        return [data for name, data in self.line.events if name == event]


@pytest.fixture
async def desk(office: Office):
    """A screen that can be steered."""
    desk = Desk(office.url, (await office.pair())["token"])
    desk.presence = {**desk.presence, "capabilities": ["outcome", "steer"]}
    await desk.connect()
    async with asyncio.timeout(10):
        while (live := office.relay.live.connection_of("SCREEN-001")) is None or live.presence is None:
            await asyncio.sleep(0.01)
    yield desk
    await desk.leave()


async def test_two_phones_without_a_socket_steer_one_screen_and_both_are_told(office, desk, transport):
    kim, lee = await office.add_user("kim", "operator"), await office.add_user("lee", "operator")
    async with (
        Phone(transport(office.url, kim.token)) as one,
        Phone(transport(office.url, lee.token)) as two,
    ):
        for phone in (one, two):
            assert (await phone.say("watch", screenId="SCREEN-001"))["success"]
        wish = {"screenId": "SCREEN-001", "sheet": "s1"}
        told = await one.say_all(
            ("steer", {**wish, "hand": "k", "viewport": NEAR, "by": "user:admin"}),
            ("steer", {**wish, "hand": "k", "pointer": {"x": 0.5, "y": 0.5}}),
            ("ping", {}),
        )
        assert [each.get("success") for each in told["answers"]] == [True, True, None]
        assert told["answers"][2]["timestamp"] > 1_000_000
        assert (await two.say("steer", **wish, hand="l", viewport={**NEAR, "zoom": 2.0}))["success"]
        wishes = lambda: [data for event, data in desk.events if event == "steer"]  # noqa: E731
        await desk.until(lambda: any(each["hand"] == "l" for each in wishes()))
        assert wishes()[0]["by"] == "user:kim"
        assert (wishes()[-1]["by"], wishes()[-1]["viewport"]["zoom"]) == ("user:lee", 2.0)
        assert any("pointer" in each for each in wishes())
        await desk.say("viewport", {**SEEN, "viewport": wishes()[-1]["viewport"], "hand": "l"})
        for phone in (one, two):
            await phone.line.until(lambda phone=phone: bool(phone.told("viewport")))
            assert phone.told("viewport")[-1]["viewport"]["zoom"] == 2.0


async def test_what_a_socket_would_be_refused_is_refused_here(office, desk, transport):
    kim, viewer = await office.add_user("kim", "operator"), await office.add_user("lee", "viewer")
    async with (
        Phone(transport(office.url, kim.token)) as one,
        Phone(transport(office.url, viewer.token)) as two,
    ):
        assert (await two.say("steer", screenId="SCREEN-001", viewport=NEAR))["code"] == "FORBIDDEN"
        assert (await one.say("presence", **desk.presence))["code"] == "FORBIDDEN"
        assert (await one.say("no such event"))["code"] == "UNSUPPORTED"
        assert (await one.say("steer", screenId="SCREEN-001", viewport={"x": 9}))[
            "code"
        ] == "VALIDATION_ERROR"
        trigger = office.body(command="identify")
        assert (await two.say("trigger", **trigger))["code"] == "FORBIDDEN"
        assert (await one.say("trigger", **trigger))["success"]
        # A line is one person's.
        ping = {"events": [{"event": "ping"}]}
        theirs = await two.line.post("/api/events/say", {"line": one.name, **ping})
        assert (theirs["status"], theirs["code"]) == (409, "LINE_ENDED")
        gone = await one.line.post("/api/events/say", {"line": "gone", **ping})
        assert (gone["status"], gone["code"]) == (409, "LINE_ENDED")
        many = await one.say_all(*(("ping", {}) for _ in range(MOST_SAID + 1)))
        assert (many["status"], many["code"]) == (400, "VALIDATION_ERROR")


async def test_a_flood_is_told_to_wait_and_the_line_stays(office, desk):
    kim = await office.add_user("kim", "operator")
    async with Phone(StreamDesk(office.url, kim.token)) as phone:
        wish = ("steer", {"screenId": "SCREEN-001", "pointer": {"x": 0.5, "y": 0.5}})
        answers: list[dict] = []
        while len(answers) < 3 * BURST:
            answers += (await phone.say_all(*(wish for _ in range(MOST_SAID))))["answers"]
        refused = [each for each in answers if not each["success"]]
        assert {each["code"] for each in refused} == {"RATE_LIMITED"}
        assert all(each["retryAfterMs"] > 0 for each in refused)
        assert len([data for event, data in desk.events if event == "steer"]) < BURST
        # The line itself has a bound, too, counted before anything is done.
        bounds = office.relay.live.bounds
        async with asyncio.timeout(60):
            statuses = [200]
            while statuses[-1] == 200:
                several = await asyncio.gather(
                    *(phone.say_all(*(("ping", {}) for _ in range(MOST_SAID))) for _ in range(40))
                )
                statuses += [each["status"] for each in several]
        assert 429 in statuses
        assert len(statuses) > bounds.frames_burst / MOST_SAID / 2
        assert phone.line.is_connected
