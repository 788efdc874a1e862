"""The monitors of this bench: number, name, what each of them shows, what waits for one, and who is who."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.stage.tone import Tone
from app.windows.bench_doubt import DoubtPlate
from app.windows.bench_mark import Mark
from app.windows.bench_text import ElidedLabel
from app.windows.theme import BODY_PX, FOCUS, INK, QUIET
from relay.contract.wording import Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.acquaintances import Doubt
    from relay.contract.names import DisplayId
    from relay.contract.reports import DisplayInfo, Presence, WindowInfo


class MonitorList(QFrame):
    """One line per monitor, by number."""

    def __init__(self) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self._wording: Wording | None = None
        self._doubt: Doubt | None = None
        self.doubt = DoubtPlate()
        self.setProperty("role", "panel")
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "quiet")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 12)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.doubt)
        layout.addLayout(self._rows)
        layout.addWidget(self.note)

    def on_doubt(
        self, answered: Callable[[DisplayId, DisplayId | None], None], identify: Callable[[], None]
    ) -> None:
        """Tell who hears answers, and who shows the numbers on the monitors."""
        self.doubt.on_answer(answered, identify)

    def ask(self, doubt: Doubt | None) -> None:
        """Ask which monitor is which; None asks nothing any more."""
        self._doubt = doubt
        if self._wording is not None:
            self.doubt.ask(doubt, self._wording)

    def speak(self, wording: Wording, presence: Presence | None) -> None:
        """Show these monitors (None: not known yet)."""
        say = wording.say
        if wording is not self._wording:
            self._wording = wording
            self.doubt.ask(self._doubt, wording)
        self.title.setText(say("desk.monitors.title"))
        displays = sorted(presence.displays, key=lambda display: display.index) if presence else []
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # it stays until the event loop comes round
                old.deleteLater()
        for display in displays:
            showing = [
                window
                for window in (presence.windows if presence else ())
                if window.visible and window.display_id == display.display_id
            ]
            self._rows.addWidget(_row(display, showing, wording))
        for window in presence.windows if presence else ():
            if window.display_id is None and window.wished_display_id is not None:
                self._rows.addWidget(_waiting(window, window.wished_display_id, wording))
        note = {0: say("desk.monitors.empty"), 1: say("desk.monitors.single")}.get(len(displays), "")
        if not note and QGuiApplication.platformName().startswith("wayland"):
            note = say("monitors.wayland")
        self.note.setText(note)
        self.note.setVisible(bool(note))


def _row(display: DisplayInfo, showing: list[WindowInfo], wording: Wording) -> QWidget:
    say = wording.say
    row = QWidget()
    mark = Mark(46)
    mark.show_mark("monitor", FOCUS if showing else QUIET)
    number = QLabel(str(display.index + 1), mark)
    number.setAlignment(Qt.AlignmentFlag.AlignCenter)
    number.setStyleSheet(f"font-size: {BODY_PX}px; font-weight: bold")
    number.setGeometry(0, 4, 46, 30)
    what = ElidedLabel()
    what.say(", ".join(_say_window(window, wording) for window in showing) or say("desk.monitors.idle"))
    what.setStyleSheet("font-weight: bold" if showing else f"color: {QUIET}")
    who = ElidedLabel()
    who.setProperty("role", "quiet")
    parts = [display.name]
    if display.primary:
        parts.append(say("desk.monitors.primary"))
    who.say(" · ".join(parts))
    lines = QGridLayout()
    lines.setSpacing(0)
    lines.addWidget(what, 0, 0)
    lines.addWidget(who, 1, 0)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(12)
    layout.addWidget(mark)
    layout.addLayout(lines, 1)
    return row


def _waiting(window: WindowInfo, display_id: DisplayId, wording: Wording) -> QWidget:
    row = QWidget()
    what, why = ElidedLabel(), ElidedLabel()
    what.say(_say_window(window, wording))
    why.say(wording.say("monitors.waiting", name=display_id))
    why.setStyleSheet(f"color: {INK[Tone.WAITING]}")
    lines = QVBoxLayout(row)
    lines.setContentsMargins(0, 4, 0, 0)
    lines.setSpacing(0)
    lines.addWidget(what)
    lines.addWidget(why)
    return row


def _say_window(window: WindowInfo, wording: Wording) -> str:
    parts = [window.order_id or window.url or window.document_id or ""]
    if window.page and window.pages and window.pages > 1:
        parts.append(wording.say("desk.monitors.page", page=window.page, pages=window.pages))
    if window.revision:
        parts.append(wording.say("desk.monitors.revision", revision=window.revision))
    if window.visible and window.wished_display_id not in {None, window.display_id}:
        parts = [
            wording.say("monitors.displaced", what=parts[0], name=window.wished_display_id or ""),
            *parts[1:],
        ]
    return " · ".join(part for part in parts if part)
