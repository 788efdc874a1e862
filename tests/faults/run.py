"""Runs a seeded plan of faults against a real relay and real desks, and has the history judged.

    python tests/faults/run.py --seed 1 --kills 50            # the relay killed 50 times, nothing else
    python tests/faults/run.py --seed 1 --kills 1000 --others 5   # and every other kind of fault five times between
    python tests/faults/run.py --seed 1 --only line_half_open desk_killed --others 3
    python tests/faults/run.py --seed 1 --kills 50 --unsynced # what was not synced is lost at every kill

A plan follows from its seed, so one that failed can be run again; whom the machine schedules when does not.
Histories stay in the folder that is named when something is wrong.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from faults.checker import Verdict, Violation, check  # noqa: E402 - the path comes first
from faults.history import DeadLetter, Ended, Event, Submitted  # noqa: E402
from faults.kinds import BACK_SECONDS, DISK_FAULTS, FAULTS, NOT_UNSYNCED  # noqa: E402
from faults.stepped_clock import seconds  # noqa: E402
from faults.world import World  # noqa: E402

SETTLE_SECONDS = 60.0


def plan(
    seed: int, *, kills: int, others: int, only: Sequence[str] = (), unsynced: bool = False
) -> list[str]:
    """Make the order of the faults: kills of the relay, with the other kinds scattered among them."""
    possible = (FAULTS.keys() - NOT_UNSYNCED) | DISK_FAULTS.keys() if unsynced else FAULTS.keys()
    kinds = [kind for kind in sorted(possible) if kind != "relay_killed" and (not only or kind in only)]
    order = ["relay_killed"] * kills + [kind for kind in kinds for _ in range(others)]
    random.Random(seed).shuffle(order)
    return order


async def run(
    folder: Path, seed: int, order: Sequence[str], *, unsynced: bool = False
) -> tuple[Verdict, World]:
    """Play a plan, wait until everything has ended, and judge."""
    async with World.open(folder, seed=seed, unsynced=unsynced) as world:
        return await play(world, seed, order), world


async def play(world: World, seed: int, order: Sequence[str]) -> Verdict:
    """Play a plan in a world that stands already, wait until everything has ended, and judge."""
    chance = random.Random(seed)
    async with world.rush():
        await world.back(seconds(), BACK_SECONDS)
        for kind in order:
            await (FAULTS | DISK_FAULTS)[kind](world, chance)
        # Some faults are not waited for, because the next one comes; after the last one there is none.
        await world.back(seconds(), BACK_SECONDS)
    return judge(world, await read_ends(world))


def judge(world: World, ends: Sequence[Event]) -> Verdict:
    """Put the histories of everybody together and have them judged; keep them."""
    world.look()
    histories = [world.events, ends, *(client.events for client in world.clients)]
    history = [event for events in histories for event in events]
    history += [event for desk in world.desks for event in desk.events]
    with (world.folder / "history.jsonl").open("w", encoding="utf-8") as file:
        for event in sorted(history, key=lambda event: event.at):
            file.write(json.dumps({"what": type(event).__name__, **asdict(event)}) + "\n")
    verdict = check(history, back_within_seconds=BACK_SECONDS)
    refused = [refusal for client in world.clients for refusal in client.refused]
    verdict.violations += [Violation("refused", refusal) for refusal in refused]
    return verdict


async def read_ends(world: World, within_seconds: float = SETTLE_SECONDS) -> list[Event]:
    """Wait until nothing is under way at the relay, then read how everything ended, and what is listed as dead."""
    office = world.office()
    deadline = seconds() + within_seconds
    while seconds() < deadline:
        answer = await office.call("GET", "/api/deliveries?state=waiting,sent,received&limit=1")
        if not answer.body["deliveries"]:
            break
        await asyncio.sleep(0.1)
    asked = {
        event.id: event for client in world.clients for event in client.events if isinstance(event, Submitted)
    }
    ends: list[Event] = []
    for each in await _pages(world, "/api/deliveries?limit=200"):
        slot = asked[each["id"]].slot if each["id"] in asked else "?"
        end = Ended(
            at=seconds(),
            source="relay",
            id=each["id"],
            state=each["state"],
            screen=each["screenId"],
            seq=each["seq"],
            slot=slot,
            superseded_by=each.get("supersededBy"),
        )
        ends.append(end)
    listed = await _pages(world, "/api/dead-letters?limit=200")
    return ends + [DeadLetter(at=seconds(), source="relay", id=each["id"]) for each in listed]


async def _pages(world: World, path: str) -> list[dict]:
    office = world.office()
    found: list[dict] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await office.call("GET", f"{path}&cursor={cursor}" if cursor else path)
        assert answer.status == 200, answer.body
        found += answer.body["deliveries"]
        cursor = answer.body.get("next")
    return found


def report(verdict: Verdict, world: World, seed: int, took: float) -> str:
    """Say what was found, with what is needed to find it again."""
    first, _, rest = verdict.describe().partition("\n")
    starts = sorted(world.relay.starts)
    return (
        f"{first} seed={seed}\n{rest}\n  seconds={took:.0f} relay starts={len(starts)} "
        f"ready after p50={starts[len(starts) // 2]:.2f}s max={starts[-1]:.2f}s "
        f"spoiled frames={sum(proxy.spoiled for proxy in world.proxies.values())} "
        f"repeats={sum(client.repeats for client in world.clients)}"
    )


def main() -> int:
    """Run one plan from the command line; 1 if anything was violated."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="how often the relay is killed")
    parser.add_argument("--others", type=int, default=0, metavar="N", help="how often each other kind comes")
    parser.add_argument(
        "--only", nargs="*", default=[], choices=sorted(FAULTS | DISK_FAULTS), help="other kinds to take"
    )
    parser.add_argument("--unsynced", action="store_true", help="the database is on a disk that forgets")
    parser.add_argument("--keep", type=Path, help="keep the histories here")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="faults-"))
    order = plan(
        arguments.seed,
        kills=arguments.kills,
        others=arguments.others,
        only=arguments.only,
        unsynced=arguments.unsynced,
    )
    began = seconds()
    verdict, world = asyncio.run(run(folder, arguments.seed, order, unsynced=arguments.unsynced))
    print(report(verdict, world, arguments.seed, seconds() - began))
    if verdict.violations:
        print(f"  histories and logs: {folder}")
        return 1
    if arguments.keep is None:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
