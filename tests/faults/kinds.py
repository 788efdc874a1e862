"""The faults by name: each breaks something, mends it, and waits until every screen is back by itself.

A fault is a function of the world and of a seeded source of chance. It says when it began and when it ended; the bound
within which the screens must be back is the whole run's, long enough for the slowest way to notice (a half-open line is
known by its silence only).
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

from faults.proxy import FINE, Weather
from faults.stepped_clock import seconds
from faults.world import World

BACK_SECONDS = 45.0
DAY_MS = 24 * 3600 * 1000

Fault = Callable[[World, random.Random], Awaitable[None]]


@asynccontextmanager
async def _fault(world: World, kind: str, *screens: str, back: bool = True):
    world.began(kind)
    yield
    since = world.ended(kind, *screens)
    if back:
        await world.back(since, BACK_SECONDS)


async def relay_killed(world: World, chance: random.Random) -> None:
    """SIGKILL at a random moment under load; every fifth time the screens are awaited, else the next kill comes."""
    await asyncio.sleep(chance.uniform(0.05, 0.8))
    async with _fault(world, "relay killed", back=chance.random() < 0.2):
        world.kill_relay()
        await world.start_relay()


async def relay_killed_while_starting(world: World, chance: random.Random) -> None:
    """Killed again before it is ready: recovery is interrupted too."""
    async with _fault(world, "relay killed while starting"):
        world.kill_relay()
        for _ in range(3):
            world.fork_relay()
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            world.kill_relay()
        await world.start_relay()


async def desk_killed(world: World, chance: random.Random) -> None:
    """SIGKILL to a desk and a new life a moment later, some times in a row, at random moments under load."""
    for _ in range(chance.randint(2, 5)):
        desk = chance.choice(world.desks)
        await asyncio.sleep(chance.uniform(0.02, 0.6))
        async with _fault(world, "desk killed", desk.screen, back=False):
            world.kill_desk(desk)
            await asyncio.sleep(chance.uniform(0, 0.3))
            world.start_desk(desk)
    await world.back(seconds(), BACK_SECONDS)


async def everything_at_once(world: World, chance: random.Random) -> None:
    """Frames are repeated, swapped and late, acknowledgements are lost, and in this weather the processes die."""
    async with _fault(world, "everything at once"):
        for proxy in world.proxies.values():
            proxy.weather = Weather(
                repeat=0.3,
                repeat_after_seconds=chance.uniform(0, 0.3),
                swap=0.3,
                jitter_seconds=chance.uniform(0, 0.1),
                lose_acknowledgements=0.3,
            )
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0.05, 0.8))
            match chance.randrange(4):
                case 0:
                    world.kill_relay()
                    await world.start_relay()
                case 1:
                    desk = chance.choice(world.desks)
                    world.kill_desk(desk)
                    world.start_desk(desk)
                case 2:
                    chance.choice(list(world.proxies.values())).cut()
                case _:
                    world.stop(world.relay.pid)
                    await asyncio.sleep(chance.uniform(0.05, 0.5))
                    world.go_on(world.relay.pid)
        for proxy in world.proxies.values():
            proxy.weather = FINE


async def both_killed(world: World, chance: random.Random) -> None:
    """Relay and desks die together, as in a power cut of the whole bench."""
    async with _fault(world, "both killed"):
        world.kill_relay()
        for desk in world.desks:
            world.kill_desk(desk)
        for desk in world.desks:
            world.start_desk(desk)
        await asyncio.sleep(chance.uniform(0, 0.5))
        await world.start_relay()


async def relay_stopped(world: World, chance: random.Random) -> None:
    """SIGSTOP, some seconds, SIGCONT."""
    async with _fault(world, "relay stopped"):
        world.stop(world.relay.pid)
        await asyncio.sleep(chance.uniform(1, 4))
        world.go_on(world.relay.pid)


async def desk_stopped(world: World, chance: random.Random) -> None:
    """The desk sleeps for some seconds and goes on as if nothing had been."""
    desk = chance.choice(world.desks)
    async with _fault(world, "desk stopped", desk.screen):
        world.stop(desk.pid)
        await asyncio.sleep(chance.uniform(1, 4))
        world.go_on(desk.pid)


async def line_cut(world: World, chance: random.Random) -> None:
    """RST on both sides, a few times in a row."""
    async with _fault(world, "line cut"):
        for _ in range(chance.randint(1, 4)):
            for proxy in world.proxies.values():
                proxy.cut()
            await asyncio.sleep(chance.uniform(0.02, 0.4))


async def line_half_open(world: World, chance: random.Random) -> None:
    """Nothing comes through in either direction, and nobody says so; then new connections work again."""
    async with _fault(world, "line half-open"):
        await _weather(world, Weather(half_open=True), chance.uniform(0.5, 2))


async def line_late(world: World, chance: random.Random) -> None:
    """Seconds of latency, and jitter."""
    weather = Weather(latency_seconds=chance.uniform(1, 2.5), jitter_seconds=1)
    async with _fault(world, "line late"):
        await _weather(world, weather, 6)


async def line_slow(world: World, chance: random.Random) -> None:
    """1 KB a second."""
    async with _fault(world, "line slow"):
        await _weather(world, Weather(bytes_per_second=1000), 4)


async def line_sliced(world: World, chance: random.Random) -> None:
    """Every byte in a piece of its own."""
    async with _fault(world, "line sliced"):
        await _weather(world, Weather(is_sliced=True), 2)


async def frames_repeated(world: World, chance: random.Random) -> None:
    """Whole events come twice, at once or when much has happened in between; acknowledgements come twice too."""
    async with _fault(world, "frames repeated"):
        for later in (0.0, chance.uniform(0.005, 0.05), 0.5):
            weather = Weather(repeat=0.5, repeat_after_seconds=later, repeat_acknowledgements=0.5)
            await _weather(world, weather, 1.2)


async def frames_swapped(world: World, chance: random.Random) -> None:
    """Events overtake one another."""
    async with _fault(world, "frames swapped"):
        await _weather(world, Weather(swap=0.4, repeat=0.2), 3)


async def acknowledgements_lost(world: World, chance: random.Random) -> None:
    """Half of the acknowledgements never arrive; the line is cut now and then, so that everything is sent again."""
    async with _fault(world, "acknowledgements lost"):
        for _ in range(4):
            await _weather(world, Weather(lose_acknowledgements=0.5), 0.8)
            for proxy in world.proxies.values():
                proxy.cut()


async def acknowledgements_late(world: World, chance: random.Random) -> None:
    """Acknowledgements come after the relay has sent again, or after the outcome."""
    async with _fault(world, "acknowledgements late"):
        await _weather(world, Weather(late_acknowledgements_seconds=chance.uniform(0.5, 1.5)), 4)


async def relay_clock_stepped(world: World, chance: random.Random) -> None:
    """The relay's time of day jumps by a day, and back."""
    async with _fault(world, "relay clock stepped"):
        world.relay_clock.step_to(chance.choice((-1, 1)) * DAY_MS)
        await asyncio.sleep(2)
        world.relay_clock.step_to(0)


async def desk_clock_stepped(world: World, chance: random.Random) -> None:
    """The desk's time of day jumps by a day while it is connected, then its line is cut, and it jumps back."""
    async with _fault(world, "desk clock stepped"):
        world.desk_clock.step_to(chance.choice((-1, 1)) * DAY_MS)
        await asyncio.sleep(1)
        for proxy in world.proxies.values():
            proxy.cut()
        await asyncio.sleep(1)
        world.desk_clock.step_to(0)


async def database_locked(world: World, chance: random.Random) -> None:
    """Somebody else holds the write lock of the relay's database for a while."""
    how = chance.choice(("IMMEDIATE", "EXCLUSIVE"))
    async with _fault(world, "database locked"):
        locker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _LOCKER,
            str(world.relay.database),
            how,
            str(chance.uniform(1, 3)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert await locker.wait() == 0


_LOCKER = """
import sys, time
from pysqlite3 import dbapi2
db = dbapi2.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute("BEGIN " + sys.argv[2])
time.sleep(float(sys.argv[3]))
db.execute("ROLLBACK")
db.close()
"""


async def disk_full(world: World, chance: random.Random) -> None:
    """Nothing can grow for some seconds; what is stored is still served, and nobody has to help it afterwards."""
    async with _fault(world, "disk full"):
        assert world.disk is not None
        world.disk.full.touch()
        await asyncio.sleep(chance.uniform(1, 3))
        office = world.office()
        assert (await office.call("GET", "/api/deliveries?limit=1")).status == 200
        world.disk.full.unlink()


async def disk_full_and_relay_killed(world: World, chance: random.Random) -> None:
    """The relay dies while the disk is full, and is started when there is room again."""
    async with _fault(world, "disk full and relay killed"):
        assert world.disk is not None
        world.disk.full.touch()
        await asyncio.sleep(chance.uniform(0.2, 1))
        world.kill_relay()
        world.disk.full.unlink()
        await world.start_relay()


async def disk_slow(world: World, chance: random.Random) -> None:
    """Every sync takes a third of a second longer."""
    async with _fault(world, "disk slow"):
        assert world.disk is not None
        world.disk.delay.write_text("300")
        await asyncio.sleep(chance.uniform(1, 3))
        world.disk.delay.unlink()


async def sync_failed(world: World, chance: random.Random) -> None:
    """A sync fails: the relay must not trust that file handle any more. It leaves with 70, and is started anew."""
    async with _fault(world, "sync failed"):
        assert world.disk is not None
        world.disk.failing.touch()
        async with asyncio.timeout(20):
            while (status := world.relay_ended()) is None:
                await asyncio.sleep(0.02)
        assert status == 70, f"after a failed sync the relay ended with {status}"
        world.disk.failing.unlink()
        await world.start_relay()


async def _weather(world: World, weather: Weather, for_seconds: float) -> None:
    for proxy in world.proxies.values():
        proxy.weather = weather
    await asyncio.sleep(for_seconds)
    for proxy in world.proxies.values():
        proxy.weather = FINE


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        relay_killed,
        relay_killed_while_starting,
        desk_killed,
        both_killed,
        everything_at_once,
        relay_stopped,
        desk_stopped,
        line_cut,
        line_half_open,
        line_late,
        line_slow,
        line_sliced,
        frames_repeated,
        frames_swapped,
        acknowledgements_lost,
        acknowledgements_late,
        relay_clock_stepped,
        desk_clock_stepped,
        database_locked,
    )
}
DISK_FAULTS: dict[str, Fault] = {
    fault.__name__: fault for fault in (disk_full, disk_full_and_relay_killed, disk_slow, sync_failed)
}
# Another process does not see what the forgetful disk keeps back, so it cannot lock the database there.
NOT_UNSYNCED = frozenset({"database_locked"})
