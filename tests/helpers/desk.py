"""A screen played by a test: a real Socket.IO client that does as it is told and remembers what it got."""

import asyncio
from collections.abc import Callable
from typing import Self

import aiohttp
import socketio

VERBS = ("navigate", "close", "undo", "view", "move", "identify", "blank", "notify", "screenshot")
DISPLAYS = [
    {
        "displayId": "left",
        "index": 0,
        "name": "L",
        "width": 1920,
        "height": 1080,
        "scale": 1.0,
        "primary": True,
    },
    {
        "displayId": "right",
        "index": 1,
        "name": "R",
        "width": 1920,
        "height": 1080,
        "scale": 1.0,
        "primary": False,
    },
]


class Desk:
    """`acknowledge` and `show` decide per command; None for `acknowledge` means silence."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.commands: list[tuple[str, dict]] = []
        self.events: list[tuple[str, object]] = []
        self.asked: list[dict] = []
        self.refusal: object = None
        self.acknowledge: Callable[[dict], dict | None] = lambda command: {
            "received": True,
            "id": command["id"],
        }
        self.show: Callable[[dict], dict | None] = lambda command: {
            "id": command["id"],
            "state": "shown",
            "display": {"displayId": "right", "index": 1, "name": "R"},
            "page": 1,
            "timings": {"loadedMs": 5.0, "shownMs": 9.0},
        }
        self.status: Callable[[dict], dict] = lambda question: {"id": question["id"], "state": "unknown"}
        self.presence: dict | None = {
            "appVersion": "test",
            "protocol": 1,
            "appliedSeq": 0,
            "displays": DISPLAYS,
            "capabilities": ["outcome"],
        }
        self.changed = asyncio.Condition()
        self._http: aiohttp.ClientSession | None = None
        self._sio: socketio.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.leave()

    async def connect(self) -> None:
        self._http = aiohttp.ClientSession()
        sio = self._sio = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, http_session=self._http
        )
        for verb in VERBS:
            sio.on(verb, self._command(verb))
        sio.on("status?", self._status)
        sio.on("*", self._any)
        sio.on("connect_error", self._refused)
        try:
            await sio.connect(self.url, transports=["websocket"], auth={"token": self.token}, wait_timeout=5)
        except BaseException:
            await self._http.close()
            raise

    async def leave(self) -> None:
        if self._sio is not None and self._sio.connected:
            await self._sio.disconnect()
        if self._http is not None:
            await self._http.close()

    async def vanish(self) -> None:
        """Drop the line as a pulled cable would: no goodbye."""
        assert self._sio is not None
        await self._sio.eio.ws.close()
        await self._sio.wait()
        await self.leave()

    async def say(self, event: str, payload: object) -> object:
        assert self._sio is not None
        return await self._sio.call(event, payload, timeout=5)

    @property
    def is_connected(self) -> bool:
        return self._sio is not None and self._sio.connected

    async def until(self, is_true: Callable[[], bool], seconds: float = 8.0) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(is_true)

    async def hears(self, event: str, seconds: float = 8.0) -> object:
        await self.until(lambda: any(name == event for name, _ in self.events), seconds)
        return next(payload for name, payload in self.events if name == event)

    async def note(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def _command(self, verb: str):
        async def on_command(command: dict) -> dict | None:
            self.commands.append((verb, command))
            answer = self.acknowledge(command)
            await self.note()
            if answer is None:
                # python-socketio acknowledges whatever a handler returns; silence has to outlive the test.
                await asyncio.Event().wait()
            outcome = self.show(command) if answer and answer["received"] else None
            if outcome is not None:
                asyncio.get_running_loop().call_soon(self._report, outcome)
            return answer

        return on_command

    def _report(self, outcome: dict) -> None:
        self._reporting = asyncio.ensure_future(self._sio.emit("outcome", outcome))  # noqa: TID251 - an actor

    async def _status(self, question: dict) -> dict:
        self.asked.append(question)
        await self.note()
        return self.status(question)

    async def _refused(self, refusal: object) -> None:
        self.refusal = refusal

    async def _any(self, event: str, *payload: object) -> None:
        self.events.append((event, payload[0] if payload else None))
        if event == "hello" and self.presence is not None:
            await self._sio.emit("presence", self.presence)
        await self.note()
