"""From a scan, or an order typed by hand, to what the operator is told of it."""

from app.bridge import now_ms, spawn
from app.errors import RelayRefused, RelayUnreachable
from app.link.relay_link import RelayLink
from app.scan.burst import Burst
from app.scan.rules import Order, PairingLinkScanned, Unknown, read
from app.stage.open_scans import OpenScans, make_trigger
from app.stage.scan_result import NotPaired, PairingWish, ScanNumber, Unreadable
from app.windows.wedge import Wedge
from app.wiring.pairing import Pairing
from app.wiring.workplace import Workplace
from relay.contract.commands import Trigger
from relay.contract.reports import Outcome

SCAN_WAIT_MS = 8_000


class Scanning:
    """Hears scanners, asks the relay, and answers the operator."""

    def __init__(self, workplace: Workplace, pairing: Pairing) -> None:
        """Hear nothing yet."""
        self._workplace = workplace
        self._pairing = pairing
        self._wedge = Wedge(Burst())
        self._scans = OpenScans()

    def begin(self) -> None:
        """Hear the scanners of this bench from now on."""
        self._wedge.follow(self._workplace.app)
        self._wedge.scanned.connect(lambda heard: self.heard(heard.text))

    def end(self) -> None:
        """Hear nothing any more."""
        self._wedge.leave()

    def heard(self, text: str, *, typed: bool = False) -> None:
        """Act on a scanned or `typed` text."""
        window = self._workplace.window
        match read(text, typed=typed):
            case Order() as order:
                self._on_order(order)
            case PairingLinkScanned(link):
                self._pairing.asked(PairingWish(link=link))
            case Unknown(reason):
                window.scan_answered(window.scan_started(text), Unreadable(reason))

    def ended(self, outcome: Outcome) -> None:
        """Hear how a command ended at this bench: it may be the end of a scan of its own."""
        if (ended := self._scans.ended(outcome)) is not None:
            self._workplace.window.scan_answered(*ended)

    def _on_order(self, order: Order) -> None:
        window, screen_id = self._workplace.window, self._workplace.status.facts.screen_id
        number = window.scan_started(
            order.order_id if order.document_number is None else f"{order.order_id} +D{order.document_number}"
        )
        link = self._workplace.line.link
        if link is None or screen_id is None:
            window.scan_answered(number, NotPaired())
            return
        trigger = make_trigger(screen_id, order.order_id, order.document_number, now_ms())
        spawn(self._ask(link, trigger, number), f"scan {number}")

    async def _ask(self, link: RelayLink, trigger: Trigger, number: ScanNumber) -> None:
        window = self._workplace.window
        self._scans.begin(trigger.id, number)
        try:
            report = await link.trigger(trigger, wait_ms=SCAN_WAIT_MS)
        except (RelayRefused, RelayUnreachable) as failure:
            self._scans.refused(trigger.id)
            window.scan_answered(number, self._workplace.problem(failure))
        else:
            window.scan_answered(number, self._scans.answered(trigger.id, report))
