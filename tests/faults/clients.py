"""Clients that never give up: each asks under one id until it has an answer, and keeps its own fsynced list of 202s.

Two kinds: over HTTP, and over the socket. Whatever goes wrong on the way (a refused connection, a reset, no answer, a
503, a wrong clock) is answered by the same id again a moment later, as CONTRACT.md asks of every client.
"""

import asyncio
import hashlib
import json
import logging
import math
import os
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp
import socketio
import socketio.exceptions
from faults.history import Accepted, Event, Submitted
from faults.stepped_clock import seconds

from relay.clock import SystemClock

ANSWER_SECONDS = 4
PATIENCE_SECONDS = 8
_quiet = logging.getLogger("benchcast.faults.client")
_quiet.setLevel(logging.CRITICAL)

NOT_NOW = {429, 500, 502, 503, 504}


class Client:
    """One who triggers. `slots` are the (screen, window) pairs that it may ask for."""

    def __init__(
        self,
        name: str,
        *,
        url: str,
        token: str,
        slots: Sequence[tuple[str, str]],
        folder: Path,
        seed: int,
    ) -> None:
        self.name = name
        self.url = url
        self.token = token
        self.events: list[Event] = []
        self.refused: list[str] = []
        self.repeats = 0
        self._slots = slots
        self._random = random.Random(seed)
        self._file = os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._clock = SystemClock()
        self._offset_ms = 0
        self._open = True
        self._gives_up_at = math.inf

    async def run(self, pause: Callable[[], float]) -> None:
        """Ask for one thing after another until `finish`; what has begun is brought to its answer."""
        try:
            while self._open:
                await self._ask_until_answered()
                await asyncio.sleep(pause() * self._random.uniform(0.5, 1.5))
        finally:
            await self.close()
            os.close(self._file)

    def finish(self) -> None:
        """Begin nothing new, and ask for what has begun only a few seconds more."""
        self._open = False
        self._gives_up_at = seconds() + PATIENCE_SECONDS

    def asked_since(self, at: float) -> Iterator[str]:
        """List the ids that were asked for since then, the newest first."""
        for event in reversed(self.events):
            if event.at < at:
                return
            if isinstance(event, Submitted):
                yield event.id

    async def _ask_until_answered(self) -> None:
        screen, slot = self._random.choice(self._slots)
        id_ = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        body = {"id": id_, "screenId": screen, "windowId": slot, "orderId": "WO-1"}
        digest = hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16]
        asked = Submitted(at=seconds(), source=self.name, id=id_, screen=screen, slot=slot, body_hash=digest)
        self.events.append(asked)
        self._write("submitted", id=id_)
        while True:
            status, answer = await self._ask({**body, "timestamp": self._clock.now_ms() + self._offset_ms})
            match status, answer.get("code"):
                case 202, _:
                    self._write("accepted", id=id_, seq=answer["seq"])
                    accepted = Accepted(at=seconds(), source=self.name, id=id_, seq=answer["seq"])
                    self.events.append(accepted)
                    if self._random.random() < 0.05:
                        await self._ask_again(body, answer["seq"])
                    return
                case _, "CLOCK_SKEW":
                    self._offset_ms = answer["serverTime"] - self._clock.now_ms()
                case (0, _) | (_, "RELAY_UNAVAILABLE" | "INTERNAL_ERROR" | "RATE_LIMITED"):
                    pass
                case _ if status not in NOT_NOW:
                    self.refused.append(f"{id_}: {status} {answer}")
                    return
                case _:
                    pass
            self.repeats += 1
            if seconds() > self._gives_up_at:
                return
            await asyncio.sleep(self._random.uniform(0.02, 0.15))

    async def _ask_again(self, body: dict, seq: int) -> None:
        """The same id once more: the first answer, if there is one."""
        stamped = {**body, "timestamp": self._clock.now_ms() + self._offset_ms}
        status, answer = await self._ask(stamped)
        if status == 202:
            accepted = Accepted(at=seconds(), source=self.name, id=body["id"], seq=answer["seq"])
            self.events.append(accepted)

    async def _ask(self, body: dict) -> tuple[int, dict]:
        """Send it once. The status is 0 when nobody knows whether it came through."""
        raise NotImplementedError

    async def close(self) -> None:
        """Hang up."""

    def _write(self, what: str, **fields: object) -> None:
        os.write(self._file, json.dumps({"what": what, "at": seconds(), **fields}).encode() + b"\n")
        if what == "accepted":
            os.fsync(self._file)


class HttpClient(Client):
    """Triggers with `POST /api/trigger`."""

    _session: aiohttp.ClientSession | None = None

    async def _ask(self, body: dict) -> tuple[int, dict]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
                headers={"Authorization": f"Bearer {self.token}", "Accept-Language": "en"},
            )
        try:
            async with self._session.post(f"{self.url}/api/trigger", json=body) as response:
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return 0, {}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class SocketClient(Client):
    """Triggers with the event `trigger` on a connection that it makes anew whenever it is gone."""

    _sio: socketio.AsyncClient | None = None

    async def _ask(self, body: dict) -> tuple[int, dict]:
        try:
            if self._sio is None:
                await self._connect()
            assert self._sio is not None
            answer = await self._sio.call("trigger", body, timeout=ANSWER_SECONDS)
        except (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError, ValueError):
            await self.close()
            return 0, {}
        if not isinstance(answer, dict):
            return 0, {}
        if answer.get("success"):
            return 202, answer["data"]
        return 400, answer

    async def _connect(self) -> None:
        self._sio = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, logger=_quiet, engineio_logger=_quiet
        )
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._sio.connect(
                self.url, auth={"token": self.token}, transports=["websocket"], wait_timeout=ANSWER_SECONDS
            )

    async def close(self) -> None:
        sio, self._sio = self._sio, None
        if sio is None:
            return
        with suppress(socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await sio.disconnect()
        tasks = [task for task in (sio.eio.read_loop_task, sio.eio.write_loop_task) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if sio.eio.http is not None:
            await sio.eio.http.close()
