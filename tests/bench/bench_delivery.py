"""Measures accept -> navigate and scan -> shown, beside a peer in the same run, and prints P50, P95 and P99.

    .venv/bin/python tests/bench/bench_delivery.py [--rounds 400] [--screens 20] [--no-desktop]

accept -> navigate: a trigger over HTTP to a relay in a process of its own (SQLite, fsynced before the 202), until the
`navigate` event has reached the screen; the client is this process. The peer is plain python-socketio, which keeps
nothing. Both are asked in turns, so that whatever else the machine does hits both alike.

scan -> shown: the real desktop app on a virtual display with two monitors; from sending the trigger with `?wait=shown`
until the scanner has its answer, which is after a frame of the document was painted.
"""

import argparse
import asyncio
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import aiohttp  # noqa: E402 - the path comes first
import socketio  # noqa: E402
from helpers.relay_running import new_id, small_pdf  # noqa: E402
from helpers.x11 import two_monitors  # noqa: E402

from relay.clock import SystemClock  # noqa: E402
from relay.identity.keys import Keys  # noqa: E402
from relay.identity.tokens import mint_local_admin  # noqa: E402


def percentiles(samples: list[float]) -> tuple[float, float, float]:
    ordered = sorted(samples)
    return tuple(ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.50, 0.95, 0.99))


def print_row(name: str, samples: list[float]) -> None:
    p50, p95, p99 = percentiles(samples)
    print(f"| {name:<46} | {len(samples):>5} | {p50:>7.2f} | {p95:>7.2f} | {p99:>7.2f} |")


@contextmanager
def process(*arguments: str, **options):
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT, **options)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Relay:
    """The real relay in a process of its own, administered over HTTP."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    async def call(self, method: str, path: str, **kwargs) -> dict:
        async with self.session.request(method, self.url + path, headers=self.headers, **kwargs) as response:
            body = await response.json()
            assert response.status < 300, body
            return body

    async def pair(self, screen_id: str) -> str:
        await self.call("POST", "/api/screens", json={"screenId": screen_id})
        offer = await self.call("POST", f"/api/screens/{screen_id}/pairing")
        claim = {"screenId": screen_id, "token": offer["token"]}
        return (await self.call("POST", "/api/pair", json=claim))["token"]

    async def add_order(self, order_id: str, file: bytes) -> None:
        await self.call("PUT", f"/api/orders/{order_id}", json={"title": order_id})
        form = aiohttp.FormData()
        form.add_field("file", file, filename="work.pdf")
        await self.call("POST", f"/api/orders/{order_id}/documents", data=form)

    async def trigger(self, screen_id: str, order_id: str, *, wait: bool = False) -> dict:
        body = {
            "id": new_id(),
            "screenId": screen_id,
            "orderId": order_id,
            "timestamp": SystemClock().now_ms(),
        }
        path = "/api/trigger?wait=shown&timeoutMs=10000" if wait else "/api/trigger"
        return await self.call("POST", path, json=body | ({"displayIndex": 1} if wait else {}))


@asynccontextmanager
async def running_relay(data: Path, session: aiohttp.ClientSession) -> AsyncIterator[Relay]:
    command = (sys.executable, "-m", "relay", "serve", "--data", str(data), "--port", "0")
    environ = {**os.environ, "BENCHCAST_ATTEMPTS_PER_MINUTE": "100000"}
    with process(*command, env=environ) as child:
        url = ""
        while "http://" not in url:
            url = await asyncio.to_thread(child.stdout.readline)
            assert url, "the relay did not start"
        url = url[url.index("http://") :].split()[0]
        yield Relay(url, mint_local_admin(Keys.open(data), SystemClock()), session)


class Screen:
    """A connected screen that acknowledges, says it is shown, and remembers when each navigate came."""

    def __init__(self) -> None:
        self.arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self.sio.on("navigate", self._on_navigate)
        self.sio.on("hello", self._on_hello)
        self.served = asyncio.Event()

    async def _on_hello(self, hello: dict) -> None:
        presence = {
            "appVersion": "bench",
            "protocol": 1,
            "appliedSeq": hello["head"],
            "capabilities": ["outcome"],
        }
        await self.sio.call("presence", presence)
        self.served.set()

    async def _on_navigate(self, command: dict) -> dict:
        if not self.arrived.done():
            self.arrived.set_result(time.perf_counter())
        if "id" in command:
            await self.sio.emit("outcome", {"id": command["id"], "state": "shown"})
        return {"received": True, "id": command.get("id")}

    def expect(self) -> "asyncio.Future[float]":
        self.arrived = asyncio.get_running_loop().create_future()
        return self.arrived


async def measure_delivery(rounds: int, screens: int, data: Path) -> None:
    accept_navigate: list[float] = []
    accept_answer: list[float] = []
    peer_navigate: list[float] = []
    peer_script = str(ROOT / "tests/bench/peers/plain_socketio.py")
    async with aiohttp.ClientSession() as session, running_relay(data, session) as relay:
        await relay.add_order("WO-BENCH", small_pdf())
        desks = [Screen() for _ in range(screens)]
        for index, desk in enumerate(desks):
            token = await relay.pair(f"BENCH-{index}")
            await desk.sio.connect(relay.url, transports=["websocket"], auth={"token": token})
            await desk.served.wait()
        with process(sys.executable, peer_script, stdin=subprocess.PIPE) as peer:
            peer_url = f"http://127.0.0.1:{peer.stdout.readline().strip()}"
            peers = [Screen() for _ in range(screens)]
            for index, desk in enumerate(peers):
                await desk.sio.connect(peer_url, transports=["websocket"], auth={"room": str(index)})
            for turn in range(rounds + 50):
                index = turn % screens
                arrived, started = desks[index].expect(), time.perf_counter()
                await relay.trigger(f"BENCH-{index}", "WO-BENCH")
                answered = time.perf_counter()
                at = await asyncio.wait_for(arrived, 10)
                arrived, peer_started = peers[index].expect(), time.perf_counter()
                payload = {"room": str(index), "payload": {"orderId": "WO-BENCH"}}
                async with session.post(f"{peer_url}/emit", json=payload) as response:
                    await response.read()
                peer_at = await asyncio.wait_for(arrived, 10)
                if turn >= 50:  # the first ones warm both up
                    accept_answer.append((answered - started) * 1000)
                    accept_navigate.append((at - started) * 1000)
                    peer_navigate.append((peer_at - peer_started) * 1000)
                await asyncio.sleep(0.005)
            for desk in peers:
                await desk.sio.disconnect()
        for desk in desks:
            await desk.sio.disconnect()
    print_row("accept -> 202 (fsynced)", accept_answer)
    print_row("accept -> navigate at the screen", accept_navigate)
    print_row("peer: plain python-socketio, nothing kept", peer_navigate)
    ours, theirs = percentiles(accept_navigate), percentiles(peer_navigate)
    ratios = ", ".join(
        f"{name} {a / b:.2f}" for name, a, b in zip(("P50", "P95", "P99"), ours, theirs, strict=True)
    )
    print(f"accept -> navigate, ratio to the peer: {ratios}")


def heavy_pdf(number: int, megabytes: float = 5.0) -> bytes:
    """A page of noise that no compression makes smaller: a scanned drawing of that size, never seen before."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    side = int((megabytes * 1_000_000 / 3) ** 0.5)
    picture = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    file = BytesIO()
    canvas = Canvas(file, pagesize=(842, 595))
    canvas.drawImage(ImageReader(picture), 20, 20, 800, 500)
    canvas.drawString(30, 560, f"Heavy {number}")
    canvas.save()
    return file.getvalue()


async def measure_desktop(rounds: int, data: Path, desk_data: Path) -> None:
    cached: list[float] = []
    fresh: list[float] = []
    async with aiohttp.ClientSession() as session, running_relay(data, session) as relay:
        for index in range(4):
            await relay.add_order(f"WO-{index}", small_pdf(f"WO-{index}"))
        await relay.call("POST", "/api/screens", json={"screenId": "SCREEN-001"})
        link = (await relay.call("POST", "/api/screens/SCREEN-001/pairing"))["link"]
        with two_monitors(window_manager=True) as desk:
            command = (sys.executable, "-m", "app", "--pair", link, "--data", str(desk_data))
            settings = {"BENCHCAST_KEYRING": "file", "BENCHCAST_LANGUAGE": "en"}
            with process(*command, env={**desk.env, **settings}):
                async with asyncio.timeout(30):
                    while not (await relay.call("GET", "/api/screens/SCREEN-001"))["displays"]:
                        await asyncio.sleep(0.1)
                for turn in range(rounds + 8):
                    started = time.perf_counter()
                    answer = await relay.trigger("SCREEN-001", f"WO-{turn % 4}", wait=True)
                    assert answer["state"] == "shown", answer
                    if turn >= 8:  # every document has been shown twice by then
                        cached.append((time.perf_counter() - started) * 1000)
                    await asyncio.sleep(0.02)
                for turn in range(20):
                    await relay.add_order(f"WO-HEAVY-{turn}", await asyncio.to_thread(heavy_pdf, turn))
                    started = time.perf_counter()
                    answer = await relay.trigger("SCREEN-001", f"WO-HEAVY-{turn}", wait=True)
                    assert answer["state"] == "shown", answer
                    fresh.append((time.perf_counter() - started) * 1000)
    print_row("scan -> shown, one-page PDF from the cache", cached)
    print_row("scan -> shown, 5 MB PDF not seen before", fresh)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--screens", type=int, default=20)
    parser.add_argument("--no-desktop", action="store_true", help="leave out scan -> shown")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, milliseconds"
        )
        print(f"| {'what':<46} | {'n':>5} | {'P50':>7} | {'P95':>7} | {'P99':>7} |")
        print(f"|{'-' * 48}|{'-' * 7}|{'-' * 9}|{'-' * 9}|{'-' * 9}|")
        await measure_delivery(wish.rounds, wish.screens, Path(folder) / "delivery")
        if not wish.no_desktop:
            await measure_desktop(100, Path(folder) / "relay", Path(folder) / "desk")


asyncio.run(main())
