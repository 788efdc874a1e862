"""The peer: plain python-socketio on aiohttp doing the visible half of the job, with nothing kept on disk.

`POST /emit {"room", "payload"}` emits `navigate` to one client and answers 202. Prints its port, serves until killed.
"""

import asyncio
import socket
import sys

import socketio
from aiohttp import web


async def serve() -> None:
    sio = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"])
    app = web.Application()
    sio.attach(app)

    @sio.event
    async def connect(sid: str, _environ: dict, auth: dict) -> None:
        await sio.enter_room(sid, auth["room"])

    async def emit(request: web.Request) -> web.Response:
        body = await request.json()
        await sio.emit("navigate", body["payload"], to=body["room"])
        return web.json_response({"accepted": True}, status=202)

    app.router.add_post("/emit", emit)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    print(listener.getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(serve())
