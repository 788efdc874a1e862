"""From a scan, or an order typed by hand, to what the operator is told of it."""

import msgspec

from app.bridge import now_ms, spawn
from app.errors import RelayRefused, RelayUnreachable
from app.link.relay_link import RelayLink
from app.scan.rules import Ignored, Meaning, Order, PairingLinkScanned, Unknown, read
from app.scanner_settings import LearnedLayout
from app.stage.open_scans import OpenScans, make_trigger
from app.stage.scan_result import AlreadyShown, NotPaired, PairingWish, ScanNumber, Unreadable
from app.stage.scanners import ScannerState
from app.windows.scanner_test import readable
from app.wiring.controls import Controls
from app.wiring.island import IslandMode
from app.wiring.pairing import Pairing
from app.wiring.scanners import Scanners
from app.wiring.workplace import Workplace
from relay.contract.commands import Trigger
from relay.contract.controls import Control
from relay.contract.names import MAIN_WINDOW, TriggerId
from relay.contract.reports import DeliveryReport, Outcome, WindowInfo

SCAN_WAIT_MS = 8_000


class Scanning:
    """Hears scanners, asks the relay, and answers the operator."""

    def __init__(self, workplace: Workplace, pairing: Pairing, island: IslandMode) -> None:
        """Hear nothing yet."""
        self._workplace = workplace
        self._pairing = pairing
        self._island = island
        self._controls = Controls(workplace)
        self._scans = OpenScans()
        self._last: Order | None = None
        self.scanners = Scanners(
            workplace.settings.scanner,
            workplace.settings.learned_layout,
            heard=self._act,
            changed=self._on_scanners,
            keep=self._on_learned,
        )

    def begin(self) -> None:
        """Hear the scanners of this bench from now on."""
        window = self._workplace.window
        window.bench.outcome.again.clicked.connect(self.again)
        window.bench.scanners.on_click = self._take_focus
        self.scanners.begin(self._workplace.app)

    def end(self) -> None:
        """Hear nothing any more."""
        self.scanners.end()

    def heard(self, text: str, *, typed: bool = False) -> None:
        """Act on a text that came of no scanner: `typed`, or pasted."""
        self._act(text, read(text, typed=typed))

    def is_own(self, trigger_id: TriggerId) -> bool:
        """Tell whether a scan at this bench asked for this, as far as is remembered."""
        return self._scans.is_own(trigger_id)

    def again(self) -> None:
        """Show anew, from its beginning, what is shown, or else what was scanned last."""
        shown = self._shown()
        if self._last is None and (shown is None or shown.order_id is None):
            # Nobody has scanned anything: say so as for every control that finds nothing.
            self._controls.find_nothing(Control("again"))
            return
        order = self._last
        if order is None or (shown is not None and shown.order_id not in {None, order.order_id}):
            assert shown is not None, "an order that nobody scanned here is one that is shown"
            assert shown.order_id is not None, "likewise"
            order = Order(shown.order_id)
        self._on_order(order, anew=True)

    def ended(self, outcome: Outcome) -> None:
        """Hear how a command ended at this bench: it may be the end of a scan of its own."""
        if (ended := self._scans.ended(outcome)) is None:
            return
        numbers, report = ended
        for number in numbers:
            self._workplace.window.scan_answered(number, report)

    def _act(self, text: str, meaning: Meaning) -> None:
        window = self._workplace.window
        match meaning:
            case Order() as order:
                self._on_order(order)
            case Control("again"):
                self.again()
            case Control() as control:
                self._controls.perform(control)
            case PairingLinkScanned(link):
                self._pairing.asked(PairingWish(link=link))
            case Unknown(reason, detail):
                window.scan_answered(window.scan_started(readable(text)), Unreadable(reason, detail))
            case Ignored():
                pass

    def _on_order(self, order: Order, *, anew: bool = False) -> None:
        window, screen_id = self._workplace.window, self._workplace.status.facts.screen_id
        number = window.scan_started(
            order.order_id if order.document_number is None else f"{order.order_id} +D{order.document_number}"
        )
        self._last = order
        shown = self._shown()
        if not anew and shown is not None and self._scans.shows(shown, order.order_id, order.document_number):
            window.scan_answered(number, AlreadyShown(self._number_of(shown)))
            return
        link = self._workplace.line.link
        if link is None or screen_id is None:
            window.scan_answered(number, NotPaired())
            return
        trigger = None if anew else self._scans.same(order.order_id, order.document_number, now_ms())
        if trigger is None:
            trigger = make_trigger(
                screen_id,
                order.order_id,
                order.document_number,
                now_ms(),
                self._controls.display_for_orders(),
            )
        self._scans.begin(trigger, number)
        spawn(self._ask(link, trigger, number), f"scan {number}")

    async def _ask(self, link: RelayLink, trigger: Trigger, number: ScanNumber) -> None:
        async def ask_relay() -> DeliveryReport:
            try:
                report = await link.trigger(trigger, wait_ms=SCAN_WAIT_MS)
            except (RelayRefused, RelayUnreachable):
                self._scans.refused(trigger.id)
                raise
            return self._scans.answered(trigger.id, report)

        window = self._workplace.window
        await self._island.ask(trigger, ask_relay, lambda answer: window.scan_answered(number, answer))

    def _shown(self) -> WindowInfo | None:
        windows = self._workplace.director.showing()
        return next(
            (window for window in windows if window.window_id == MAIN_WINDOW and window.visible), None
        )

    def _number_of(self, shown: WindowInfo) -> int | None:
        displays = self._workplace.station.displays()
        return next((each.index + 1 for each in displays if each.display_id == shown.display_id), None)

    def _on_scanners(self, states: tuple[ScannerState, ...]) -> None:
        self._workplace.window.bench.scanners.show_states(states)

    def _take_focus(self) -> None:
        self._workplace.window.raise_()
        self._workplace.window.activateWindow()

    def _on_learned(self, learned: LearnedLayout | None) -> None:
        self._workplace.choose(msgspec.structs.replace(self._workplace.choices, learned_layout=learned))
