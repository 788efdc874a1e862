"""How triggers arrive: open-loop at a rate (Poisson, fixed seed), or closed-loop with a number under way."""

import asyncio
import random
import time
import uuid

import msgspec
from bench.seeding import order_id, screen_id
from bench.senders import Call, Senders

from relay.clock import SystemClock

# The event loop's timers are exact to a millisecond; the last one before an arrival is spent asking.
SPIN_SECONDS = 0.0015
# A page that a trigger may name; nobody opens it.
WEB_PAGE = "http://bench.example/work/"


class Scans:
    """Writes triggers, one screen after the other in a shuffled order, so that none is hit twice in a moment.

    A screen that were hit twice at once would have the older trigger superseded, which is right and no loss, but would
    blur the count of losses.
    """

    def __init__(self, screens: int, subject: str = "order", seed: int = 1) -> None:
        self._order = list(range(screens))
        random.Random(seed).shuffle(self._order)
        self._subject = subject
        self._next = 0
        self._clock = SystemClock()
        self.aimed_at: dict[str, int] = {}

    def scan(self, meant_at: float) -> Call:
        """Write the next trigger."""
        number = self._order[self._next % len(self._order)]
        self._next += 1
        id_ = str(uuid.uuid4())
        body: dict[str, object] = {
            "id": id_,
            "screenId": screen_id(number),
            "timestamp": self._clock.now_ms(),
        }
        if self._subject == "order":
            body["orderId"] = order_id(self._next)
        else:
            body["url"] = f"{WEB_PAGE}{order_id(self._next)}"
        self.aimed_at[id_] = number
        return Call(id_, msgspec.json.encode(body), meant_at)


async def open_loop(senders: Senders, scans: Scans, *, per_second: float, count: int, seed: int) -> float:
    """Send `count` triggers whose distances are exponential; returns the seconds until the last one left."""
    chance = random.Random(seed)
    began = due = time.perf_counter()
    for _ in range(count):
        due += chance.expovariate(per_second)
        rest = due - time.perf_counter() - SPIN_SECONDS
        if rest > 0:
            await asyncio.sleep(rest)
        while time.perf_counter() < due:
            await asyncio.sleep(0)
        senders.submit(scans.scan(due))
    return time.perf_counter() - began


async def closed_loop(senders: Senders, scans: Scans, *, under_way: int, seconds: float) -> float:
    """Keep `under_way` triggers under way for this long; returns the seconds from the first to the last answer."""
    began = time.perf_counter()
    end = began + seconds

    def refill() -> None:
        now = time.perf_counter()
        if now < end and senders.under_way < under_way:
            senders.submit(scans.scan(now))

    senders.on_free = refill
    for _ in range(under_way):
        refill()
    await asyncio.sleep(seconds)
    while senders.under_way:
        await asyncio.sleep(0.005)
    senders.on_free = _nothing
    return time.perf_counter() - began


def _nothing() -> None:
    return None
