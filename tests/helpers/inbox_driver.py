"""A bench without line and pixels that can be killed: commands on standard input, answers on standard output.

    python inbox_driver.py DATA     # ends by itself when standard input has ended and everything is told

It is the real intake and inbox. What it paints, and when an outcome is on record, is a line in DATA/deeds.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path

import structlog

from app.link.inbox import Inbox
from app.link.intake import Intake
from app.stage.displays import CannotShow
from app.stage.lane import Lane
from relay.contract.codec import to_builtins
from relay.contract.commands import AnyCommand, Hello
from relay.contract.reports import Outcome
from relay.tasks import Tasks


class WatchedInbox(Inbox):
    """Notes when an outcome is on record; nothing else is different."""

    bench: "Bench"

    async def settle(self, outcome: Outcome) -> None:
        await super().settle(outcome)
        self.bench.note("known", outcome.id)


class Bench:
    """One life of it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._deeds = os.open(data / "deeds", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lanes: dict[str, Lane] = {}
        self._chance = random.Random(os.getpid())

    def note(self, what: str, id_: str, **fields: object) -> None:
        os.write(
            self._deeds, json.dumps({"what": what, "id": id_, "life": os.getpid(), **fields}).encode() + b"\n"
        )

    async def run(self) -> None:
        inbox = await WatchedInbox.open(self._data / "inbox.sqlite", now_ms=lambda: 1_760_000_000_000)
        assert isinstance(inbox, WatchedInbox)
        inbox.bench = self
        async with Tasks() as tasks:
            intake = Intake(
                inbox=inbox,
                perform=self._perform,
                spawn=tasks.spawn,
                screen_id=lambda: "SCREEN-001",
                language=lambda: "en",
            )
            await intake.load()
            await intake.greeted(Hello(epoch="e1", gen=1, server_time=0, head=0, heartbeat_ms=10_000))
            say({"ready": True})
            telling = tasks.spawn(self._tell(intake), "tell")
            while line := await asyncio.to_thread(sys.stdin.readline):
                say(await intake.take("navigate", json.loads(line)))
            async with asyncio.timeout(20):
                while intake._under_way or intake.due:
                    await asyncio.sleep(0.01)
            telling.cancel()
        await inbox.close()

    async def _tell(self, intake: Intake) -> None:
        while True:
            await intake.something_due.wait()
            intake.something_due.clear()
            for outcome in tuple(intake.due.values()):
                say(to_builtins(outcome))
                await intake.reported(outcome)

    async def _perform(self, command: AnyCommand) -> Outcome:
        lane = self._lanes.setdefault(command.window_id, Lane())
        try:
            await lane.run(lambda: self._paint(command), supersedes=True)
        except CannotShow as error:
            return Outcome(id=command.id, state="failed", code=error.code.value)
        return Outcome(id=command.id, state="shown")

    async def _paint(self, command: AnyCommand) -> None:
        await asyncio.sleep(self._chance.uniform(0, 0.004))
        self.note("painted", command.id, seq=command.seq)


def say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(Bench(Path(sys.argv[1])).run())
