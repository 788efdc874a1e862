"""Runs the relay's delivery against a simulated world, thousands of times: one seed decides everything that happens.

    python -m faults.simulation --seeds 0:100000 [--processes 2]     (in tests/)
    python -m faults.simulation --seed 4711 --story                 tells everything that happened under one seed

The relay is the real courier, reception, engine and journal; the disk, the network, the desks and the clock are
simulated. A seed that turned red is kept in tests/faults/seeds and runs in every CI.
"""

import argparse
import logging
import multiprocessing
import sys
import time
import uuid
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch

if __name__ == "__main__":  # run from the root of the checkout, as `python -m tests.faults.simulation`
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from faults.checker import Verdict, Violation
from faults.history import Event
from faults.simulation_clients import Client
from faults.simulation_desk import Desk
from faults.simulation_judge import Judge, fingerprint
from faults.simulation_plan import TROUBLE_SECONDS, Plan
from faults.simulation_relay import SimulatedRelay
from faults.simulation_world import World

from relay.delivery import dead_letters

# No delivery lives longer than 90 s, and no fault lasts longer than 50; whatever is open then hangs.
QUIET_AFTER = 400.0
CHUNK = 200


@dataclass
class Result:
    """What became of one seed."""

    seed: int
    verdict: Verdict
    history: list[Event]
    logs: list[dict[str, Any]]

    @property
    def is_red(self) -> bool:
        return bool(self.verdict.violations)


def simulate(seed: int, without: frozenset[str] = frozenset(), kinds: tuple[str, ...] = ()) -> Result:
    """Run one seed to its end and judge it.

    `without` takes protections away (simulation_world.CONTROLS). With `kinds`, only these faults happen.
    """
    world = World(seed, without)
    judge = Judge(world)
    logs: list[dict[str, Any]] = []
    with _own_logs(logs), patch.object(dead_letters, "uuid", _Ids(world)):
        relay = SimulatedRelay(world, judge.watch)
        says = world.dice.choice(("outcomes", "outcomes", "outcomes", "presence", "nothing"))
        desks = [Desk(world, relay, "SCREEN-1", name="desk-1")]
        if world.happens(0.5):
            desks.append(Desk(world, relay, "SCREEN-2", name="desk-2", says=says))
        clients = [Client(world, relay, f"client-{number}") for number in (1, 2)]
        plan = Plan(world, relay, desks, clients, kinds)
        world.loop.call_soon(plan.begin)
        world.loop.run(TROUBLE_SECONDS)

        def is_quiet() -> bool:
            process = relay.serving
            if process is None or world.now < plan.last_fault_end + 5.0 or not process.is_idle():
                return False
            boxes = process.courier.engine.mailboxes.values()
            return (
                all(client.is_done for client in clients)
                and all(desk.is_idle for desk in plan.desks)
                and not any(box.letters for box in boxes)
            )

        while world.now < QUIET_AFTER and not is_quiet():
            world.loop.run(world.now + 5.0)
        verdict = judge.conclude(relay, plan, logs)
        relay.kill()
        world.loop.run(world.now)
        relay.disk.close()
    return Result(seed, verdict, world.history, logs)


class _Ids:
    """The module uuid, for a program that must do the same again."""

    UUID = uuid.UUID

    def __init__(self, world: World) -> None:
        self.uuid4 = world.new_id


@contextmanager
def _own_logs(logs: list[dict[str, Any]]) -> Generator[None]:
    """Keep what is logged in this run, from warnings upwards, and nothing else."""

    def keep(_logger: object, level: str, event: Any) -> Any:
        logs.append({"log_level": "error" if level == "exception" else level, **event})
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


@dataclass
class Tally:
    """What became of many seeds."""

    seeds: int = 0
    submits: int = 0
    accepts: int = 0
    painted: int = 0
    faults: Counter[str] = field(default_factory=Counter[str])
    ended: Counter[str] = field(default_factory=Counter[str])
    red: dict[int, list[Violation]] = field(default_factory=dict[int, list[Violation]])

    def add(self, result: Result) -> None:
        verdict = result.verdict
        self.seeds += 1
        self.submits += verdict.submits
        self.accepts += verdict.accepts
        self.painted += verdict.painted
        self.faults.update(verdict.faults)
        self.ended.update(verdict.ended)
        if result.is_red:
            self.red[result.seed] = verdict.violations

    def merge(self, other: "Tally") -> None:
        for name in ("seeds", "submits", "accepts", "painted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults.update(other.faults)
        self.ended.update(other.ended)
        self.red.update(other.red)

    def describe(self) -> str:
        by_rule = Counter(violation.rule for violations in self.red.values() for violation in violations)
        kinds = " ".join(f"{kind.replace(' ', '-')}={n}" for kind, n in sorted(self.faults.items()))
        ends = " ".join(f"{state.replace(' ', '-')}={n}" for state, n in sorted(self.ended.items()))
        lines = [
            (
                f"seeds={self.seeds} faults={self.faults.total()} accepts={self.accepts} "
                f"painted={self.painted} violations={by_rule.total()}"
            ),
            f"  faults: {kinds}",
            f"  ends: {ends}",
        ]
        lines += [f"  {count} x {rule}" for rule, count in by_rule.most_common()]
        for seed, violations in sorted(self.red.items())[:20]:
            lines += [f"  seed {seed}: {each.rule}: {each.text}" for each in violations[:3]]
        return "\n".join(lines)


def run_many(seeds: range, without: frozenset[str] = frozenset(), kinds: tuple[str, ...] = ()) -> Tally:
    """Run many seeds in this process."""
    tally = Tally()
    for seed in seeds:
        tally.add(simulate(seed, without, kinds))
    return tally


def run_side_by_side(
    seeds: range, processes: int, without: frozenset[str] = frozenset(), kinds: tuple[str, ...] = ()
) -> Tally:
    """Run many seeds in several processes."""
    tally = Tally()
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    # Not forked: the process of a test run has threads.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(run_many, chunks, repeat(without), repeat(kinds)):
            tally.merge(part)
    return tally


def main() -> int:
    """Run from the command line; the status is 1 if a seed turned red."""
    parser = argparse.ArgumentParser(description="Simulate the relay's delivery under faults.")
    parser.add_argument("--seeds", default="0:1000", help="which seeds, as FIRST:LAST (without the last)")
    parser.add_argument("--seed", type=int, help="one seed alone")
    parser.add_argument("--story", action="store_true", help="tell everything that happened under that seed")
    parser.add_argument("--without", action="append", default=[], help="take a protection away")
    parser.add_argument("--kind", action="append", default=[], help="let only faults of these kinds happen")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    without, kinds = frozenset(options.without), tuple(options.kind)
    if options.seed is not None:
        result = simulate(options.seed, without, kinds)
        if options.story:
            for event in sorted(result.history, key=lambda each: each.at):
                print(event)
            for log in result.logs:
                print(log)
        print(result.verdict.describe())
        print(f"history {fingerprint(result.history)}")
        return int(result.is_red)
    first, last = map(int, options.seeds.split(":"))
    began = time.monotonic()
    if options.processes == 1:
        tally = run_many(range(first, last), without, kinds)
    else:
        tally = run_side_by_side(range(first, last), options.processes, without, kinds)
    seconds = time.monotonic() - began
    print(tally.describe())
    print(f"  {seconds:.1f} s, {tally.seeds / seconds:.0f} seeds/s")
    return int(bool(tally.red))


if __name__ == "__main__":
    sys.exit(main())
