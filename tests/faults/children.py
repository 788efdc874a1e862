"""The two processes that are killed: the relay as an admin serves it, and a desk whose screen is a list on disk.

The desk is the real link, inbox and credentials, with the real lanes in which a newer order ends an older one. What
it paints is one line in a file, fsynced: painted means appended. The same list says when the inbox had the outcome on
disk, and how the line stood. Both get a clock that can be stepped. Both can be told to leave out a part of what
protects them (faults.controls), which only the negative controls do.
"""

import asyncio
import json
import os
import random
from pathlib import Path

from faults.controls import leave_out
from faults.stepped_clock import SteppedClock, seconds

from app.link.credential_store import CredentialStore
from app.link.credentials import Credentials
from app.link.inbox import Inbox
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.stage.displays import CannotShow
from app.stage.lane import Lane
from app.stage.status import LinkState
from relay.contract.commands import AnyCommand, Close, Navigate
from relay.contract.reports import DisplayInfo, Outcome, Presence, Timings
from relay.tasks import Tasks

DISPLAY = DisplayInfo(
    display_id="only", index=0, name="Only", width=1920, height=1080, scale=1.0, primary=True
)


def run_relay(*, data: str, port: int, clock: str, controls: list[str]) -> int:
    """Serve as `benchcast-relay serve` does."""
    import relay.cli
    import relay.main

    os.environ["BENCHCAST_ATTEMPTS_PER_MINUTE"] = "100000"
    relay.main.SystemClock = lambda: SteppedClock(Path(clock))  # type: ignore[assignment,misc]
    leave_out(controls)
    return relay.cli.main(["serve", "--data", data, "--port", str(port)])


def run_desk(*, data: str, screen_list: str, clock: str, life: int, controls: list[str]) -> int:
    """Be a bench until killed."""
    leave_out(controls)
    asyncio.run(_Desk(Path(data), Path(screen_list), SteppedClock(Path(clock)), life).run())
    return 0


class ScreenList:
    """The screen's own list: a line is on disk before `add` returns."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def add(self, what: str, **fields: object) -> None:
        os.write(self._file, json.dumps({"what": what, "at": seconds(), **fields}).encode() + b"\n")
        os.fsync(self._file)


class _WatchedInbox(Inbox):
    """Tells the list once an outcome is on disk; nothing else is different."""

    screen_list: ScreenList

    async def settle(self, outcome: Outcome) -> None:
        await super().settle(outcome)
        if outcome.state == "shown":
            self.screen_list.add("known", id=outcome.id.lower())


class _Desk:
    def __init__(self, data: Path, file: Path, clock: SteppedClock, life: int) -> None:
        self._data = data
        self._clock = clock
        self._life = life
        self._list = ScreenList(file)
        self._lanes: dict[str, Lane] = {}
        self._random = random.Random(f"{file}:{life}")

    async def run(self) -> None:
        store = CredentialStore(self._data, "file")
        credential = await store.load()
        assert credential is not None, "a desk of a fault run is paired before it starts"
        http = RelayHttp(credential.relay)
        inbox = await _WatchedInbox.open(self._data / "inbox.sqlite", now_ms=self._clock.now_ms)
        assert isinstance(inbox, _WatchedInbox)
        inbox.screen_list = self._list
        async with Tasks() as tasks:
            link = RelayLink(
                credentials=Credentials(credential, store, http),
                inbox=inbox,
                perform=self._perform,
                describe=lambda: Presence(app_version="faults", protocol=1, displays=(DISPLAY,)),
                link_changed=self._link_changed,
                spawn=tasks.spawn,
                now_ms=self._clock.now_ms,
                language="en",
            )
            await link.run()

    def _link_changed(self, state: LinkState, detail: str) -> None:
        self._list.add("line", state=state.value, detail=detail)

    async def _perform(self, command: AnyCommand) -> Outcome:
        lane = self._lanes.setdefault(command.window_id, Lane())
        try:
            await lane.run(lambda: self._paint(command), supersedes=isinstance(command, Navigate | Close))
        except CannotShow as error:
            return Outcome(id=command.id, state="failed", code=error.code.value, error="not shown")
        return Outcome(id=command.id, state="shown", timings=Timings(shown_ms=1.0))

    async def _paint(self, command: AnyCommand) -> None:
        # Mostly a cached page; now and then one that takes its time, so that faults find it half done.
        is_slow = self._random.random() < 0.05
        await asyncio.sleep(self._random.uniform(0.1, 0.4) if is_slow else self._random.uniform(0.001, 0.008))
        self._list.add(
            "painted", id=command.id.lower(), seq=command.seq, slot=command.window_id, life=self._life
        )
