"""A relay that is asked to stop tells everybody, takes nothing new, and is gone in time, whatever its clients do."""

import asyncio
import re
import resource
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from helpers.raw_line import Refused, open_many, open_raw_line
from helpers.real_desk import free_port
from helpers.relay_process import relay_process

CLIENTS, STUCK = 2_000, 50


@pytest.mark.parametrize("engine", ["fast", "stock"])
async def test_two_thousand_clients_and_some_that_are_stuck_are_sent_away_in_five_seconds(
    tmp_path: Path, engine: str, monkeypatch
):
    monkeypatch.setenv("BENCHCAST_ENGINE", engine)
    async with AsyncExitStack() as stack:
        office, process = await stack.enter_async_context(relay_process(tmp_path / "relay", free_port()))
        await office.add_screen()
        lines = await open_many(office.url, office.token, CLIENTS)
        stuck, others = lines[:STUCK], lines[STUCK:]
        for line in lines:
            stack.callback(line.drop)
        for line in stuck:
            line.writer.transport.pause_reading()

        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await others[-1].hear_event("drain") == {"afterMs": 1000}
        refused = await office.trigger(url=f"{office.url}/x")
        assert (refused.status, refused.body["code"]) == (503, "RELAY_UNAVAILABLE")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await office.call("GET", "/ready")).status == 503
        with pytest.raises(Refused) as refusal:
            await open_raw_line(office.url)
        assert refusal.value.status == 503
        others[-1].emit("trigger", office.body(url=f"{office.url}/x"), ack=7)
        answer = await others[-1].hear_answer(7)
        assert answer["code"] == "RELAY_UNAVAILABLE"

        codes = await asyncio.gather(*(line.close_code() for line in others))
        assert set(codes) == {1012}
        assert await asyncio.to_thread(process.wait, 10) == 0
        assert time.monotonic() - began < 5


async def test_the_log_says_how_many_files_may_be_open_and_which_engine_serves(tmp_path: Path):
    async with relay_process(tmp_path / "relay", free_port()):
        log = (tmp_path / "relay.log").read_text("utf-8")
    serving = next(row for row in log.splitlines() if "'Serving'" in row)
    assert "engine='fast'" in serving
    assert int(re.search(r"open_files=(\d+)", serving)[1]) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
