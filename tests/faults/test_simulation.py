"""Thousands of seeds in a world where everything breaks: nothing accepted is lost, nothing is shown twice.

The long run: `python -m tests.faults.simulation --seeds 0:100000 --processes 2`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from faults.simulation import run_side_by_side, simulate
from faults.simulation_judge import fingerprint
from faults.simulation_plan import FAULTS

SEEDS = 1_200
MOST_SEEDS = 150
TESTS = Path(__file__).resolve().parents[1]
KEPT = [
    int(line.split()[0])
    for line in (TESTS / "faults" / "seeds" / "kept.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.timeout(600)
def test_whatever_breaks_nothing_accepted_is_lost_and_nothing_is_shown_twice():
    tally = run_side_by_side(range(SEEDS), 2)
    print(tally.describe())
    assert not tally.red, tally.describe()
    # The run is worth something only if all of it happened, often.
    assert tally.seeds == SEEDS
    assert all(tally.faults[kind] > SEEDS / 30 for kind in FAULTS)
    assert tally.accepts > 10 * SEEDS
    ends = {"shown", "superseded", "expired", "dead", "cancelled", "received at last"}
    assert all(tally.ended[end] > SEEDS / 100 for end in ends)


@pytest.mark.parametrize("seed", KEPT)
def test_a_seed_that_was_red_once_stays_green(seed: int):
    result = simulate(seed)
    assert not result.is_red, result.verdict.describe()


def test_the_same_seed_tells_the_same_story_in_any_process():
    told = {fingerprint(simulate(seed).history) for seed in (11, 11)}
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "faults.simulation", "--seed", "11"],
            cwd=TESTS,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(TESTS.parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        told |= set(re.findall(r"history (\w{64})", done.stdout))
    assert len(told) == 1
    assert fingerprint(simulate(12).history) not in told


@pytest.mark.parametrize(
    ("control", "kinds", "rules"),
    [
        ("inbox check", ("jumbled", "cut often"), {"painted twice", "painted though known"}),
        ("fencing", ("half-open", "twin", "cut often"), {"not back"}),
        ("sync", ("relay killed", "relay killed often"), {"missing"}),
    ],
)
def test_without_a_protection_the_simulation_turns_red(control: str, kinds: tuple[str, ...], rules: set[str]):
    for seed in range(MOST_SEEDS):
        found = {each.rule for each in simulate(seed, frozenset({control}), kinds).verdict.violations}
        if found & rules:
            assert not simulate(seed, kinds=kinds).is_red
            return
    pytest.fail(f"Nobody noticed in {MOST_SEEDS} seeds that the {control} was missing")
