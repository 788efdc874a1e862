"""The scans of this bench: the relay's answer may come before their end, and this bench itself brings it.

An order that is scanned again while it is still on its way is the same trigger, under the same id; one whose document
came of a scan here is recognised while it is on the screen.
"""

import uuid
from dataclasses import dataclass, field

import msgspec

from app.stage.scan_result import ScanNumber
from relay.contract.commands import Trigger
from relay.contract.names import DisplayId, OrderId, ScreenId, TriggerId
from relay.contract.problems import Code
from relay.contract.reports import END_STATES, DeliveryReport, Outcome, WindowInfo

MOST = 50
# An order scanned again so soon is the impatient worker's; later the answer of the first may tell of another time.
SAME_WITHIN_MS = 30_000

Wanted = tuple[OrderId | None, int | None]


@dataclass
class _Scan:
    trigger: Trigger
    numbers: list[ScanNumber] = field(default_factory=list[ScanNumber])
    report: DeliveryReport | None = None
    outcome: Outcome | None = None


class OpenScans:
    """Remembers the newest scans until each has ended, and of those that ended which order each was."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[TriggerId, _Scan] = {}
        self._asked: dict[TriggerId, Wanted] = {}

    def begin(self, trigger: Trigger, number: ScanNumber) -> None:
        """Remember a scan; the oldest is forgotten when there are too many."""
        scan = self._open.setdefault(trigger.id, _Scan(trigger))
        scan.numbers.append(number)
        self._asked.pop(trigger.id, None)
        self._asked[trigger.id] = _wanted(trigger)
        for forgotten in tuple(self._open)[:-MOST]:
            del self._open[forgotten]
        for forgotten in tuple(self._asked)[:-MOST]:
            del self._asked[forgotten]

    def same(self, order_id: OrderId, document_number: int | None, now_ms: int) -> Trigger | None:
        """Return the newest trigger if it asks for just this, since half a minute at most, and has not ended."""
        newest = next(reversed(self._asked), None)
        scan = self._open.get(newest) if newest is not None else None
        if scan is None or _wanted(scan.trigger) != (order_id, document_number):
            return None
        return scan.trigger if 0 <= now_ms - scan.trigger.timestamp <= SAME_WITHIN_MS else None

    def shows(self, window: WindowInfo, order_id: OrderId, document_number: int | None) -> bool:
        """Tell whether a window shows, to be seen, what an earlier scan of just this brought."""
        return (
            window.visible
            and window.trigger_id is not None
            and self._asked.get(window.trigger_id) == (order_id, document_number)
        )

    def is_own(self, trigger_id: TriggerId) -> bool:
        """Tell whether a scan at this bench asked for this, as far as is remembered."""
        return trigger_id in self._asked

    def answered(self, trigger_id: TriggerId, report: DeliveryReport) -> DeliveryReport:
        """Hear the relay's report; returns it, or the end if this bench knows that already."""
        scan = self._open.get(trigger_id)
        if scan is None or report.state in END_STATES:
            self.refused(trigger_id)
            return report
        scan.report = report
        if scan.outcome is None:
            return report
        self.refused(trigger_id)
        return _end(report, scan.outcome)

    def refused(self, trigger_id: TriggerId) -> None:
        """Hear that nothing more will come of a scan."""
        self._open.pop(trigger_id, None)

    def ended(self, outcome: Outcome) -> tuple[tuple[ScanNumber, ...], DeliveryReport] | None:
        """Hear how a command ended here; returns the scans that asked for it, if the relay had told no end."""
        scan = self._open.get(outcome.id)
        if scan is None:
            return None
        scan.outcome = outcome
        if scan.report is None:
            return None
        self.refused(outcome.id)
        return tuple(scan.numbers), _end(scan.report, outcome)


def make_trigger(
    screen_id: str,
    order_id: OrderId,
    document_number: int | None,
    now_ms: int,
    display_id: DisplayId | None = None,
) -> Trigger:
    """Ask for an order on this bench's own screen, under an id of its own; None: on its usual monitor."""
    return Trigger(
        id=TriggerId(str(uuid.uuid4())),
        screen_id=ScreenId(screen_id),
        timestamp=now_ms,
        order_id=order_id,
        document_number=document_number,
        display_id=display_id,
    )


def _wanted(trigger: Trigger) -> Wanted:
    return trigger.order_id, trigger.document_number


def _end(report: DeliveryReport, outcome: Outcome) -> DeliveryReport:
    return msgspec.structs.replace(
        report,
        state="superseded" if outcome.code == Code.SUPERSEDED.value else outcome.state,
        code=outcome.code,
        detail=outcome.error,
        display=outcome.display,
        page=outcome.page,
        revision=outcome.revision,
    )
