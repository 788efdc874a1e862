"""The peer: plain python-socketio on aiohttp and uvloop doing the visible half of the job, with nothing kept on disk.

`POST /api/trigger`, or the event `trigger`, emits `navigate` to the screen with an acknowledgement asked for, and is
answered 202 at once. `GET /acks` tells the milliseconds from accept to each acknowledgement. Serves until killed.

    python plain_socketio.py PORT
"""

import asyncio
import itertools
import sys
import time

import socketio
import uvloop
from aiohttp import web

EXPIRES_MS = 900_000
# As large as what the relay sends for an order.
DOCUMENT = {
    "id": "0199a8b2c3d4e5f60718293a4b5c6d7e",
    "kind": "pdf",
    "url": "/api/documents/" + "5e" * 32,
    "sha256": "5e" * 32,
    "mediaType": "application/pdf",
    "pages": 1,
    "revision": "C",
    "title": "work.pdf",
}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Peer:
    def __init__(self) -> None:
        self.sio = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"])
        self.sio.on("connect", self.connect)
        self.sio.on("presence", self.presence)
        self.sio.on("trigger", self.trigger)
        self.seqs = itertools.count(1)
        self.sids: dict[str, str] = {}
        self.acks: list[tuple[str, float]] = []

    async def connect(self, sid: str, _environ: dict, auth: dict) -> None:
        if (screen_id := auth.get("screenId")) is not None:
            await self.sio.enter_room(sid, screen_id)
            self.sids[screen_id] = sid
            asyncio.get_running_loop().call_soon(self.sio.start_background_task, self.greet, sid)

    async def greet(self, sid: str) -> None:
        await self.sio.emit("hello", {"serverTime": now_ms(), "head": 0}, to=sid)

    async def presence(self, _sid: str, _presence: dict) -> dict:
        return {"success": True}

    async def accept(self, trigger: dict) -> dict:
        began, id_, now = time.perf_counter(), trigger["id"], now_ms()
        seq = next(self.seqs)
        command = {
            "id": id_,
            "seq": seq,
            "screenId": trigger["screenId"],
            "windowId": "main",
            "timestamp": now,
            "expiresAt": now + EXPIRES_MS,
        }
        if "url" in trigger:
            command |= {"url": trigger["url"], "hosts": ["bench.example", "127.0.0.1"]}
        else:
            command |= {"orderId": trigger["orderId"], "document": DOCUMENT}

        def acknowledged(*_answer: object) -> None:
            self.acks.append((id_, (time.perf_counter() - began) * 1000))

        # To the client itself: an acknowledgement asked of a room is heard from its first member alone.
        await self.sio.emit("navigate", command, to=self.sids[trigger["screenId"]], callback=acknowledged)
        return {"id": id_, "seq": seq, "state": "waiting", "statusUrl": f"/api/trigger/{id_}"}

    async def trigger(self, _sid: str, trigger: dict) -> dict:
        return {"id": trigger["id"], "success": True, "data": await self.accept(trigger)}

    async def over_http(self, request: web.Request) -> web.Response:
        return web.json_response(await self.accept(await request.json()), status=202)

    async def tell_acks(self, _request: web.Request) -> web.Response:
        acks, self.acks = self.acks, []
        return web.json_response(dict(acks))


async def serve(port: int) -> None:
    peer, app = Peer(), web.Application()
    peer.sio.attach(app)
    app.router.add_post("/api/trigger", peer.over_http)
    app.router.add_get("/acks", peer.tell_acks)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    await asyncio.Event().wait()


uvloop.run(serve(int(sys.argv[1])))
