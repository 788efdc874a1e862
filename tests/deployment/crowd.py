"""Who asks a relay from outside: an office, and those who trigger without end and remember every 202 that they got."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from helpers.relay_running import Office

from relay.clock import SystemClock


@asynccontextmanager
async def office_at(url: str) -> AsyncIterator[Office]:
    """Yield somebody without a token, who asks nobody about the relay's certificate."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        yield Office(None, session, None, SystemClock(), url)


class Crowd:
    """`count` scanners that ask one after the other until the block ends; a refusal is no promise."""

    def __init__(self, office: Office, screen_id: str = "SCREEN-001", count: int = 6) -> None:
        self._office, self._screen_id, self._count = office, screen_id, count
        self.accepted: list[str] = []
        self._is_over = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.ensure_future(self._ask()) for _ in range(self._count)]  # noqa: TID251 - an actor
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.accepted) < count:
                await asyncio.sleep(0.02)

    async def _ask(self) -> None:
        while not self._is_over:
            try:
                answer = await self._office.trigger(self._office.body(self._screen_id, command="identify"))
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(0.05)
                continue
            if answer.status == 202:
                self.accepted.append(answer.body["id"])


async def lost(office: Office, ids: list[str]) -> list[str]:
    """Name those that the relay knows nothing of."""
    return [id_ for id_ in ids if (await office.call("GET", f"/api/trigger/{id_}")).status != 200]
