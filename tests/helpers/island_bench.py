"""A bench without pixels that has everything else for the time without a relay: line, library, memory, island mode."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from helpers.owned_tasks import until
from helpers.relay_double import now_ms
from helpers.relay_running import Office
from helpers.stage_bench import Bench as Walls

from app import bridge
from app.errors import RelayRefused, RelayUnreachable
from app.link.clock import monotonic
from app.link.credential_store import CredentialStore
from app.link.credentials import AccessToken, Credential, Credentials
from app.link.inbox import Inbox
from app.link.library import Library
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.link.shelf import Shelf
from app.stage.director import Director
from app.stage.open_scans import OpenScans, make_trigger
from app.stage.scan_result import ScanNumber
from app.stage.status import LinkState, Status
from app.stage.surface import Content
from app.wiring.island import IslandMode
from app.wiring.workplace import Line
from relay.contract.commands import AnyCommand
from relay.contract.names import OrderId
from relay.contract.pairing import RelayAddress
from relay.contract.reports import DeliveryReport, Outcome, Presence


@dataclass
class Panel:
    """The operator's window: what was scanned, and everything that was said to it."""

    scans: list[str] = field(default_factory=list)
    answers: list[tuple[str, object]] = field(default_factory=list)

    def scan_started(self, subject: str) -> ScanNumber:
        self.scans.append(subject)
        return ScanNumber(len(self.scans) - 1)

    def scan_answered(self, number: ScanNumber, answer: object) -> None:
        self.answers.append((self.scans[number], answer))

    def said_to(self, subject: str) -> list[object]:
        return [answer for name, answer in self.answers if name == subject]


class IslandBench:
    def __init__(self, data: Path, hours: int, *, trusts_clock: bool) -> None:
        self.walls = Walls()
        self.panel = Panel()
        self.outcomes: list[Outcome] = []
        self.scans = OpenScans()
        self.confirmed: list[str] = []
        self.workplace = SimpleNamespace(
            station=SimpleNamespace(confirm=lambda _window, id_, _as_of: self.confirmed.append(id_)),
            settings=SimpleNamespace(
                data=data, island_hours=hours, island_trusts_clock=trusts_clock, library_days=30
            ),
            status=Status(),
            line=Line(),
            language="en",
            window=self.panel,
            problem=lambda failure: (
                failure.problem if isinstance(failure, RelayRefused) else failure.problem("en")
            ),
        )
        self.director = self.workplace.director = Director(
            windows=self.walls,
            fetch=lambda document: self.workplace.line.library.fetch(document),  # noqa: PLW0108 - comes later
            default_display_index=None,
            presence_changed=lambda: None,
            server_now_ms=self.relay_now_ms,
            language="en",
        )
        self.mode = IslandMode(self.workplace, relay_now_ms=self.relay_now_ms)

    def relay_now_ms(self) -> int:
        link = self.workplace.line.link
        return link.server_now_ms() if link is not None else now_ms()

    @property
    def screen_id(self) -> str:
        return self.workplace.status.facts.screen_id

    @property
    def state(self) -> LinkState:
        return self.workplace.status.facts.link

    async def reaches(self, state: LinkState, seconds: float = 15.0) -> None:
        await until(lambda: self.state is state, seconds)

    async def perform(self, command: AnyCommand) -> Outcome:
        self.mode.comes(command)
        outcome = self.mode.answer_of(command) or await self.director.perform(command)
        self.mode.performed(command, outcome)
        self.outcomes.append(outcome)
        if (ended := self.scans.ended(outcome)) is not None:
            for number in ended[0]:
                self.panel.scan_answered(number, ended[1])
        return outcome

    async def scan(self, order_id: str, number: int | None = None) -> object:
        """Scan as the app does, and return the last that was said of it when the asking has ended."""
        shown = self.panel.scan_started(order_id)
        link = self.workplace.line.link
        trigger = make_trigger(self.workplace.status.facts.screen_id, OrderId(order_id), number, now_ms())
        self.scans.begin(trigger, shown)
        self.last_id = trigger.id

        async def ask_relay() -> DeliveryReport:
            try:
                report = await link.trigger(trigger, wait_ms=8_000)
            except (RelayRefused, RelayUnreachable):
                self.scans.refused(trigger.id)
                raise
            return self.scans.answered(trigger.id, report)

        await self.mode.ask(trigger, ask_relay, lambda answer: self.panel.scan_answered(shown, answer))
        return self.panel.said_to(order_id)[-1]

    @property
    def seen(self) -> list[Content]:
        """What was painted, in order."""
        return [content for content, _view, _display in self.walls.wall().seen]

    async def knows(self, *order_ids: str) -> None:
        """Wait until the files of these orders are here, and remembered."""

        async def are_here() -> bool:
            for order_id in order_ids:
                memory = await self.mode._store.find(order_id, 1)
                library = self.workplace.line.library
                if memory is None or not library.has(memory.document.sha256):
                    return False
            return True

        async with asyncio.timeout(15):
            while not await are_here():
                self.workplace.line.upcoming.ask_within(dt.timedelta(0))
                await asyncio.sleep(0.02)


@asynccontextmanager
async def island_bench(
    url: str,
    data: Path,
    grant: dict | None = None,
    *,
    hours: int = 8,
    trusts_clock: bool = False,
    before: Callable[[IslandBench], None] = lambda _bench: None,
) -> AsyncIterator[IslandBench]:
    """Run a bench on `data` until the block ends; a second one on the same data is the same bench, restarted."""
    store = CredentialStore(data, "file")
    access = None
    if grant is not None:
        relay = RelayAddress(addresses=(url,))
        credential = Credential(
            screen_id=grant["screenId"], refresh_token=grant["refreshToken"], secret="s" * 32, relay=relay
        )
        await store.save(credential)
        access = AccessToken.issued(grant["token"], asked_at=monotonic(), lasts_seconds=grant["expiresIn"])
    credential = await store.load()
    bench = IslandBench(data, hours, trusts_clock=trusts_clock)
    before(bench)
    inbox = await Inbox.open(data / "inbox.sqlite", now_ms=now_ms)
    await bench.mode.open()
    line = bench.workplace.line
    line.http = RelayHttp(credential.relay)
    line.credentials = Credentials(credential, store, line.http, access=access)
    line.library = Library(
        Shelf(data / "library", now_ms),
        line.credentials,
        spawn=bridge.spawn,
        in_use=lambda: {info.sha256 for info in bench.director.showing() if info.sha256},
        due=lambda: line.upcoming.due() if line.upcoming is not None else (),
    )
    line.link = RelayLink(
        credentials=line.credentials,
        inbox=inbox,
        perform=bench.perform,
        describe=lambda: Presence(
            app_version="test",
            protocol=1,
            displays=tuple(display.info() for display in bench.walls.displays()),
            windows=bench.director.showing(),
        ),
        link_changed=bench.workplace.status.link_changed,
        spawn=bridge.spawn,
        now_ms=now_ms,
        language="en",
    )
    bench.workplace.status.paired_as(credential.screen_id, "relay")
    running = bridge.spawn(line.link.run(), "link")
    try:
        yield bench
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bench.mode.close()
        await line.http.close()
        await inbox.close()


async def due_today(office: Office, order_id: str, content: bytes | None = None, **fields: str) -> dict:
    """Have the relay hold an order that every bench keeps for today."""
    info = await office.add_order(order_id, content, **fields)
    day = dt.datetime.fromtimestamp(office.clock.now_ms() / 1000, dt.UTC).date().isoformat()
    answer = await office.call("PUT", f"/api/orders/{order_id}", json={"title": "Sample", "dueDate": day})
    assert answer.status == 200, answer.body
    return info
