"""The short form of the chaos run: the relay dies twenty times under load, desks too, clocks jump; nothing is lost.

The long form is `make faults FULL=1`. What goes wrong here can be played again with the seed that is printed.
"""

from pathlib import Path

import pytest
from faults.run import plan, report, run
from faults.stepped_clock import seconds

KINDS = [
    "both_killed",
    "database_locked",
    "desk_clock_stepped",
    "desk_killed",
    "desk_stopped",
    "everything_at_once",
    "relay_clock_stepped",
    "relay_killed_while_starting",
    "relay_stopped",
]


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_shown_twice_while_processes_die_and_clocks_jump(tmp_path: Path):
    seed, began = 11, seconds()
    order = plan(seed, kills=20, others=2, only=KINDS)
    verdict, world = await run(tmp_path, seed, order)
    print(report(verdict, world, seed, seconds() - began))
    assert verdict.faults["relay killed"] == 20
    assert verdict.faults.keys() >= {kind.replace("_", " ") for kind in KINDS}
    assert verdict.accepts > 300
    # What was accepted while the clock was a day behind has expired when it is right again after a restart.
    assert verdict.ended.keys() <= {"shown", "superseded", "expired"}
    assert not verdict.violations, report(verdict, world, seed, seconds() - began)


async def test_a_plan_follows_from_its_seed():
    assert plan(5, kills=9, others=2) == plan(5, kills=9, others=2)
    assert plan(5, kills=9, others=2) != plan(6, kills=9, others=2)
    assert sorted(plan(5, kills=9, others=2)) == sorted(plan(6, kills=9, others=2))
