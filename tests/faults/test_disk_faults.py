"""The relay's disk forgets at every kill what was not synced, is full, slow, or fails: nothing accepted is lost.

The disk is a library that is loaded under the relay (tests/faults/shim); it needs gcc and no rights.
"""

from pathlib import Path

import pytest
from faults.kinds import DISK_FAULTS
from faults.run import plan, report, run
from faults.stepped_clock import seconds


@pytest.mark.timeout(240)
async def test_nothing_is_lost_on_a_disk_that_forgets_fills_lags_and_fails(tmp_path: Path):
    seed, began = 13, seconds()
    order = plan(seed, kills=20, others=1, only=sorted(DISK_FAULTS), unsynced=True)
    verdict, world = await run(tmp_path, seed, order, unsynced=True)
    said = report(verdict, world, seed, seconds() - began)
    print(said)
    assert verdict.faults.total() == 20 + len(DISK_FAULTS)
    assert verdict.accepts > 200
    assert verdict.ended.keys() <= {"shown", "superseded"}, said
    assert not verdict.violations, said
