"""Whatever is said on a live line: no bug, no unexpected word in the log, bounded memory, and the others are served.

Longer: `BENCHCAST_FUZZ_ROUNDS=20000 .venv/bin/python -m pytest tests/security/test_socket_fuzz.py --timeout 3600`.
"""

import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
from pathlib import Path

import pytest
import structlog
from helpers.hostile_packets import Hostile
from helpers.raw_line import RawLine, open_raw_line, raw_line
from helpers.relay_running import Office, running_relay

ROUNDS = int(os.environ.get("BENCHCAST_FUZZ_ROUNDS", "600"))
ODD_ANSWER = "A screen acknowledged in no known form"
MOST_MORE_BYTES = 64 * 1024 * 1024


def resident_bytes() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


class Attacker:
    """One line after the other, each until the relay ends it; keeps what the relay said."""

    def __init__(self, url: str, token: str | None, seed: int) -> None:
        self.url = url
        self.token = token
        self.hostile = Hostile(seed)
        self.said = bytearray()
        self.lines = 0

    async def attack(self, rounds: int) -> None:
        left = rounds
        while left > 0:
            line = await open_raw_line(self.url)
            self.lines += 1
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(line))
                with contextlib.suppress(ConnectionError):
                    if self.token is not None:
                        line.say(f"40{json.dumps({'token': self.token})}")
                    while left > 0 and not hearing.done():
                        left -= 1
                        line.write(self.hostile.frames())
                        await line.writer.drain()
                        await asyncio.sleep(0)
                if left <= 0:
                    # What was said last is answered, too.
                    await asyncio.wait([hearing], timeout=0.3)
                line.drop()

    async def _hear(self, line: RawLine) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await line.reader.read(65536):
                self.said += data
                if len(self.said) > 20_000_000:
                    self._check()

    def _check(self) -> None:
        assert b"INTERNAL_ERROR" not in self.said
        self.said.clear()

    def check(self) -> None:
        """Nothing was a bug."""
        self._check()


async def serves(office: Office, bystander: RawLine) -> None:
    """Have a trigger reach a bench that does no harm, and its acknowledgement the relay."""
    body = office.body("SCREEN-009", command="blank")
    assert (await office.trigger(body)).status == 202
    while True:
        text = await bystander.hear()
        if body["id"] in text and '"blank"' in text:
            number = text[2 : text.index("[")]
            bystander.say(f'43{number}[{{"received":true,"id":"{body["id"]}"}}]')
            return


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2])
async def test_no_hostile_client_meets_a_bug_or_keeps_others_from_being_served(tmp_path, caplog, seed):
    caplog.set_level(logging.WARNING)
    async with running_relay(tmp_path / "data", triggers_per_minute=100_000) as office:
        await office.add_screen()
        await office.add_screen("SCREEN-009")
        desk, calm = await office.pair("SCREEN-001"), await office.pair("SCREEN-009")
        person = await office.add_user("anna", "operator")
        with structlog.testing.capture_logs() as logged:
            async with raw_line(office.url) as bystander:
                await bystander.connect(calm["token"])
                await serves(office, bystander)
                before = resident_bytes()
                tokens = (desk["token"], person.token, None)
                attackers = [Attacker(office.url, token, seed * 100 + at) for at, token in enumerate(tokens)]
                for _ in range(3):
                    async with asyncio.TaskGroup() as group:
                        for attacker in attackers:
                            group.create_task(attacker.attack(ROUNDS // 3))
                    await serves(office, bystander)
            for attacker in attackers:
                attacker.check()
                assert attacker.lines > 3, "the relay ends lines that say what is none"
            assert resident_bytes() - before < MOST_MORE_BYTES
            async with asyncio.timeout(20):
                while office.relay.live.count or office.relay.live.admission.strangers:
                    await asyncio.sleep(0.05)
        # A screen that answers what nobody understands is worth a word, and is no bug.
        bad = [
            each
            for each in logged
            if each["log_level"] not in {"debug", "info"} and each["event"] != ODD_ANSWER
        ]
        assert not bad, bad[:3]
        assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert (await office.call("GET", "/ready")).status == 200


def test_the_same_seed_says_the_same():
    first, second, other = Hostile(7), Hostile(7), Hostile(8)
    said = [first.frames() for _ in range(200)]
    assert said == [second.frames() for _ in range(200)]
    assert said != [other.frames() for _ in range(200)]
