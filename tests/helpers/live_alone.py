"""The live layer alone on a free port, with bounds of the test's choice and a doorkeeper who believes `kind:name`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from relay.clock import SystemClock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.live.bounds import Bounds
from relay.live.connection import Connection
from relay.live.server import LiveServer
from relay.tasks import Tasks
from relay.web.handler import problems

HELLO = {"epoch": "e", "gen": 1, "serverTime": 1, "head": 0, "heartbeatMs": 10_000}


@dataclass
class Doorkeeper:
    """Takes `screen:NAME` for a token; `ready` can be held back to keep somebody in the doorway."""

    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def verify(self, token: str, *, on_socket: bool = False) -> Caller:
        await self.ready.wait()
        kind, _, name = token.partition(":")
        if not name:
            raise Refusal(Code.TOKEN_INVALID)
        return Caller(kind, name)


class Alone:
    def __init__(self, live: LiveServer, tasks: Tasks, door: Doorkeeper) -> None:
        self.live = live
        self.tasks = tasks
        self.door = door
        self.url = ""
        self.farewells: list[Connection] = []

    def connection(self, name: str = "S") -> Connection:
        found = self.live.connection_of(name)
        assert found is not None
        return found

    async def until(self, is_true, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not is_true():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def live_alone(engine: str = "fast", **bounds: object) -> AsyncIterator[Alone]:
    door = Doorkeeper()
    door.ready.set()
    async with Tasks() as tasks:
        live = LiveServer(
            door, SystemClock(), tasks, Bounds(**{"handshakes_per_second": 100_000, **bounds}), engine
        )
        alone = Alone(live, tasks, door)
        live.welcome = lambda connection: live.send(connection, "hello", HELLO)
        live.farewell = alone.farewells.append
        app = web.Application(middlewares=[problems])
        live.attach(app)
        live.start()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
        await site.start()
        alone.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield alone
        finally:
            await live.close()
            await runner.cleanup()
