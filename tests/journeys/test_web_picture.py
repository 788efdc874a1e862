"""A web page whose server is away, with both ends real: who triggered it, and who watches, hear what stands there."""

import asyncio
from pathlib import Path

import pytest
from helpers.pages import web_server
from helpers.real_desk import real_desk
from helpers.relay_running import Office, running_relay
from helpers.x11 import RIGHT, two_monitors, wait_for

pytestmark = pytest.mark.x11

GREEN = (20, 160, 60)
BAND = (RIGHT.x + RIGHT.width - 20, RIGHT.height - 40)


async def window_of(office: Office, *, with_picture: bool) -> dict:
    """What the relay knows of the window; presence comes right after the outcome."""
    async with asyncio.timeout(10):
        while True:
            windows = (await office.call("GET", "/api/screens/SCREEN-001")).body.get("windows")
            if windows and ("asOf" in windows[0]) == with_picture:
                return windows[0]
            await asyncio.sleep(0.05)


async def test_the_last_picture_of_a_page_is_shown_and_told_as_what_it_is(tmp_path: Path):
    async with running_relay(tmp_path / "relay", url_hosts=("127.0.0.1",)) as office:
        await office.add_screen()
        link = (await office.offer())["link"]
        with two_monitors(window_manager=True) as x:
            async with real_desk(office, x, tmp_path / "desk", link=link, LOG_LEVEL="debug"):

                async def show(url: str) -> dict:
                    return (await office.trigger(office.body(displayIndex=1, url=url), wait_ms=20_000)).body

                with web_server() as pages:
                    url = pages.put("/", f"<body style='background:rgb{GREEN}'>")
                    live = await show(url)
                    assert (live["state"], live.get("code")) == ("shown", None)
                    await window_of(office, with_picture=False)
                    log = tmp_path / "desk.log"
                    wait_for(lambda: "picture was kept" in log.read_text("utf-8"), what="the page's picture")
                away = await show(url)
                assert (away["state"], away["code"]) == ("shown", "CONNECTION_REFUSED"), away
                assert "127.0.0.1" in away["detail"]
                assert (await window_of(office, with_picture=True))["asOf"] > 1_700_000_000_000
                assert x.pixel(*BAND)[:2] == (255, 179)
