"""What is revoked is cut within a second, whatever carries the line: WebSocket, Server-Sent Events or long polling."""

import asyncio
from contextlib import AsyncExitStack

from helpers.desk import Desk
from helpers.http_desk import PollDesk, StreamDesk
from helpers.relay_running import running_relay

WAYS = {"S-WEBSOCKET": Desk, "S-STREAM": StreamDesk, "S-POLLING": PollDesk}


async def test_everything_that_is_live_ends_within_a_second(tmp_path) -> None:
    async with running_relay(tmp_path / "data") as office, AsyncExitStack() as stack:
        kim, lee = await office.add_user("kim", "operator"), await office.add_user("lee", "operator")
        screens, watchers, bystanders = {}, [], []
        for screen_id, way in WAYS.items():
            grant = await office.pair(screen_id)
            screens[screen_id] = await stack.enter_async_context(way(office.url, grant["token"]))
            for person, lines in ((kim, watchers), (lee, bystanders)):
                line = way(office.url, person.token)
                line.presence = None
                if way is not Desk:
                    line.query = {"watch": "*"}
                lines.append(await stack.enter_async_context(line))
        for line in (*screens.values(), *watchers, *bystanders):
            await line.hears("hello")

        loop = asyncio.get_running_loop()
        for screen_id, desk in screens.items():
            began = loop.time()
            await office.call("DELETE", f"/api/screens/{screen_id}")
            assert (await desk.hears("session:revoked"))["code"] == "TOKEN_INVALID"
            await ended(desk)
            assert loop.time() - began < 1.0, screen_id
        began = loop.time()
        await office.call("POST", "/api/users/kim/sign-out")
        for line in watchers:
            assert (await line.hears("session:revoked"))["code"] == "TOKEN_INVALID"
            await ended(line)
        assert loop.time() - began < 1.0
        assert all(line.is_connected for line in bystanders)


async def ended(line: Desk) -> None:
    async with asyncio.timeout(10):
        while line.is_connected:
            await asyncio.sleep(0.005)
