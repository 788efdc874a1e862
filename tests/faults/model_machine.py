"""A relay's courier, journal and database as they are, for a test that drives them step by step beside a reference.

The database is a real file, closed and opened again in between; the clock is turned by hand; only the line is a double,
which remembers what left on it.
"""

# The machine looks into the courier to see that nothing is under way.
# pyright: reportPrivateUsage=false
import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from helpers.hand_clock import HandClock

from relay.contract.names import TriggerId
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.journal import Journal
from relay.delivery.records import Draft, End, recipient_of
from relay.storage.database import Database
from relay.storage.migrate import migrate
from relay.tasks import Tasks

T = TypeVar("T")
KEEPERS = {"courier: timers", "courier: timers (keeper)"}


class LineDouble:
    """Remembers what left, and on how many lines; a line that is given up is in `given_up` until it is gone."""

    def __init__(self) -> None:
        self.answered: Callable[[str, str, End | None], None] = lambda _recipient, _id, _refusal: None
        self.sends: Counter[str] = Counter()
        self.lines: defaultdict[str, int] = defaultdict(int)
        self.lines_of: defaultdict[str, set[int]] = defaultdict(set)
        self.given_up: set[str] = set()
        self.is_allowed: Callable[[str, str], None] = lambda _recipient, _id: None

    def send(self, recipient: str, id_: str, verb: str, payload: bytes) -> None:
        self.is_allowed(recipient, id_)
        assert msgspec.json.decode(payload)["id"] == id_
        self.sends[id_] += 1
        self.lines_of[id_].add(self.lines[recipient])

    def ask(self, recipient: str, id_: str | None) -> None:
        if id_ is not None:
            self.is_allowed(recipient, id_)

    def cut(self, recipient: str, reason: str) -> None:
        self.given_up.add(recipient)


@cache
def migrated() -> Path:
    """Make one database of the current schema; every machine begins with a copy."""
    folder = tempfile.TemporaryDirectory(prefix="benchcast-model-")
    _folders.append(folder)
    file = Path(folder.name) / "relay.db"
    migrate(file)
    return file


_folders: list[Any] = []


class Machine:
    """The real thing. Every method that does something returns when nothing is under way any more."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="benchcast-model-")
        self._file = Path(self._folder.name) / "relay.db"
        shutil.copy(migrated(), self._file)
        self._loop = asyncio.new_event_loop()
        self.clock = HandClock()
        self.line = LineDouble()
        self.run(self._open())

    def close(self) -> None:
        self.run(self._close())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._folder.cleanup()

    def reopen(self) -> None:
        """End this relay and begin another one on the same file."""
        self.run(self._close())
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    async def _open(self) -> None:
        self.tasks = Tasks()
        self.database = Database(self._file, self._loop)
        self.journal = Journal(self.database)
        self.courier = Courier(self.journal, cast("Any", self.line), self.clock, self.tasks)
        self.dead_letters = DeadLetters(self.courier, self.journal, self.clock)
        await self.courier.start()
        await self._come_to_rest()

    async def _close(self) -> None:
        await self.tasks.close()
        await self.database.close()

    async def _come_to_rest(self) -> None:
        quiet = 0
        while quiet < 2:
            self.courier.notes.flush()
            await self.database.write(lambda _connection: None)
            is_quiet = all(task.get_name() in KEEPERS for task in self.tasks._running)
            quiet = quiet + 1 if is_quiet else 0

    # What somebody does.

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something, and what follows from it."""

        async def whole() -> T:
            try:
                return await work
            finally:
                await self._come_to_rest()

        return self.run(whole())

    def tell(self, what: Callable[[], object]) -> None:
        """Do something that answers at once, inside the loop, and what follows from it."""

        async def whole() -> None:
            what()
            await self._come_to_rest()

        self.run(whole())

    def draft(self, id_: str, screen: str, slot: str | None, body: str, life: float) -> Draft:
        now = self.clock.now_ms()
        expires_at = now + round(life * 1000)
        payload = {"id": id_, "screenId": screen, "timestamp": now, "expiresAt": expires_at}
        return Draft(
            id=TriggerId(id_),
            recipient=recipient_of(screen),
            screen_id=screen,
            slot=slot,
            verb="navigate",
            payload=msgspec.json.encode(payload),
            body_hash=body.encode(),
            sender="user:model",
            created_at=now,
            expires_at=expires_at,
        )

    def turn(self, seconds: float) -> None:
        """Let time pass at once, and do what is due."""
        self.clock.turn(seconds)
        self.tell(lambda: self.courier.do(self.courier.engine.due(self.clock.monotonic())))

    def rest_until_due(self) -> float | None:
        """Return the seconds until something is due by itself, None when nothing is."""
        deadline = self.courier.engine.next_deadline()
        return None if deadline is None else max(0.0, deadline - self.clock.monotonic())

    def hear(self, name: str, screen: str, *values: Any, **options: Any) -> None:
        """Tell the engine what the reception would have heard, and do what follows."""
        engine, now = self.courier.engine, self.clock.monotonic()
        method = getattr(engine, name)

        def what() -> None:
            said = method(recipient_of(screen), *values, **options, now=now)
            self.courier.do(said[1] if name == "connecting" else said)

        self.tell(what)
