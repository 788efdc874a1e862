"""The last ten scans, newest first: time, order, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.windows.bench_mark import MARK_OF, Mark
from app.windows.bench_text import ElidedLabel
from app.windows.theme import INK
from relay.contract.wording import Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.scan_result import ScanResult

LENGTH = 10


@dataclass(frozen=True)
class Entry:
    """One scan as a line."""

    time: str
    result: ScanResult


class History(QFrame):
    """A list that scrolls by itself to nothing: the newest is on top."""

    def __init__(self) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self.setProperty("role", "panel")
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "quiet")
        inner = QWidget()
        self._rows = QVBoxLayout(inner)
        self._rows.setContentsMargins(0, 0, 4, 0)
        self._rows.setSpacing(8)
        self._rows.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 4, 10)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.empty)
        layout.addWidget(self._area, 1)

    def speak(self, wording: Wording, entries: Sequence[Entry]) -> None:
        """Show these scans."""
        self.title.setText(wording.say("desk.history.title"))
        self._area.setAccessibleName(wording.say("desk.history.title"))
        self.empty.setText(wording.say("desk.history.empty"))
        self.empty.setVisible(not entries)
        while self._rows.count() > 1:
            item = self._rows.takeAt(0)
            if item is not None and (old := item.widget()) is not None:
                old.hide()  # it stays until the event loop comes round
                old.deleteLater()
        for place, entry in enumerate(entries[:LENGTH]):
            self._rows.insertWidget(place, _row(entry))


def _row(entry: Entry) -> QWidget:
    row = QWidget()
    result = entry.result
    mark = Mark(28)
    mark.show_mark(MARK_OF[result.tone], INK[result.tone])
    order = ElidedLabel()
    order.setStyleSheet("font-weight: bold")
    order.say(result.headline)
    time = QLabel(entry.time)
    time.setProperty("role", "quiet")
    verdict = ElidedLabel()
    verdict.setProperty("role", "quiet")
    verdict.setStyleSheet(f"color: {INK[result.tone]}")
    verdict.say(result.verdict)
    head = QHBoxLayout()
    head.setSpacing(10)
    head.addWidget(order, 1)
    head.addWidget(time)
    lines = QVBoxLayout()
    lines.setSpacing(0)
    lines.addLayout(head)
    lines.addWidget(verdict)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    layout.addLayout(lines, 1)
    return row
