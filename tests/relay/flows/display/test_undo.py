"""What a bench showed before is asked for now, of a bench that is there and knows how."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from helpers.desk import Desk
from helpers.relay_running import running_relay


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        yield office


@asynccontextmanager
async def bench_of(office, token: str, *capabilities: str):
    desk = Desk(office.url, token)
    desk.presence = {**desk.presence, "capabilities": ["outcome", *capabilities]}
    async with desk:
        async with asyncio.timeout(10):
            while (live := office.relay.live.connection_of("SCREEN-001")) is None or live.presence is None:
                await asyncio.sleep(0.01)
        yield desk


async def test_undo_reaches_a_bench_that_knows_it_and_is_refused_for_any_other(office):
    token = (await office.pair())["token"]
    away = await office.trigger(command="undo")
    assert (away.status, away.body["code"]) == (503, "SCREEN_OFFLINE")
    async with bench_of(office, token) as older:
        refused = await office.trigger(command="undo")
        assert (refused.status, refused.body["code"]) == (422, "UNSUPPORTED")
        assert older.commands == []
    async with bench_of(office, token, "undo") as bench:
        answer = await office.trigger(command="undo", wait_ms=8000)
        assert (answer.status, answer.body["state"], answer.body["verb"]) == (200, "shown", "undo")
        assert [verb for verb, _command in bench.commands] == ["undo"]
        mixed = await office.trigger(command="undo", page=2)
        assert (mixed.status, mixed.body["code"]) == (400, "VALIDATION_ERROR")
