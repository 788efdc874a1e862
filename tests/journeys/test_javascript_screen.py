"""The official JavaScript client as a screen: connects with a screen's token, is navigated, and retried when silent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers.relay_running import Office, running_relay

SCRIPT = Path(__file__).parents[1] / "js" / "screen.mjs"


class Screen:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.heard: list[tuple[str, object]] = []

    async def hears(self, what: str, times: int = 1) -> object:
        async with asyncio.timeout(15):
            while sum(name == what for name, _ in self.heard) < times:
                line = await self.process.stdout.readline()
                assert line, f"the client ended; it had said {self.heard}"
                said = json.loads(line)
                self.heard.append((said["what"], said.get("data")))
        return [data for name, data in self.heard if name == what][times - 1]


@asynccontextmanager
async def javascript_screen(
    url: str, token: str, *, silences: int = 0, reports: bool = True
) -> AsyncIterator[Screen]:
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), url, token, str(silences), "outcome" if reports else "none",
        cwd=SCRIPT.parent, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Screen(process)
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        await office.add_order("WO-1", revision="B")
        yield office


async def test_it_connects_gets_navigate_and_what_it_shows_is_believed(office: Office):
    grant = await office.pair()
    async with javascript_screen(office.url, grant["token"]) as screen:
        hello = await screen.hears("hello")
        assert {"epoch", "gen", "serverTime", "head", "heartbeatMs"} == set(hello)
        answer = await office.trigger(orderId="WO-1", wait_ms=10_000)
        command = await screen.hears("navigate")
        assert (answer.body["state"], answer.body["revision"]) == ("shown", "B")
        assert (command["id"], command["orderId"]) == (answer.body["id"], "WO-1")
        assert (await screen.hears("outcome acknowledged"))["success"] is True


async def test_it_is_sent_the_same_again_when_it_does_not_acknowledge(office: Office):
    grant = await office.pair()
    async with javascript_screen(office.url, grant["token"], silences=2) as screen:
        await screen.hears("hello")
        answer = await office.trigger(orderId="WO-1", wait_ms=15_000)
        third = await screen.hears("navigate", times=3)
        assert answer.body["state"] == "shown"
        assert answer.body["attempts"] == 3
        assert third["id"] == answer.body["id"]


async def test_one_that_only_acknowledges_ends_in_received(office: Office):
    grant = await office.pair()
    async with javascript_screen(office.url, grant["token"], reports=False) as screen:
        await screen.hears("hello")
        answer = await office.trigger(orderId="WO-1", wait_ms=10_000)
        assert (answer.status, answer.body["state"]) == (200, "received")


async def test_a_wrong_token_is_refused_with_its_code(office: Office):
    async with javascript_screen(office.url, "rubbish") as screen:
        refused = await screen.hears("connect_error")
        assert refused["data"]["code"] == "TOKEN_INVALID"
        assert refused["data"]["action"]


async def test_it_comes_back_by_itself_after_a_restart_and_is_caught_up(tmp_path):
    data = tmp_path / "restarted"
    async with running_relay(data) as office:
        await office.add_order("WO-1")
        grant = await office.pair()
        port = office.relay.port
        async with javascript_screen(office.url, grant["token"]) as screen:
            await screen.hears("hello")
            # The relay goes away and comes back on the same port while the client lives on.
            await office.relay.live.close(after_ms=0)
            await screen.hears("disconnect")
            answer = await office.trigger(orderId="WO-1", wait_ms=10_000)
            await screen.hears("hello", times=2)
            assert answer.body["state"] == "shown"
            assert port == office.relay.port
