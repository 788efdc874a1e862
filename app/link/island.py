"""What this bench may show without its relay: the newest revision that it was told of, and how old that word is.

How it works: every document that the relay has shown here, or says is due next, is remembered with the moment at which
the relay called it the newest. A scan without the relay finds it there, if that moment is not older than the admin's
rule. The scan is on disk before anything is shown, under the id of its own trigger: so the relay can tell it from one
that it knows, and nothing is shown or counted twice.

What must never happen: that something is shown whose age is not known, or whose file has not been hashed just now.
"""

import uuid
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import structlog

from app.link.island_clock import Elapsed, IslandClock
from app.link.island_scans import Memory, ScanRow
from app.link.island_store import IslandBroken, IslandStore
from app.link.library import Library
from relay.contract.commands import Navigate, Trigger
from relay.contract.names import OrderId, TriggerId
from relay.contract.reports import Outcome

log = structlog.get_logger()

# Times that were told over a line and back are not exact to the millisecond.
DOUBT_MS = 2_000


@dataclass(frozen=True)
class Recalled:
    """A document that may be shown: `path` was hashed a moment ago."""

    memory: Memory
    path: Path
    age: Elapsed


@dataclass(frozen=True)
class Forgotten:
    """Why nothing may be shown: it was never here, too old, of unknown age, a web page, or its file is gone."""

    reason: Literal["unknown", "too_old", "age_unknown", "web", "no_file"]
    age_ms: int = 0


class Island:
    """The memory of one bench. What its disk does not take is logged, and then it knows nothing."""

    def __init__(self, store: IslandStore, clock: IslandClock, *, not_older_than: timedelta) -> None:
        """Show what is `not_older_than` this; nothing at all if that is zero."""
        self._store = store
        self._clock = clock
        self._not_older_than = not_older_than
        self._under_way: set[TriggerId] = set()
        self._asked: Counter[TriggerId] = Counter()

    @property
    def is_on(self) -> bool:
        """Tell whether the admin's rule lets anything be shown without the relay."""
        return self._not_older_than > timedelta(0)

    @property
    def not_older_than(self) -> timedelta:
        """The admin's rule."""
        return self._not_older_than

    @property
    def clock(self) -> IslandClock:
        """The clock that ages are counted by."""
        return self._clock

    async def recall(self, library: Library, order_id: OrderId, number: int) -> Recalled | Forgotten:
        """Find what may be shown for a scan without the relay."""
        try:
            memory = await self._store.find(order_id, number)
            if memory is None:
                return Forgotten("unknown")
            seen_wall_ms = await self._store.saw_wall(self._clock.now().wall_ms)
        except IslandBroken as error:
            log.exception("What is known without the relay cannot be read", reason=str(error))
            return Forgotten("unknown")
        if memory.document.kind == "web" or memory.document.sha256 is None:
            return Forgotten("web")
        age = self._clock.age(memory.at, seen_wall_ms=seen_wall_ms)
        if age is None:
            return Forgotten("age_unknown")
        if age.ms > self._not_older_than / timedelta(milliseconds=1):
            return Forgotten("too_old", age.ms)
        path = await library.here(memory.document.sha256)
        if path is None:
            return Forgotten("no_file", age.ms)
        return Recalled(memory, path, age)

    async def learn(self, command: Navigate, *, relay_now_ms: int, number: int | None) -> bool:
        """Remember what the relay had shown; `number`: which of its order's documents, if the scan of here says so.

        Returns False if nobody has said yet which of its order's documents it is.
        """
        document, order_id = command.document, command.order_id
        if document is None or order_id is None:
            return True
        try:
            if number is None and (number := await self._store.number_of(document.id)) is None:
                return False
            since_ms = max(0, relay_now_ms - command.timestamp)
            await self._store.learn(
                Memory(
                    order_id=order_id,
                    number=number,
                    document=document,
                    as_of=command.timestamp,
                    at=self._clock.now().before(since_ms),
                )
            )
        except IslandBroken as error:
            log.exception("What was shown could not be remembered", reason=str(error))
        return True

    async def forget(self, order_id: OrderId, number: int) -> None:
        """Forget what the relay says it does not have."""
        try:
            await self._store.forget(order_id, number)
        except IslandBroken as error:
            log.exception("What is gone could not be forgotten", reason=str(error))

    # A scan that is answered from here.

    async def begin(self, trigger: Trigger, recalled: Recalled, *, relay_ms: int) -> ScanRow | None:
        """Write the scan down; None if the disk does not take it, and then nothing may be shown."""
        memory = recalled.memory
        scan = ScanRow(
            id=TriggerId(trigger.id.lower()),
            order_id=memory.order_id,
            number=memory.number,
            window_id=trigger.window_id,
            document=memory.document,
            as_of=memory.as_of,
            age_ms=recalled.age.ms,
            age_is_exact=recalled.age.is_exact,
            scanned=self._clock.now(),
            asks_again=TriggerId(str(uuid.uuid4())),
            relay_ms=relay_ms,
        )
        try:
            await self._store.begin(scan)
        except IslandBroken as error:
            log.exception("A scan without the relay could not be written down", reason=str(error))
            return None
        self._under_way.add(scan.id)
        log.info("A scan is answered without the relay", id=scan.id, age_seconds=recalled.age.ms // 1000)
        return scan

    async def end(self, scan: ScanRow, outcome: Outcome) -> None:
        """Keep how it ended."""
        try:
            await self._store.end(scan.id, outcome, self._clock.now())
        except IslandBroken as error:
            log.exception("The end of a scan without the relay could not be kept", reason=str(error))
        finally:
            self._under_way.discard(scan.id)

    @contextmanager
    def asking_the_relay(self, id_: TriggerId) -> Generator[None]:
        """Tell nothing of this scan inside the block: its own trigger may still get through, and be it."""
        self._asked[id_] += 1
        try:
            yield
        finally:
            self._asked[id_] -= 1
            if not self._asked[id_]:
                del self._asked[id_]

    async def untold(self, most: int) -> tuple[ScanRow, ...]:
        """List what the relay is to be told of, the oldest first; what is just being shown or asked comes later."""
        later = {*self._under_way, *self._asked}
        scans = await self._store.untold(most + len(later))
        return tuple(scan for scan in scans if scan.id not in later)[:most]

    def is_older_wish(self, command_ms: int, scan: ScanRow, *, relay_now_ms: int) -> bool:
        """Tell whether the relay accepted a command before the scan was made; in doubt, it did not.

        There is doubt if this PC was started since, or if the relay's clock is not where it was left.
        """
        if scan.relay_ms is None:
            return False
        since = self._clock.about(scan.scanned)
        scanned_ms = relay_now_ms - since.ms
        if not since.is_exact or abs(scanned_ms - scan.relay_ms) > DOUBT_MS:
            return False
        return command_ms < scanned_ms - DOUBT_MS
