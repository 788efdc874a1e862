"""Scan to shown: the real desktop app on a virtual display with two monitors, judged by the scanner's own answer.

The time runs from sending the trigger with `?wait=shown` until the scanner has its answer, which comes after a frame of
the document was painted on the second monitor.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import aiohttp
from aiohttp import web
from bench.plan import Plan
from bench.programs import HOST, Cores
from bench.readings import Shown
from bench.seeding import order_id
from bench.servers import RELAY, running
from helpers.real_desk import free_port, real_desk
from helpers.relay_running import Office
from helpers.x11 import two_monitors
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from relay.clock import SystemClock

SCREEN = "BENCH-DESK"
PAGES = 4
HEAVY_BYTES = 5_000_000
WAIT_MS = 20_000
PAUSE_SECONDS = 0.02


async def scan_to_shown(plan: Plan, cores: Cores, folder: Path, seeded: Path) -> list[Shown]:
    """Measure a cached PDF, a heavy PDF that was never seen, a picture, and a web page."""
    # The app, its X server and its web engine are no load generator: they may run on every core.
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        async with (
            running(RELAY, cores, folder / "desktop", seeded) as server,
            aiohttp.ClientSession() as session,
        ):
            office = Office(None, session, server.token_of_admin(), SystemClock(), server.url)
            await office.add_screen(SCREEN)
            link = (await office.offer(SCREEN))["link"]
            with two_monitors(window_manager=True) as x:
                async with (
                    real_desk(office, x, folder / "desk", link=link, screen_id=SCREEN),
                    _web_pages() as address,
                ):
                    return await _scan_everything(office, plan, address)
    finally:
        os.sched_setaffinity(0, pinned)


async def _scan_everything(office: Office, plan: Plan, address: str) -> list[Shown]:
    for number in range(PAGES):
        await office.add_order(f"WO-PHOTO-{number}", photo(number), filename="photo.jpg")
    documents = [{"orderId": order_id(number)} for number in range(PAGES)]
    photos = [{"orderId": f"WO-PHOTO-{number}"} for number in range(PAGES)]
    pages = [{"url": f"{address}/{number}"} for number in range(PAGES)]
    cached, fresh = plan.cached_scans, plan.fresh_scans
    results = [
        await _scan(office, "one-page PDF from the cache", documents, cached),
        await _scan(office, "JPEG of 1600x1200 from the cache", photos, cached),
        await _scan(office, "web page of this machine", pages, max(1, cached // 2)),
    ]
    heavy = Shown("PDF of 5 MB, never seen before")
    for number in range(fresh):
        id_ = f"WO-HEAVY-{number}"
        await office.add_order(id_, await asyncio.to_thread(heavy_pdf, number))
        heavy.milliseconds.append(await _shown(office, {"orderId": id_}))
    return [*results, heavy]


async def _scan(office: Office, what: str, subjects: list[dict[str, str]], count: int) -> Shown:
    for subject in subjects:
        await _shown(office, subject)
    result = Shown(what)
    for subject in islice(cycle(subjects), count):
        result.milliseconds.append(await _shown(office, subject))
        await asyncio.sleep(PAUSE_SECONDS)
    return result


async def _shown(office: Office, subject: dict[str, str]) -> float:
    body = office.body(SCREEN, displayIndex=1, **subject)
    began = time.perf_counter()
    answer = await office.trigger(body, wait_ms=WAIT_MS)
    took = (time.perf_counter() - began) * 1000
    assert answer.body.get("state") == "shown", answer.body
    return took


def heavy_pdf(number: int, size: int = HEAVY_BYTES) -> bytes:
    """A page of noise that no compression makes smaller: a scanned drawing of that size, never seen before."""
    side = int((size / 3) ** 0.5)
    picture = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    file = BytesIO()
    canvas = Canvas(file, pagesize=(842, 595))
    canvas.drawImage(ImageReader(picture), 20, 20, 800, 500)
    canvas.drawString(30, 560, f"Heavy {number}")
    canvas.save()
    return file.getvalue()


def photo(number: int) -> bytes:
    """A picture with detail everywhere, as a camera takes it."""
    chance = random.Random(number)
    picture = Image.frombytes("RGB", (200, 150), chance.randbytes(200 * 150 * 3)).resize((1600, 1200))
    file = BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


@asynccontextmanager
async def _web_pages() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        number = request.match_info["number"]
        body = (
            f"<!doctype html><title>{number}</title><h1>Work instruction {number}</h1>" + "<p>Step</p>" * 40
        )
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{number}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        port = free_port()
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{port}"
    finally:
        await runner.cleanup()
