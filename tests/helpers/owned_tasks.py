"""Spawns tasks for a test as the app's bridge does, and ends them with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from relay.tasks import Tasks


@asynccontextmanager
async def owned_tasks() -> AsyncIterator[Tasks]:
    async with Tasks() as tasks:
        yield tasks


async def until(is_true, seconds: float = 8.0) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(seconds):
        while not is_true():
            await asyncio.sleep(0.005)
