"""A window may turn to documents for ever: its memory levels off. The long form is `tests/bench/navigations.py`."""

from pathlib import Path

import pytest
from bench.navigations import navigate
from helpers.stage_desk import stage_desk
from helpers.x11 import two_monitors

pytestmark = pytest.mark.x11

COUNT = 80
# A sheet that is forgotten somewhere costs 8 MB, a document 100 kB. What memory allocators do is less.
MOST_SLOPE = 200_000


def test_the_memory_of_a_window_levels_off(tmp_path: Path):
    with two_monitors(window_manager=False) as desk, stage_desk(desk.env) as stage:
        navigate(stage, tmp_path, 15)  # caches fill, and both presses start
        report = navigate(stage, tmp_path, COUNT, seed=2)
    assert report.refused > COUNT // 10
    assert report.slope < MOST_SLOPE, report.memory
    assert report.most < 500_000_000, report.memory
