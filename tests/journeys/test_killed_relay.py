"""What was answered with 202 is there after the relay was killed, and goes on to its screen."""

import asyncio
import signal
import time
from pathlib import Path

import aiohttp
from helpers.desk import Desk
from helpers.real_desk import free_port
from helpers.relay_process import relay_process


async def test_every_accepted_scan_survives_a_kill_in_the_middle_of_the_rush(tmp_path: Path):
    data, port = tmp_path / "relay", free_port()
    accepted: list[str] = []
    async with relay_process(data, port) as (office, process):
        await office.add_order("WO-1")
        for number in range(5):
            await office.add_screen(f"SCREEN-{number}")

        async def scan_for_ever(number: int) -> None:
            while True:
                body = office.body(f"SCREEN-{number}", orderId="WO-1")
                if (await office.trigger(body)).status == 202:
                    accepted.append(body["id"])

        async def kill() -> None:
            while len(accepted) < 40:
                await asyncio.sleep(0.005)
            process.kill()

        rush = asyncio.gather(kill(), *(scan_for_ever(number) for number in range(5)))
        try:
            await rush
        except aiohttp.ClientError:
            rush.cancel()
    assert len(accepted) >= 40
    async with relay_process(data, port) as (office, _process):
        states = [(await office.delivery(id_)).get("state") for id_ in accepted]
        assert set(states) <= {"waiting", "superseded"}
        assert states.count("waiting") <= 5
        grant = await office.pair("SCREEN-0")
        async with Desk(office.url, grant["token"]) as desk:
            await desk.until(lambda: len(desk.commands) == 1)
            newest = (await office.call("GET", "/api/deliveries?screenId=SCREEN-0&limit=1")).body[
                "deliveries"
            ][0]
            assert desk.commands[0][1]["id"] == newest["id"]


async def test_a_relay_that_is_asked_to_stop_says_so_and_is_gone_in_five_seconds(tmp_path: Path):
    data, port = tmp_path / "relay", free_port()
    async with relay_process(data, port) as (office, process):
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            await desk.hears("hello")
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            await desk.hears("drain")
            assert await asyncio.to_thread(process.wait, 10) == 0
            assert time.monotonic() - started < 5
