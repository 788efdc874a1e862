"""Background tasks have names, are heard when they fail, and what must never end begins anew."""

import asyncio

from structlog.testing import capture_logs

from relay import tasks as module
from relay.tasks import Tasks


async def test_a_task_that_fails_is_logged_by_name_and_takes_nobody_down():
    async def fails() -> None:
        raise LookupError("on purpose")

    with capture_logs() as logs:
        async with Tasks() as tasks:
            sibling = tasks.spawn(asyncio.sleep(0.05), "sibling")
            await asyncio.wait({tasks.spawn(fails(), "the culprit")})
            await sibling
    assert [entry["task"] for entry in logs] == ["the culprit"]


async def test_what_must_never_end_begins_anew_after_a_failure(monkeypatch):
    monkeypatch.setattr(module, "BEGIN_ANEW_SECONDS", 0.01)
    starts = 0
    third = asyncio.Event()

    async def stumbles() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise LookupError("on purpose")
        third.set()
        await asyncio.Event().wait()

    with capture_logs():
        async with Tasks() as tasks:
            tasks.keep(stumbles, "stumbles")
            async with asyncio.timeout(5):
                await third.wait()
    assert starts == 3


async def test_leaving_the_nursery_ends_every_task():
    ended = []

    async def stays() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stays")

    async with Tasks() as tasks:
        tasks.spawn(stays(), "stays")
        tasks.keep(stays, "kept")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert ended == ["stays", "stays"]
