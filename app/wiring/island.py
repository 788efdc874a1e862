"""Island mode: without the relay, a scan at this bench shows what is kept here, and the relay hears of it afterwards.

How it works: while the line is down, a scan is looked up here first. While it seems up, the relay is asked, and this
bench's memory answers if the relay cannot be reached, or has said nothing for two seconds: a pulled cable is noticed
by the line only after some eighteen. When the line is back, every such scan is told, and the relay says what is newest
for it; if that is not what is shown, it is asked for it.

What must always hold: the relay's word wins. Whatever it sends to a window after a scan ends a show from memory that is
still under way. The one thing that does not win is a wish that the relay had accepted before the scan: the newest wish
is shown, as everywhere. A trigger that got through is shown once, and answered for as what was seen.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import structlog

from app.bridge import now_ms, spawn
from app.errors import RelayRefused, RelayUnreachable
from app.link.island import Forgotten, Island, Recalled
from app.link.island_clock import IslandClock
from app.link.island_scans import ScanRow
from app.link.island_store import IslandBroken, IslandStore
from app.stage.island_answer import IslandNot, IslandShown
from app.stage.scan_result import ScanAnswer, Stopped
from app.stage.status import LinkState
from app.stage.surface import Content, ViewWish
from app.wiring.island_line import IslandLine
from app.wiring.workplace import Workplace
from relay.contract.commands import AnyCommand, Close, Navigate, Trigger
from relay.contract.names import TriggerId, WindowId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import DeliveryReport, Outcome

log = structlog.get_logger()

# A relay that is there has sent the document's command long before.
SILENCE_SECONDS = 2.0
MOST_SEEN = 100

# A bench whose credential is gone, or whose place another PC has taken, shows nothing by itself.
MAY_SHOW = {LinkState.CONNECTING, LinkState.CONNECTED, LinkState.OFFLINE}

AskRelay = Callable[[], Awaitable[DeliveryReport]]
Tell = Callable[[ScanAnswer], None]
_Asked = DeliveryReport | RelayRefused | RelayUnreachable


class IslandMode:
    """What this bench does while it has no relay."""

    def __init__(self, workplace: Workplace, *, relay_now_ms: Callable[[], int]) -> None:
        """Do nothing yet; `relay_now_ms` tells the relay's time as well as it is known here."""
        self._workplace = workplace
        self._relay_now_ms = relay_now_ms
        self._store: IslandStore | None = None
        self._island: Island | None = None
        self._line: IslandLine | None = None
        # How often the relay has spoken to each window.
        self._told: Counter[WindowId] = Counter()
        self._arrived: OrderedDict[TriggerId, asyncio.Event] = OrderedDict()
        self._showing: dict[TriggerId, asyncio.Task[ScanAnswer | None]] = {}
        self._seen: OrderedDict[TriggerId, ScanRow] = OrderedDict()
        self._now: dict[WindowId, ScanRow] = {}
        # Which of its order's documents a scan of here meant.
        self._numbers: OrderedDict[TriggerId, int] = OrderedDict()

    async def open(self) -> None:
        """Open what this bench knows; without it everything goes on, but for island mode."""
        settings = self._workplace.settings
        try:
            self._store = await IslandStore.open(settings.data / "island.db")
        except IslandBroken as error:
            log.exception("What is known without the relay cannot be opened", reason=str(error))
            return
        clock = IslandClock(wall_ms=now_ms, trusts_wall=settings.island_trusts_clock)
        limit = timedelta(hours=settings.island_hours)
        self._island = Island(self._store, clock, not_older_than=limit)
        self._line = IslandLine(
            self._workplace, self._island, self._store, present=self.present, relay_now_ms=self._relay_now_ms
        )
        self._line.begin()
        self._workplace.window.answers_alone = self._island.is_on

    async def close(self) -> None:
        """Finish what is being written; the line must have ended."""
        if self._line is not None:
            await self._line.end()
        if self._store is not None:
            await self._store.close()

    def present(self, window_id: WindowId) -> ScanRow | None:
        """Return the scan whose document stands in a window without the relay's having sent it."""
        scan = self._now.get(window_id)
        if scan is None:
            return None
        windows = self._workplace.director.showing()
        is_there = any(
            each.window_id == window_id and (each.trigger_id or "").lower() == scan.id for each in windows
        )
        return scan if is_there else None

    # A scan at this bench.

    async def ask(self, trigger: Trigger, ask_relay: AskRelay, tell: Tell) -> None:
        """Answer a scan: by the relay, or by this bench where there is none. `tell` may be called twice."""
        state = self._workplace.status.facts.link
        self._numbers[TriggerId(trigger.id.lower())] = trigger.document_number or 1
        if len(self._numbers) > MOST_SEEN:
            self._numbers.popitem(last=False)
        is_on = self._island is not None and self._island.is_on and state in MAY_SHOW
        if not is_on or trigger.order_id is None:
            tell(self._word(await self._try(ask_relay)))
        elif state is LinkState.OFFLINE:
            await self._ask_here_first(trigger, ask_relay, tell)
        else:
            assert self._island is not None, "island mode is on"
            with self._island.asking_the_relay(TriggerId(trigger.id.lower())):
                await self._ask_relay_first(trigger, ask_relay, tell)
            if self._line is not None:
                self._line.scan_ended()

    async def _ask_here_first(self, trigger: Trigger, ask_relay: AskRelay, tell: Tell) -> None:
        shown = await self._show_once(trigger)
        if not isinstance(shown, IslandNot):
            tell(shown or Stopped(Code.SUPERSEDED))
            return
        asked = await self._try(ask_relay)
        tell(shown if isinstance(asked, RelayUnreachable) else self._word(asked))

    async def _ask_relay_first(self, trigger: Trigger, ask_relay: AskRelay, tell: Tell) -> None:
        arrived = self._arrived.setdefault(TriggerId(trigger.id.lower()), asyncio.Event())
        asking = spawn(self._try(ask_relay), f"ask for {trigger.id}")
        arriving = spawn(arrived.wait(), f"arrival of {trigger.id}")
        try:
            await asyncio.wait(
                {asking, arriving}, timeout=SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            shown: ScanAnswer | None = None
            if not asking.done() and not arrived.is_set():
                log.info("The relay is silent; what is kept here is looked up", id=trigger.id)
                shown = await self._show_once(trigger)
                if isinstance(shown, IslandShown):
                    tell(shown)
            asked = await asking
        finally:
            arriving.cancel()
            asking.cancel()
            self._arrived.pop(TriggerId(trigger.id.lower()), None)
        if isinstance(asked, RelayUnreachable):
            if shown is None:
                shown = await self._show_once(trigger)
            tell(shown or Stopped(Code.SUPERSEDED))
            return
        if isinstance(asked, RelayRefused):
            await self._take_back(trigger, asked)
        if not (isinstance(shown, IslandShown) and isinstance(asked, DeliveryReport) and not _is_end(asked)):
            tell(self._word(asked))

    async def _try(self, ask_relay: AskRelay) -> _Asked:
        try:
            return await ask_relay()
        except (RelayRefused, RelayUnreachable) as failure:
            return failure

    def _word(self, asked: _Asked) -> ScanAnswer:
        return asked if isinstance(asked, DeliveryReport) else self._workplace.problem(asked)

    async def _take_back(self, trigger: Trigger, refusal: RelayRefused) -> None:
        """Believe the relay: it does not have what was shown, or does not let this bench show it."""
        if refusal.problem.code in {Code.ORDER_NOT_FOUND.value, Code.DOCUMENT_NOT_FOUND.value}:
            assert self._island is not None
            assert trigger.order_id is not None
            await self._island.forget(trigger.order_id, trigger.document_number or 1)
        scan = self.present(trigger.window_id)
        if scan is not None and scan.id == trigger.id.lower():
            await self._workplace.director.close_here(trigger.window_id)

    # Showing what is kept.

    async def _show_once(self, trigger: Trigger) -> ScanAnswer | None:
        """Show what is kept for a trigger; whoever asks for the same one meanwhile gets the same answer."""
        id_ = TriggerId(trigger.id.lower())
        showing = self._showing.get(id_)
        if showing is None:
            showing = self._showing[id_] = spawn(self._show(trigger), f"island {id_}")
            showing.add_done_callback(lambda _task: self._showing.pop(id_, None))
        return await asyncio.shield(showing)

    async def _show(self, trigger: Trigger) -> ScanAnswer | None:
        """Show it, or say why not; None if the relay has spoken to the window since."""
        island, library = self._island, self._workplace.line.library
        assert island is not None, "without a memory nobody asks"
        assert trigger.order_id is not None, "only orders are looked up"
        if library is None:
            return IslandNot("unknown")
        told = self._told[trigger.window_id]
        recalled = await island.recall(library, trigger.order_id, trigger.document_number or 1)
        if isinstance(recalled, Forgotten):
            log.info("A scan without the relay cannot be answered", id=trigger.id, reason=recalled.reason)
            return _not(recalled, island)
        scan = await island.begin(trigger, recalled, relay_ms=self._relay_now_ms())
        if scan is None:
            return IslandNot("not_kept", recalled.age.ms)
        if told != self._told[trigger.window_id] or self._workplace.line.library is not library:
            await island.end(scan, self._superseded(scan.id))
            return None
        # Nothing may be awaited between this look and the show: what the relay sends next ends it in its lane.
        performed = await self._workplace.director.show_here(
            self._content(trigger, recalled),
            ViewWish(page=trigger.page, fit=trigger.fit, zoom=trigger.zoom),
            trigger.display_index,
            trigger.window_id,
            display_id=trigger.display_id,
        )
        outcome = performed.outcome(scan.id)
        scan = scan.ended(outcome, island.clock.now())
        if outcome.state == "shown":
            self._now[trigger.window_id] = self._seen[scan.id] = scan
            if len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        await island.end(scan, outcome)
        assert self._line is not None
        self._line.scan_ended()
        if outcome.code == Code.SUPERSEDED.value:
            return None
        if outcome.state != "shown":
            return Stopped(Code(outcome.code or Code.INTERNAL_ERROR))
        return IslandShown(recalled.age.ms, outcome.revision, outcome.display)

    def _content(self, trigger: Trigger, recalled: Recalled) -> Content:
        document = recalled.memory.document
        return Content(
            trigger_id=TriggerId(trigger.id.lower()),
            kind=document.kind,
            path=recalled.path,
            media_type=document.media_type,
            title=document.title,
            order_id=recalled.memory.order_id,
            document_id=document.id,
            sha256=document.sha256,
            revision=document.revision,
            pages=document.pages,
            cached=True,
            island=True,
            # In the time that the strip counts by; the relay's own date may be of a clock that was set since.
            as_of_ms=self._relay_now_ms() - recalled.age.ms,
        )

    # What the relay sends.

    def comes(self, command: AnyCommand) -> None:
        """Hear a command of the relay before it is performed."""
        if isinstance(command, Navigate | Close):
            self._told[command.window_id] += 1
        if (arrived := self._arrived.get(TriggerId(command.id.lower()))) is not None:
            arrived.set()

    def answer_of(self, command: AnyCommand) -> Outcome | None:
        """Answer for a command that need not be performed: it was seen here already, or is older than what is seen."""
        if not isinstance(command, Navigate | Close):
            return None
        seen = self._seen.get(TriggerId(command.id.lower()))
        present = self.present(command.window_id)
        if seen is not None and isinstance(command, Navigate):
            document = command.document
            if document is not None and document.sha256 == seen.document.sha256:
                log.info("The relay sends what was shown without it", id=command.id)
                self._workplace.station.confirm(command.window_id, seen.id, command.timestamp)
                return seen.outcome
            if present is None or present.id == seen.id:
                return None
            return self._superseded(command.id)
        if present is None or self._island is None or present.id == command.id.lower():
            return None
        relay_now_ms = self._relay_now_ms()
        if not self._island.is_older_wish(command.timestamp, present, relay_now_ms=relay_now_ms):
            return None
        log.info("A command is older than the scan that is shown", id=command.id)
        return self._superseded(command.id)

    def performed(self, command: AnyCommand, outcome: Outcome) -> None:
        """Hear how a command of the relay ended."""
        if outcome.state != "shown" or not isinstance(command, Navigate | Close):
            return
        if command.id.lower() not in self._seen:
            self._now.pop(command.window_id, None)
        if isinstance(command, Navigate) and self._island is not None:
            # Beside the outcome, for which somebody waits.
            spawn(self._learn(self._island, command), f"learn {command.id}")

    async def _learn(self, island: Island, command: Navigate) -> None:
        number = self._numbers.get(TriggerId(command.id.lower()))
        is_placed = await island.learn(command, relay_now_ms=self._relay_now_ms(), number=number)
        if not is_placed and self._line is not None:
            self._line.ask_for_the_list()

    def _superseded(self, id_: TriggerId) -> Outcome:
        detail = write_problem(Code.SUPERSEDED, self._workplace.language, trace_id="").detail
        state: Literal["failed"] = "failed"
        return Outcome(id=id_, state=state, code=Code.SUPERSEDED.value, error=detail)


def _not(forgotten: Forgotten, island: Island) -> IslandNot:
    limit_hours = island.not_older_than // timedelta(hours=1)
    return IslandNot(forgotten.reason, forgotten.age_ms, limit_hours)


def _is_end(report: DeliveryReport) -> bool:
    return report.state in {"shown", "failed", "superseded", "expired", "dead", "cancelled"}
