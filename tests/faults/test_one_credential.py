"""Two machines with one credential: the second replaces the first for good, and together they show everything once."""

import asyncio
from pathlib import Path

from faults.checker import Verdict
from faults.kinds import BACK_SECONDS
from faults.run import judge, read_ends
from faults.stepped_clock import seconds
from faults.world import DeskChild, World
from helpers.owned_tasks import until


async def test_the_second_machine_replaces_the_first_and_nothing_is_shown_twice_in_sum(tmp_path: Path):
    verdict, first, second = await cloned(tmp_path, [])
    assert not verdict.violations, verdict.describe()
    assert first.line == "replaced"
    assert second.line == "connected"
    assert second.lines_up == 1  # nobody fought back


async def test_without_fencing_both_machines_show_it(tmp_path: Path):
    """The negative control: a room for each screen, as one would write it without thinking of this."""
    verdict, _, _ = await cloned(tmp_path, ["fencing"])
    assert "painted twice" in {violation.rule for violation in verdict.violations}, verdict.describe()


async def cloned(folder: Path, controls: list[str]) -> tuple[Verdict, DeskChild, DeskChild]:
    """Let a copy of a desk's credential come to life between two rushes."""
    async with World.open(folder, seed=1, screens=1, relay_controls=controls) as world:
        async with world.rush():
            assert await world.back(seconds(), BACK_SECONDS)
        await read_ends(world)
        first = world.desks[0]
        second = world.clone(first)
        world.start_desk(second)
        await until(lambda: world.look() or second.line == "connected", 20)
        async with world.rush():
            assert await world.back(seconds(), BACK_SECONDS)
            await asyncio.sleep(1.5)  # long enough for the first one to come back, if it fought
        return judge(world, await read_ends(world)), first, second
