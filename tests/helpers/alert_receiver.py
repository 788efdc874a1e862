"""Somebody who receives alerts: a real HTTP server that keeps what it took."""

import asyncio
from contextlib import asynccontextmanager

from aiohttp import web

PATIENCE = 20
SECRET = "/services/T000/B000/XXXXSECRET"


class Receiver:
    """Somebody else's HTTP server; `statuses` are its next answers, 200 when there are none."""

    def __init__(self) -> None:
        self.got: list[dict] = []
        self.statuses: list[int] = []
        self.url = ""
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        status = self.statuses.pop(0) if self.statuses else 200
        async with self._changed:
            if status == 200:
                self.got.append(body)
            self._changed.notify_all()
        return web.Response(status=status, text="no")

    async def until(self, count: int) -> list[dict]:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return self.got

    async def until_tried(self) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: not self.statuses)


@asynccontextmanager
async def receiver():
    here = Receiver()
    app = web.Application()
    app.router.add_post(SECRET, here.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}{SECRET}"
    try:
        yield here
    finally:
        await runner.cleanup()
