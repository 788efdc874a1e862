"""An idle bench shows phones the way in, on a real X display: what is read from its pixels lets a phone in."""

import asyncio
from pathlib import Path

import pytest
import zxingcpp
from helpers.real_desk import colour_pdf, free_port, is_online, real_desk
from helpers.relay_running import running_relay
from helpers.x11 import LEFT, Desk, two_monitors

pytestmark = pytest.mark.x11


async def until_offered(x: Desk, *, offered: bool) -> str:
    """Wait until the bench's window offers, or does not offer, a QR code; answer what it says."""
    async with asyncio.timeout(40):
        while True:
            found = [
                each.text for each in zxingcpp.read_barcodes(x.shot_of(LEFT)) if "/scan/#join=" in each.text
            ]
            if bool(found) == offered:
                return found[0] if found else ""
            await asyncio.sleep(0.1)


@pytest.mark.timeout(180)
async def test_an_idle_bench_lets_phones_in_while_the_relay_is_there(tmp_path: Path):
    port = free_port()
    with two_monitors(window_manager=True) as x:
        async with running_relay(tmp_path / "relay", on_port=port) as office:
            await office.add_order("WO-RED", colour_pdf("red"))
            await office.add_screen()
            desk = real_desk(office, x, tmp_path / "desk", link=(await office.offer())["link"], LANGUAGE="ko")
            process = await desk.__aenter__()
            try:
                link = await until_offered(x, offered=True)
                ticket = link.partition("#join=")[2].partition("&")[0]
                joined = await office.as_(None).call(
                    "POST", "/api/join", json={"ticket": ticket}, headers={"X-Benchcast": "1"}
                )
                assert joined.body["screens"] == ["SCREEN-001"]
                # What is shown is not disturbed; the way in is there again when nothing is shown.
                shown = office.body(orderId="WO-RED", displayIndex=1)
                assert (await office.trigger(shown, wait_ms=15_000)).body["state"] == "shown"
                await until_offered(x, offered=False)
                assert (await office.trigger(office.body(command="close"), wait_ms=15_000)).body[
                    "state"
                ] == "shown"
                await until_offered(x, offered=True)
            except BaseException:
                await desk.__aexit__(None, None, None)
                raise
        try:
            # The relay is away: what it showed last would lead nowhere.
            await until_offered(x, offered=False)
            async with running_relay(tmp_path / "relay", on_port=port, guests=False) as office:
                async with asyncio.timeout(40):
                    while not await is_online(office):
                        await asyncio.sleep(0.1)
                assert process.poll() is None
                assert await until_offered(x, offered=False) == ""
        finally:
            await desk.__aexit__(None, None, None)
