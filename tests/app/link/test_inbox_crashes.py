"""The inbox under a process that is killed at random moments: nothing acknowledged is missing, nothing known is redone.

The bench here is another process (`helpers.inbox_driver`): the real intake and inbox, and a stage that paints by adding
a line to a file. The relay is this test: it sends in any order, and again whatever was not acknowledged.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.relay_double import command
from helpers.x11 import child

ROOT = Path(__file__).resolve().parents[3]
DRIVER = ROOT / "tests" / "helpers" / "inbox_driver.py"
ROUNDS = 40


class Relay:
    """What was sent, what was said about it, and how it goes on after the bench was killed."""

    def __init__(self, data: Path, seed: int) -> None:
        self.data = data
        self.random = random.Random(seed)
        self.sent: dict[str, dict] = {}
        self.acknowledged: set[str] = set()
        self.told: dict[str, list[dict]] = {}
        self._seq = 0

    def new(self) -> dict:
        self._seq += 1
        made = command(seq=self._seq, windowId=self.random.choice(("main", "side")))
        self.sent[made["id"]] = made
        return made

    def round(self, *, is_last: bool = False) -> None:
        """One life of the bench."""
        batch = [] if is_last else [self.new() for _ in range(self.random.randint(2, 12))]
        # What was acknowledged is the bench's own to bring to an end; only now and then it is sent again all the same.
        batch += [each for id_, each in self.sent.items() if id_ not in self.acknowledged]
        if not is_last:
            batch += self.random.sample(list(self.sent.values()), min(3, len(self.sent)))
        self.random.shuffle(batch)
        lines = "".join(json.dumps(each) + "\n" for each in batch)
        with child(
            [sys.executable, str(DRIVER), str(self.data)],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b'{"ready": true}\n'
            process.stdin.write(lines.encode())
            process.stdin.flush()
            if is_last:
                process.stdin.close()
            else:
                # Every command is answered, so the moment is counted in answers: a busy machine is no earlier killed.
                for _ in range(self.random.randint(0, len(batch))):
                    self.hear(json.loads(process.stdout.readline()))
                time.sleep(self.random.uniform(0, 0.004))
                process.kill()
            for line in process.stdout.read().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    self.hear(json.loads(line))
            process.wait()

    def hear(self, said: dict) -> None:
        if "received" in said:
            assert said["received"] is True, said
            self.acknowledged.add(said["id"])
        else:
            self.told.setdefault(said["id"], []).append(said)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1])
def test_a_bench_that_is_killed_at_any_moment_forgets_nothing_and_repeats_nothing(
    tmp_path: Path, seed: int
) -> None:
    relay = Relay(tmp_path, seed)
    for _ in range(ROUNDS):
        relay.round()
    relay.round(is_last=True)

    deeds = [json.loads(line) for line in (tmp_path / "deeds").read_text("utf-8").splitlines()]
    painted = [deed for deed in deeds if deed["what"] == "painted"]
    assert len(painted) > ROUNDS, "the benches were killed before they did anything"
    # Nothing acknowledged is missing: each has an outcome in the end, and always the same one.
    assert relay.acknowledged
    assert relay.acknowledged <= set(relay.told)
    assert set(relay.told) == set(relay.sent)
    for id_, outcomes in relay.told.items():
        assert len({(each["state"], each.get("code")) for each in outcomes}) == 1, outcomes
        # The other way round does not hold: one that was painted just before a kill may be superseded afterwards.
        if outcomes[0]["state"] == "shown":
            assert any(deed["id"] == id_ for deed in painted), id_
    # Nothing is painted again once its outcome was on record, nor twice in one life.
    known: set[str] = set()
    lives: set[tuple[int, str]] = set()
    newest: dict[str, int] = {}
    for deed in deeds:
        id_ = deed["id"]
        if deed["what"] == "known":
            known.add(id_)
            continue
        assert id_ not in known, f"{id_} was painted although its outcome was known"
        assert (deed["life"], id_) not in lives, f"{id_} was painted twice in one life"
        lives.add((deed["life"], id_))
        # Never an old order over a new one.
        window = relay.sent[id_]["windowId"]
        assert deed["seq"] >= newest.get(window, 0), f"{id_} is older than what {window} showed"
        newest[window] = deed["seq"]
