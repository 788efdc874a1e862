"""The scans of this bench whose end is not known yet: the relay's answer may come before it, and this bench itself
brings it.
"""

import uuid
from dataclasses import dataclass

import msgspec

from app.stage.scan_result import ScanNumber
from relay.contract.commands import Trigger
from relay.contract.names import OrderId, ScreenId, TriggerId
from relay.contract.problems import Code
from relay.contract.reports import END_STATES, DeliveryReport, Outcome

MOST = 50


@dataclass
class _Scan:
    number: ScanNumber
    report: DeliveryReport | None = None
    outcome: Outcome | None = None


class OpenScans:
    """Remembers the newest scans until each has ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[TriggerId, _Scan] = {}

    def begin(self, trigger_id: TriggerId, number: ScanNumber) -> None:
        """Remember a scan; the oldest is forgotten when there are too many."""
        self._open[trigger_id] = _Scan(number)
        for forgotten in tuple(self._open)[:-MOST]:
            del self._open[forgotten]

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

    def ended(self, outcome: Outcome) -> tuple[ScanNumber, DeliveryReport] | None:
        """Hear how a command ended here; returns the scan that asked for it, if the relay had told no end."""
        scan = self._open.get(outcome.id)
        if scan is None:
            return None
        scan.outcome = outcome
        if scan.report is None:
            return None
        self.refused(outcome.id)
        return scan.number, _end(scan.report, outcome)


def make_trigger(screen_id: str, order_id: OrderId, document_number: int | None, now_ms: int) -> Trigger:
    """Ask for an order on this bench's own screen, under an id of its own."""
    return Trigger(
        id=TriggerId(str(uuid.uuid4())),
        screen_id=ScreenId(screen_id),
        timestamp=now_ms,
        order_id=order_id,
        document_number=document_number,
    )


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
