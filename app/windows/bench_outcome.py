"""The large panel: scan here, and how the last scan stands, in colour, mark and very large text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.stage.status import LinkState
from app.windows.bench_mark import MARK_OF, Mark
from app.windows.bench_text import BigText
from app.windows.theme import HEAD_PX, INK, LARGE_PX, QUIET, TEXT, set_tone
from relay.contract.wording import Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.scan_result import ScanResult

# Sizes at a panel of this height; they grow with it.
_USUAL_HEIGHT_PX = 380
_HEADLINE_PX, _VERDICT_PX, _DETAIL_PX = 68, 46, 30


Readiness = Literal["ready", "unready", "lost", "island"]
READINESS: dict[LinkState, Readiness] = {
    LinkState.UNPAIRED: "lost",
    LinkState.CONNECTING: "unready",
    LinkState.CONNECTED: "ready",
    LinkState.OFFLINE: "unready",
    LinkState.REVOKED: "lost",
    LinkState.REPLACED: "lost",
}


class OutcomePanel(QFrame):
    """Neutral until the first scan; afterwards the newest scan stays until the next."""

    def __init__(self) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self.setProperty("role", "plate")
        self.mark = Mark(112)
        self._here_mark = Mark(34)
        self.here = QLabel()
        self.here.setProperty("role", "strong")
        self.headline = BigText(smallest_px=HEAD_PX, largest_px=_HEADLINE_PX, bold=True, one_line=True)
        self.verdict = BigText(smallest_px=32, largest_px=_VERDICT_PX, bold=True, one_line=True)
        self.detail = BigText(smallest_px=22, largest_px=_DETAIL_PX)
        self.action = BigText(smallest_px=22, largest_px=_DETAIL_PX, bold=True)
        texts = QVBoxLayout()
        texts.setSpacing(8)
        texts.addStretch(1)
        for text in (self.headline, self.verdict, self.detail, self.action):
            texts.addWidget(text)
        # For an order that is on the screen already; main connects it.
        self.again = QPushButton()
        self.again.setProperty("role", "main")
        self.again.setMinimumHeight(64)
        self.again.hide()
        texts.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        texts.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(24)
        body.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        body.addLayout(texts, 1)
        self._strip = QWidget()
        strip = QHBoxLayout(self._strip)
        strip.setContentsMargins(0, 0, 0, 0)
        strip.setSpacing(12)
        strip.addWidget(self._here_mark)
        strip.addWidget(self.here, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 14, 24, 14)
        layout.setSpacing(6)
        layout.addWidget(self._strip)
        layout.addLayout(body, 1)

    def speak(self, wording: Wording, result: ScanResult | None, *, readiness: Readiness) -> None:
        """Show how the newest scan stands; before the first, whether one would get through."""
        say = wording.say
        set_tone(self, result.tone if result else None)
        self.again.setText(say("scanner.again.button"))
        self.again.setVisible(result is not None and result.again)
        self._strip.setVisible(result is not None)
        self._here_mark.show_mark("scan", TEXT)
        self.here.setText(say("desk.outcome.ready"))
        self._largest(_HEADLINE_PX if result else _HEADLINE_PX + 8)
        if result is None:
            self.mark.show_mark("scan", TEXT if readiness in {"ready", "island"} else QUIET)
            self._ink(TEXT)
            self.headline.say(say(f"desk.outcome.{readiness}"))
            self.verdict.say("")
            self.detail.say(say(f"desk.outcome.{readiness}.detail"))
            self.action.say("")
            return
        self.mark.show_mark(MARK_OF[result.tone], INK[result.tone])
        self._ink(INK[result.tone])
        self.headline.say(result.headline)
        self.verdict.say(result.verdict)
        self.detail.say(result.detail)
        self.action.say(result.action)
        self.setAccessibleName(". ".join(filter(None, (result.headline, result.verdict, result.detail))))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Grow the text with the panel."""
        super().resizeEvent(event)
        self._largest(_HEADLINE_PX)

    def _largest(self, headline_px: int) -> None:
        growth = min(max(self.height() / _USUAL_HEIGHT_PX, 0.7), 1.8)
        self.headline.set_largest(round(headline_px * growth))
        self.verdict.set_largest(round(_VERDICT_PX * growth))
        for text in (self.detail, self.action):
            text.set_largest(round(min(_DETAIL_PX * growth, LARGE_PX + 16)))

    def _ink(self, colour: str) -> None:
        self.verdict.setStyleSheet(f"color: {colour}")
