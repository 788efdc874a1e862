"""Thousands of screens in one process: each connects, acknowledges, says it is shown, and comes back after a drop.

A screen keeps to the contract as the desktop app does: `presence` after `hello`, the acknowledgement of a command, then
its `outcome`. What it cannot do is paint, so it says `shown` at once.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import msgspec
from bench.frames import frame
from bench.line import Line, upgrade_request
from msgspec import Struct

from app.link.backoff import Backoff
from relay.tasks import Tasks

AT_ONCE = 200
# As long as the app waits for `hello` (app/link/relay_link.py).
ATTEMPT_SECONDS = 15.0
_PRESENCE, _OUTCOME = b"1", b"2"


class _Command(Struct):
    id: str
    seq: int = 0


class _Drain(Struct):
    afterMs: int = 0  # noqa: N815 - as it stands on the wire


class _Hello(Struct):
    epoch: str = ""


_command = msgspec.json.Decoder(tuple[str, _Command])
_drain = msgspec.json.Decoder(tuple[str, _Drain])
_hello = msgspec.json.Decoder(tuple[str, _Hello])


class Screen(Line):
    """One screen of a fleet, known by its number."""

    __slots__ = ("_backoff", "_fleet", "_wait", "applied_seq", "is_served", "number")

    def __init__(self, fleet: "Fleet", number: int, auth: bytes) -> None:
        super().__init__(fleet.request, auth)
        self._fleet = fleet
        self._backoff = Backoff()
        self._wait: float | None = None
        self.number = number
        self.applied_seq = 0
        self.is_served = False

    def on_event(self, ack_id: bytes, body: bytes) -> None:
        if body.startswith(b'["navigate"'):
            self._navigate(ack_id, _command.decode(body)[1])
        elif body.startswith(b'["hello"'):
            self.introduce(_hello.decode(body)[1].epoch)
        elif body.startswith(b'["drain"'):
            self._wait = self._backoff.part_of(_drain.decode(body)[1].afterMs / 1000)
        elif body.startswith(b'["status?"') and ack_id:
            answer = msgspec.json.encode({"id": _command.decode(body)[1].id, "state": "shown"})
            self.write(frame(b"43" + ack_id + b"[" + answer + b"]"))
        elif body.startswith((b'["error"', b'["session:')):
            self._fleet.complaints[body[:200].decode()] += 1

    def on_answer(self, number: bytes, body: bytes) -> None:
        if number == _PRESENCE:
            self._fleet.introduced += 1
            if not self.is_served:
                self.is_served = True
                self._backoff.reset()
                self._fleet.served(self)

    def on_lost(self) -> None:
        was_served, self.is_served = self.is_served, False
        self._fleet.lost(self, was_served=was_served)

    def next_wait(self) -> float:
        """Return the seconds until the next attempt: what the relay asked for, else the app's own ladder."""
        wait, self._wait = self._wait, None
        return self._backoff.next_seconds() if wait is None else wait

    def introduce(self, epoch: str = "") -> None:
        """Say what this screen is and can do."""
        presence: dict[str, object] = {"appVersion": "bench", "protocol": 1, "appliedSeq": self.applied_seq}
        if epoch:
            presence["epoch"] = epoch
        if self._fleet.tells_outcomes:
            presence["capabilities"] = ["outcome"]
        self.write(frame(b"42" + _PRESENCE + b'["presence",' + msgspec.json.encode(presence) + b"]"))

    def _navigate(self, ack_id: bytes, command: _Command) -> None:
        now = time.perf_counter()
        fleet, id_ = self._fleet, command.id
        if id_ in fleet.arrived:
            fleet.repeated += 1
        else:
            fleet.arrived[id_] = now
            fleet.reached[id_] = self.number
        if fleet.is_silent:
            return
        self.applied_seq = max(self.applied_seq, command.seq)
        text = id_.encode()
        answer = frame(b"43" + ack_id + b'[{"received":true,"id":"' + text + b'"}]')
        if fleet.tells_outcomes:
            outcome = (
                b'["outcome",{"id":"' + text + b'","state":"shown","timings":{"receivedMs":1,"shownMs":9}}]'
            )
            answer += frame(b"42" + _OUTCOME + outcome)
        self.write(answer)
        fleet.answered[id_] = now


@dataclass(eq=False)
class Fleet:
    """Screens 0 to `size` - 1 of one server. Entering connects nobody; leaving hangs up on all."""

    host: str
    port: int
    size: int
    auth: Callable[[int], bytes]
    tells_outcomes: bool = True
    # A silent screen receives and does not answer: what it was sent is still waiting in the relay.
    is_silent: bool = False
    comes_back: bool = True
    arrived: dict[str, float] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    repeated: int = 0
    attempts: int = 0
    online: int = 0
    introduced: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    complaints: Counter[str] = field(default_factory=Counter)
    back_at: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.request = upgrade_request(self.host, self.port)
        self.screens: list[Screen] = []
        self._stack = AsyncExitStack()
        self._tasks = Tasks()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._tasks)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.comes_back = False
        await self._stack.aclose()
        for screen in self.screens:
            screen.hang_up()
        await asyncio.sleep(0)

    async def connect(self, *, patience: float = 120.0) -> float:
        """Connect every screen and wait until all are served; returns the seconds that it took."""
        began = time.perf_counter()
        self.screens = [Screen(self, number, self.auth(number)) for number in range(self.size)]
        numbers = itertools.count()

        async def worker() -> None:
            while (number := next(numbers)) < self.size:
                await self._connect_one(self.screens[number])

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker())
        everybody = await until(lambda: self.online == self.size, patience)
        assert everybody, f"{self.online} of {self.size} screens were let in: {self.refusals.most_common(3)}"
        return time.perf_counter() - began

    async def _connect_one(self, screen: Screen) -> None:
        await self._attempt(screen)
        await until(lambda: screen.is_served or screen.transport is None, ATTEMPT_SECONDS)

    async def tell_no_outcomes(self) -> None:
        """Let every screen say that it acknowledges and no more."""
        self.tells_outcomes = False
        self.introduced = 0
        for screen in self.screens:
            screen.introduce()
        assert await until(lambda: self.introduced == self.size, 60), f"{self.introduced} were heard"

    def served(self, screen: Screen) -> None:
        """Note that a screen is connected and served."""
        self.online += 1
        self.back_at[screen.number] = time.perf_counter()

    def lost(self, screen: Screen, *, was_served: bool) -> None:
        """Note that a screen's line is down, and let it try again."""
        self.online -= was_served
        if screen.refusal is not None:
            self.refusals[screen.refusal] += 1
            screen.refusal = None
        self._again(screen)

    def _again(self, screen: Screen) -> None:
        if self.comes_back:
            asyncio.get_running_loop().call_later(screen.next_wait(), self._start, screen)

    def _start(self, screen: Screen) -> None:
        if self.comes_back and screen.transport is None:
            self._tasks.spawn(self._attempt(screen), "bench: a screen's attempt")

    async def _attempt(self, screen: Screen) -> None:
        self.attempts += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                transport, _ = await loop.create_connection(lambda: screen, self.host, self.port)
        except OSError:
            self._again(screen)
        else:
            loop.call_later(ATTEMPT_SECONDS, self._give_up, screen, transport)

    def _give_up(self, screen: Screen, transport: asyncio.BaseTransport) -> None:
        if screen.transport is transport and not screen.is_served:
            screen.refuse(f"not served within {ATTEMPT_SECONDS:.0f} s: {screen.how_far}")


async def until(question: Callable[[], object], seconds: float, *, every: float = 0.01) -> bool:
    """Ask until the answer is true; tells whether it came in time."""
    deadline = time.perf_counter() + seconds
    while not question():
        if time.perf_counter() > deadline:
            return False
        await asyncio.sleep(every)
    return True
