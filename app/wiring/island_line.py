"""Island mode and the line: what is kept while there is one, and what is told when it is back."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.bridge import spawn
from app.errors import RelayRefused, RelayUnreachable
from app.link.island import Island
from app.link.island_reporter import IslandReporter, Told
from app.link.island_scans import Memory, ScanRow
from app.link.island_store import IslandBroken, IslandStore
from app.link.relay_link import RelayLink
from app.link.upcoming import UpcomingKeeper
from app.stage.scan_result import Stopped
from app.stage.status import Facts, LinkState
from app.wiring.workplace import Workplace
from relay.contract.commands import Trigger
from relay.contract.names import ScreenId, WindowId
from relay.contract.problems import Code

log = structlog.get_logger()

WAIT_MS = 8_000
TELL_AGAIN_SECONDS = 30.0
# A document whose place in its order nobody has said yet is in the relay's list by now.
SOON = timedelta(seconds=10)


class IslandLine:
    """Follows the line of the moment."""

    def __init__(
        self,
        workplace: Workplace,
        island: Island,
        store: IslandStore,
        *,
        present: Callable[[WindowId], ScanRow | None],
        relay_now_ms: Callable[[], int],
    ) -> None:
        """`present` tells which scan's document stands in a window without the relay's having sent it."""
        self._workplace = workplace
        self._island = island
        self._store = store
        self._present = present
        self._relay_now_ms = relay_now_ms
        self._reporter = IslandReporter(island, store, self._on_told)
        self._link: RelayLink | None = None
        self._owner: str | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._tell_now = asyncio.Event()
        self._outdated: dict[WindowId, ScanRow] = {}
        self._stop: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Follow the line from now on."""
        self._stop = self._workplace.status.listen(self._on_facts)
        self._on_facts(self._workplace.status.facts)

    async def end(self) -> None:
        """Follow nothing any more."""
        self._stop()
        tasks = [task for task in (self._keeping, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def scan_ended(self) -> None:
        """Hear that there is something to tell."""
        if self._workplace.status.facts.link is LinkState.CONNECTED:
            self._tell()

    def ask_for_the_list(self) -> None:
        """Have the relay say soon which documents are which."""
        if (keeper := self._workplace.line.upcoming) is not None:
            keeper.ask_within(SOON)

    def _on_facts(self, facts: Facts) -> None:
        line = self._workplace.line
        if facts.link is LinkState.UNPAIRED and self._owner is not None:
            self._owner = None
            self._leave()
            spawn(self._forget(), "island: forget")
        if line.link is not None and line.link is not self._link:
            self._follow(line.link)
        if (keeper := line.upcoming) is not None:
            keeper.line_is(up=facts.link is LinkState.CONNECTED)
        if facts.link is LinkState.CONNECTED:
            self._tell()

    def _follow(self, link: RelayLink) -> None:
        line, settings = self._workplace.line, self._workplace.settings
        assert line.credentials is not None, "a link has credentials"
        assert line.library is not None, "a link has a library"
        self._leave()
        self._link = link
        relay = line.credentials.relay
        self._owner = f"{line.credentials.screen_id} {relay.fingerprint or relay.addresses[0]}"
        keeper = line.upcoming = UpcomingKeeper(
            store=self._store,
            clock=self._island.clock,
            credentials=line.credentials,
            library=line.library,
            keep_for=timedelta(days=settings.library_days),
        )
        link.hinted = keeper.hinted
        self._keeping = spawn(self._keep(keeper, self._owner), "island: keep what is due")

    def _leave(self) -> None:
        self._link = None
        self._outdated.clear()
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    async def _keep(self, keeper: UpcomingKeeper, owner: str) -> None:
        try:
            await self._store.belong_to(owner)
        except IslandBroken as error:
            log.exception("What is known without the relay cannot be written", reason=str(error))
            return
        await keeper.run()

    async def _forget(self) -> None:
        try:
            await self._store.forget_all()
        except IslandBroken as error:
            log.exception("What was known without the relay could not be forgotten", reason=str(error))

    # Telling.

    def _tell(self) -> None:
        self._tell_now.set()
        if self._telling is None or self._telling.done():
            self._telling = spawn(self._tell_all(), "island: tell")

    async def _tell_all(self) -> None:
        while (credentials := self._workplace.line.credentials) is not None:
            self._tell_now.clear()
            for scan in list(self._outdated.values()):
                await self._renew(scan)
            if await self._reporter.report(credentials) and not self._tell_now.is_set():
                return
            # A new line, or a further scan, does not wait for this.
            try:
                async with asyncio.timeout(TELL_AGAIN_SECONDS):
                    await self._tell_now.wait()
            except TimeoutError:
                if self._workplace.status.facts.link is not LinkState.CONNECTED:
                    return

    def _on_told(self, told: Told) -> None:
        scan, receipt = told.scan, told.receipt
        is_seen = scan.id == getattr(self._present(scan.window_id), "id", None)
        if receipt.state == "refused":
            return
        if receipt.newest is None:
            spawn(self._island.forget(scan.order_id, scan.number), "island: gone")
            if is_seen and receipt.code is not None:
                self._say_gone(scan, receipt.code)
            return
        memory = Memory(
            order_id=scan.order_id,
            number=scan.number,
            document=receipt.newest,
            as_of=self._relay_now_ms(),
            at=self._island.clock.now(),
        )
        spawn(self._learn(memory), "island: confirmed")
        if is_seen and receipt.newest.sha256 == scan.document.sha256:
            self._workplace.station.confirm(scan.window_id, scan.id, memory.as_of)
        elif is_seen:
            log.info(
                "What is shown is not the newest revision any more; the relay is asked for it", id=scan.id
            )
            self._outdated[scan.window_id] = scan
            spawn(self._renew(scan), "island: renew")

    async def _learn(self, memory: Memory) -> None:
        try:
            await self._store.learn(memory)
        except IslandBroken as error:
            log.exception("What the relay confirmed could not be remembered", reason=str(error))

    async def _renew(self, scan: ScanRow) -> None:
        """Ask the relay for the newest revision of what is shown, under an id that was made for that."""
        link, screen_id = self._workplace.line.link, self._workplace.status.facts.screen_id
        present = self._present(scan.window_id)
        if link is None or screen_id is None or present is None or present.id != scan.id:
            self._outdated.pop(scan.window_id, None)
            return
        display = scan.outcome.display if scan.outcome is not None else None
        trigger = Trigger(
            id=scan.asks_again,
            screen_id=ScreenId(screen_id),
            timestamp=self._relay_now_ms(),
            order_id=scan.order_id,
            document_number=scan.number,
            window_id=scan.window_id,
            display_id=display.display_id if display is not None else None,
        )
        number = self._workplace.window.scan_started(_subject(scan))
        try:
            report = await link.trigger(trigger, wait_ms=WAIT_MS)
        except RelayUnreachable as failure:
            # It is tried again on the next line.
            self._workplace.window.scan_answered(number, self._workplace.problem(failure))
        except RelayRefused as refusal:
            self._outdated.pop(scan.window_id, None)
            self._workplace.window.scan_answered(number, refusal.problem)
        else:
            self._outdated.pop(scan.window_id, None)
            self._workplace.window.scan_answered(number, report)

    def _say_gone(self, scan: ScanRow, code: str) -> None:
        window = self._workplace.window
        number = window.scan_started(_subject(scan))
        known = Code(code) if code in Code.__members__ else Code.ORDER_NOT_FOUND
        window.scan_answered(number, Stopped(known, (("orderId", scan.order_id),)))


def _subject(scan: ScanRow) -> str:
    return scan.order_id if scan.number == 1 else f"{scan.order_id} +D{scan.number}"
