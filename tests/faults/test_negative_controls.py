"""Proves that the checker can see: taking away a protection turns it red, under the fault it protects from."""

from pathlib import Path

from faults.checker import Verdict
from faults.history import Accepted, Painted
from faults.kinds import BACK_SECONDS
from faults.proxy import FINE, Weather
from faults.run import judge, read_ends
from faults.stepped_clock import seconds
from faults.world import World
from helpers.owned_tasks import until


def rules(verdict: Verdict) -> set[str]:
    return {violation.rule for violation in verdict.violations}


async def test_a_journal_that_does_not_sync_loses_what_it_accepted(tmp_path: Path):
    verdict = await _killed_on_a_disk_that_forgets(tmp_path, ["sync"])
    assert "missing" in rules(verdict), verdict.describe()


async def test_the_same_kill_harms_nothing_when_the_journal_syncs(tmp_path: Path):
    verdict = await _killed_on_a_disk_that_forgets(tmp_path, [])
    assert verdict.accepts >= 40
    assert not verdict.violations, verdict.describe()


async def _killed_on_a_disk_that_forgets(folder: Path, controls: list[str]) -> Verdict:
    async with World.open(folder, seed=1, unsynced=True) as world:
        world.relay.controls = controls
        world.kill_relay()
        await world.start_relay()
        async with world.rush():
            await until(lambda: _count(world, Accepted) >= 40, 30)
            world.kill_relay()
            await world.start_relay()
        return judge(world, await read_ends(world, within_seconds=10))


async def test_a_desk_without_its_memory_paints_twice_what_is_sent_twice(tmp_path: Path):
    verdict = await _sent_twice(tmp_path, ["inbox check"])
    assert rules(verdict) & {"painted twice", "painted though known"}, verdict.describe()


async def test_the_same_frames_harm_nothing_when_the_desk_remembers(tmp_path: Path):
    verdict = await _sent_twice(tmp_path, [])
    assert not verdict.violations, verdict.describe()


async def _sent_twice(folder: Path, controls: list[str]) -> Verdict:
    async with World.open(folder, seed=1, desk_controls=controls) as world:
        async with world.rush():
            assert await world.back(seconds(), BACK_SECONDS)
            for proxy in world.proxies.values():
                proxy.weather = Weather(repeat=1.0, repeat_after_seconds=0.3)
            painted = _count(world, Painted)
            await until(lambda: _count(world, Painted) >= painted + 30, 30)
            for proxy in world.proxies.values():
                proxy.weather = FINE
                proxy.cut()
        return judge(world, await read_ends(world, within_seconds=10))


def _count(world: World, kind: type) -> int:
    world.look()
    seen = [event for client in world.clients for event in client.events]
    seen += [event for desk in world.desks for event in desk.events]
    return sum(isinstance(event, kind) for event in seen)
