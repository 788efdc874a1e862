"""What access, metering and audit cost on the way of one trigger: CPU of each part, and its share of the whole.

`.venv/bin/python tests/bench/trigger_parts.py [--count 20000]`. The whole is `Display.show` in a relay without HTTP and
without a screen: checked, looked up, written with a sync, in groups of 64. Measured is the process's CPU time (all its
threads), the best of five rounds, because others on the machine only ever add to it.
"""

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from aiohttp import web  # noqa: E402
from aiohttp.test_utils import make_mocked_request  # noqa: E402
from helpers.relay_running import new_id, running_relay  # noqa: E402

from relay.clock import SystemClock  # noqa: E402
from relay.contract.commands import Trigger  # noqa: E402
from relay.flows.display.service import Display  # noqa: E402
from relay.identity.audit import Audit, by  # noqa: E402
from relay.identity.caller import Caller  # noqa: E402
from relay.metrics import Meter  # noqa: E402
from relay.settings import Settings  # noqa: E402
from relay.web.attacks import Attacks  # noqa: E402
from relay.web.audited import Frame  # noqa: E402
from relay.web.turnstile import Turnstile  # noqa: E402

ROUNDS = 5
GROUP = 64
PROGRAM, ADMIN = Caller("api", "erp"), Caller("api", "command-line", "admin")
REMOTE = "192.0.2.7"


async def cost(work: Callable[[int], Awaitable[None]], count: int) -> float:
    """Return the microseconds of CPU that one of `count` took in the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        await work(count)
        best = min(best, (time.process_time() - began) / count * 1e6)
    return best


async def metering(count: int) -> None:
    meter = Meter()
    for _ in range(count):
        meter.accepted += 1
        meter.leaves(1, 2)
        meter.arrives(5)
        meter.ends("shown", None, 40)


async def turnstile(count: int) -> None:
    here = Turnstile(Settings(triggers_per_minute=10**9, triggers_per_minute_of_address=10**9), SystemClock())
    for _ in range(count):
        here.count("trigger", PROGRAM, REMOTE)


def frame(caller: Caller) -> Callable[[int], Awaitable[None]]:
    async def handler(_request: web.Request) -> web.StreamResponse:
        by(caller.subject)
        return response

    response = web.Response(status=202)
    app = web.Application()
    app.router.add_post("/api/trigger", handler)
    # Nothing is recorded of a program's trigger, so there is no log to record in.
    around = Frame(cast("Audit", None), SystemClock(), Attacks(Settings(), SystemClock())).middleware

    async def work(count: int) -> None:
        request = make_mocked_request("POST", "/api/trigger", app=app)
        request._match_info = await app.router.resolve(request)
        for _ in range(count):
            await around(request, handler)

    return work


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        async with running_relay(Path(folder) / "relay") as office:
            await office.add_screen()
            await office.add_order("WO-1")
            display = next(each for each in gc.get_objects() if isinstance(each, Display))

            async def show(amount: int) -> None:
                for _ in range(amount // GROUP):
                    triggers = [
                        Trigger(
                            id=new_id(),
                            screen_id="SCREEN-001",
                            timestamp=office.clock.now_ms(),
                            order_id="WO-1",
                        )
                        for _ in range(GROUP)
                    ]
                    await asyncio.gather(*(display.show(each, ADMIN) for each in triggers))

            async def lookup(amount: int) -> None:
                for _ in range(amount):
                    await display._lookup.find_document("WO-1", None)

            async def own_orders(amount: int) -> None:
                for _ in range(amount):
                    await display._orders.find_document("WO-1", None)

            whole = await cost(show, max(GROUP, count // 5))
            found, plain = await cost(lookup, count), await cost(own_orders, count)
    parts = {
        "metering (accepted, sent, received, shown)": await cost(metering, count),
        "turnstile (program, then its address)": await cost(turnstile, count),
        "audit frame (a program's trigger: no note)": await cost(frame(PROGRAM), count),
        "source lookup (an order of our own)": max(0.0, found - plain),
    }
    print(f"{'the whole trigger, without HTTP':<44} {whole:8.2f} µs")
    for name, each in parts.items():
        print(f"{name:<44} {each:8.2f} µs  {each / whole:6.1%}")
    print(f"{'together':<44} {sum(parts.values()):8.2f} µs  {sum(parts.values()) / whole:6.1%}")


if __name__ == "__main__":
    asyncio.run(main())
