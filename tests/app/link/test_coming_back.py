"""The bench is back by itself: after sleep, half-open lines and dead addresses, and never on two lines at once."""

import asyncio
import random
import time
from contextlib import AsyncExitStack

import pytest
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import command, relay_double
from helpers.tcp_proxy import tcp_proxy

from app.link import line as line_module
from app.link import relay_link as link_module
from app.stage.status import LinkState
from relay.contract.pairing import RelayAddress
from relay.live.server import PING_SECONDS


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


@pytest.fixture
def sleep(monkeypatch):
    """A lid that the test closes and opens again: `set()` is the moment of waking up."""
    woken = asyncio.Event()

    async def wake_up() -> float:
        await woken.wait()
        woken.clear()
        return 3600.0

    monkeypatch.setattr(link_module, "wake_up", wake_up)
    return woken


def silent_server():
    """Somebody who accepts and says nothing."""
    accepted = []

    async def silent(reader, writer):
        accepted.append(writer)
        await reader.read()
        writer.close()

    return accepted, asyncio.start_server(silent, "127.0.0.1", 0)


async def test_a_bench_that_wakes_up_has_a_new_line_at_once(relay, tmp_path, sleep, monkeypatch):
    monkeypatch.setattr(
        line_module, "CLOSE_SECONDS", 60
    )  # whoever waited for the farewell would be late by far
    async with tcp_proxy(relay.url) as proxy:
        address = RelayAddress(addresses=(f"http://127.0.0.1:{proxy.port}",))
        async with link_bench(address, tmp_path) as bench:
            await bench.reaches(LinkState.CONNECTED)
            await relay.hears("presence")
            proxy.freeze()  # the other end of the old line has long forgotten it
            began = time.monotonic()
            sleep.set()
            await relay.hears("presence", 2, seconds=12)
            # Not after the silence that a dead line needs, nor after the farewell to somebody who does not listen.
            assert time.monotonic() - began < PING_SECONDS
            assert (await relay.ask("navigate", command()))["received"] is True
    assert PING_SECONDS + line_module.SILENCE_BEYOND_HEARTBEAT_SECONDS <= 20


async def test_a_bench_that_wakes_up_while_it_is_trying_tries_anew(relay, tmp_path, sleep):
    accepted, serving = silent_server()
    async with await serving as server:
        address = RelayAddress(addresses=(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",))
        async with link_bench(address, tmp_path):
            await until(lambda: len(accepted) == 1)
            sleep.set()
            await until(lambda: len(accepted) == 2, seconds=line_module.CONNECT_SECONDS / 3)


async def test_a_bench_that_wakes_up_in_a_long_pause_does_not_wait_for_its_end(relay, tmp_path, sleep):
    async with link_bench(relay.address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)
        bench.link._backoff.part_of = lambda _seconds: 60.0
        await relay.tell("drain", {"afterMs": 60_000})
        await until(bench.link._drained.is_set)
        bench.link._backoff.part_of = lambda _seconds: 0.0
        sleep.set()
        await relay.hears("presence", 2)


async def test_a_bench_that_wakes_up_between_two_attempts_does_not_wait_for_the_next(tmp_path, sleep):
    async with relay_double() as gone:
        port = int(gone.url.rpartition(":")[2])
    async with link_bench(gone.address, tmp_path) as bench:
        bench.link._backoff.next_seconds = lambda: 60.0
        await bench.reaches(LinkState.OFFLINE)
        await asyncio.sleep(0.2)  # attempts that were under way have ended, and the long pause has begun
        async with relay_double(port=port) as back:
            sleep.set()
            await back.hears("presence")


async def test_a_half_open_line_is_noticed_by_the_missing_heartbeat(tmp_path, monkeypatch):
    monkeypatch.setattr(line_module, "FIRST_SILENCE_SECONDS", 5.0)
    monkeypatch.setattr(line_module, "SILENCE_BEYOND_HEARTBEAT_SECONDS", 1.0)
    async with relay_double(ping_seconds=0.2) as relay, tcp_proxy(relay.url) as proxy:
        relay.hello["heartbeatMs"] = 200
        address = RelayAddress(addresses=(f"http://127.0.0.1:{proxy.port}",))
        async with link_bench(address, tmp_path) as bench:
            await bench.reaches(LinkState.CONNECTED)
            await asyncio.sleep(1.6)  # longer than the silence that is borne: heartbeats are heard
            assert proxy.accepted == 1
            proxy.freeze()
            await relay.hears("presence", 2)
            assert any("silent" in detail for _, detail in bench.states)


async def test_an_address_at_which_the_relay_was_found_is_tried_first_from_then_on(
    relay, tmp_path, monkeypatch
):
    monkeypatch.setattr(line_module, "CONNECT_SECONDS", 0.3)
    accepted, serving = silent_server()
    async with await serving as server:
        dead = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with link_bench(RelayAddress(addresses=(dead, relay.url)), tmp_path):
            for lines in (1, 2, 3):
                await relay.hears("presence", lines)
                await relay.cut()
            await relay.hears("presence", 4)
    assert len(accepted) == 1


async def test_a_relay_that_moved_to_its_other_address_is_found_there(tmp_path):
    async with relay_double() as after, AsyncExitStack() as stack:
        before = await stack.enter_async_context(relay_double())
        address = RelayAddress(addresses=(before.url, after.url))
        async with link_bench(address, tmp_path):
            await before.hears("presence")
            await stack.aclose()
            await after.hears("presence")


async def test_there_are_never_two_lines_at_once_whatever_happens(relay, tmp_path, sleep, monkeypatch):
    chance = random.Random(3)
    lines = {"now": 0, "most": 0}

    class Watched(line_module.Line):
        async def __aenter__(self):
            lines["now"] += 1
            lines["most"] = max(lines["most"], lines["now"])
            return await super().__aenter__()

        async def close(self) -> None:
            was_open, self._was_open = getattr(self, "_was_open", True), False
            await super().close()
            lines["now"] -= was_open

    monkeypatch.setattr(link_module, "Line", Watched)
    async with link_bench(relay.address, tmp_path) as bench:
        for count in range(1, 31):
            await relay.hears("presence", count, seconds=20)
            match chance.choice(("cut", "sleep", "drain", "cut while asleep", "no hello")):
                case "cut":
                    await relay.cut()
                case "sleep":
                    sleep.set()
                case "drain":
                    await relay.tell("drain", {"afterMs": 30})
                case "cut while asleep":
                    sleep.set()
                    await relay.cut()
                case "no hello":
                    relay.says_hello = False
                    await relay.cut()
                    await relay.until_lines(relay.lines + 1)
                    relay.says_hello = True
                    await relay.tell("hello", relay.hello)
        await relay.hears("presence", 31, seconds=20)
        await bench.reaches(LinkState.CONNECTED)
    assert lines == {"now": 0, "most": 1}
