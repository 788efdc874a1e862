"""What a paired bench shows: the large outcome, a field for an order, the monitors and the last scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.windows.bench_field import Field
from app.windows.bench_history import Entry, History
from app.windows.bench_monitors import MonitorList
from app.windows.bench_outcome import OutcomePanel, Readiness
from app.windows.bench_text import ElidedLabel
from relay.contract.wording import Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.scan_result import Kept
    from app.windows.invitation import InvitationPanel
    from app.windows.scanner_line import ScannerLine
    from relay.contract.joining import JoinTicket
    from relay.contract.reports import Presence


class BenchView(QWidget):
    """Holds no facts: `speak` is told them all."""

    def __init__(self, *, on_order: Callable[[str], None], on_unpair: Callable[[], None]) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self._on_order = on_order
        self.outcome = OutcomePanel()
        self.monitors = MonitorList()
        self.history = History()
        self._scanners: ScannerLine | None = None
        self._invitation: InvitationPanel | None = None
        self._wording: Wording | None = None
        self.entry_label = QLabel()
        self.entry = Field(self.entry_label)
        self.entry.setMaxLength(120)
        self.entry.returnPressed.connect(self._submit)
        self.submit = QPushButton()
        self.submit.setProperty("role", "main")
        self.submit.clicked.connect(self._submit)
        self.foot = ElidedLabel()
        self.foot.setProperty("role", "quiet")
        self.unpair = QPushButton()
        self.unpair.clicked.connect(on_unpair)

        entry_row = QHBoxLayout()
        entry_row.setSpacing(12)
        entry_row.addWidget(self.entry, 1)
        entry_row.addWidget(self.submit)
        left = self._left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.outcome, 1)
        left.addWidget(self.entry_label)
        left.addLayout(entry_row)
        right = self._right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.monitors)
        right.addWidget(self.history, 1)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addLayout(left, 67)
        body.addLayout(right, 33)
        foot_row = QHBoxLayout()
        foot_row.addWidget(self.foot, 1)
        foot_row.addWidget(self.unpair)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(body, 1)
        layout.addLayout(foot_row)

    @property
    def scanners(self) -> ScannerLine:
        """The line that says how the scanners stand; made when that is first known."""
        if self._scanners is None:
            from app.windows.scanner_line import ScannerLine

            self._scanners = ScannerLine()
            self._left.insertWidget(1, self._scanners)
            if self._wording is not None:
                self._scanners.speak(self._wording)
        return self._scanners

    def invite(self, ticket: JoinTicket | None) -> None:
        """Offer this screen to phones by a ticket, or, with None, no more."""
        if self._invitation is None:
            if ticket is None:
                return
            from app.windows.invitation import InvitationPanel

            self._invitation = InvitationPanel()
            self._right.addWidget(self._invitation)
            if self._wording is not None:
                self._invitation.speak(self._wording)
        self._invitation.show_ticket(ticket)

    def speak(
        self,
        wording: Wording,
        *,
        entries: Sequence[Entry],
        presence: Presence | None,
        relay: str,
        kept: Kept | None,
        readiness: Readiness,
    ) -> None:
        """Word everything."""
        say = wording.say
        self.outcome.speak(wording, entries[0].result if entries else None, readiness=readiness)
        self._wording = wording
        if self._scanners is not None:
            self._scanners.speak(wording)
        if self._invitation is not None:
            self._invitation.speak(wording)
        self.monitors.speak(wording, presence)
        self.history.speak(wording, entries)
        self.entry.name(say("desk.entry.label"), say("desk.entry.placeholder"))
        self.submit.setText(say("desk.entry.button"))
        parts = [say("desk.relay", relay=relay) if relay else ""]
        parts.append(say(f"desk.kept.{kept.where}") if kept else "")
        self.foot.say(" · ".join(part for part in parts if part))
        if kept and kept.place:
            self.foot.setStatusTip(kept.place)
        self.unpair.setText(say("desk.unpair"))

    def _submit(self) -> None:
        text = self.entry.text().strip()
        if not text:
            self.entry.setFocus()
            return
        self.entry.clear()
        self._on_order(text)
