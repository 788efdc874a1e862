"""Says at the bench whether its scanners are heard: quiet while they are, large and in amber or red when one is not.

A scan that goes to another program is lost, and nobody notices before the wrong paper lies there. So the line says it
before the scan, and a click on it brings the focus back.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.stage.scanners import Hearing, ScannerState
from app.stage.tone import Tone
from app.windows.bench_mark import Mark, MarkName
from app.windows.bench_text import ElidedLabel
from app.windows.theme import BODY_PX, INK, LARGE_PX, set_tone
from relay.contract.wording import Wording

_TONES: dict[Hearing, Tone] = {
    Hearing.READY: Tone.GOOD,
    Hearing.UNFOCUSED: Tone.WAITING,
    Hearing.ABSENT: Tone.BAD,
    Hearing.FORBIDDEN: Tone.BAD,
    Hearing.BUSY: Tone.BAD,
    Hearing.UNSUPPORTED: Tone.BAD,
}
_MARKS: dict[Tone, MarkName] = {Tone.GOOD: "connected", Tone.WAITING: "waiting", Tone.BAD: "offline"}
# What hides the others: the worst first.
_ORDER = (Tone.BAD, Tone.WAITING, Tone.GOOD)


class ScannerLine(QFrame):
    """One line for all scanners; the worst news is what it says."""

    def __init__(self) -> None:
        """Build it; `show_states` and `speak` fill it."""
        super().__init__()
        self.on_click: Callable[[], None] = lambda: None
        self._states: tuple[ScannerState, ...] = ()
        self._wording: Wording | None = None
        self.setProperty("role", "plate")
        self._mark = Mark(30)
        self.text = ElidedLabel()
        self.help = QLabel()
        self.help.setWordWrap(True)
        self.help.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.text)
        words.addWidget(self.help)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 5, 16, 5)
        layout.setSpacing(12)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.hide()

    def show_states(self, states: Sequence[ScannerState]) -> None:
        """Show how the scanners stand; none hides the line."""
        self._states = tuple(states)
        if self._wording is not None:
            self.speak(self._wording)

    def speak(self, wording: Wording) -> None:
        """Word everything."""
        self._wording = wording
        self.setVisible(bool(self._states))
        if not self._states:
            return
        worst = min((_TONES[state.hearing] for state in self._states), key=_ORDER.index)
        told = [state for state in self._states if _TONES[state.hearing] is worst]
        set_tone(self, None if worst is Tone.GOOD else worst)
        self._mark.show_mark(_MARKS[worst], INK[worst])
        text = " · ".join(dict.fromkeys(word_state(state, wording) for state in told))
        self.text.say(text)
        size = BODY_PX if worst is Tone.GOOD else LARGE_PX
        self.text.setStyleSheet(f"color: {INK[worst]}; font-weight: bold; font-size: {size}px")
        help_ = "" if worst is Tone.GOOD else word_help(told[0], wording)
        self.help.setText(help_)
        self.help.setVisible(bool(help_))
        self.setAccessibleName(f"{text}. {help_}" if help_ else text)
        clickable = any(state.hearing is Hearing.UNFOCUSED for state in told)
        self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Bring the focus back; the click itself has, but not on every system."""
        self.on_click()
        super().mousePressEvent(event)


def word_state(state: ScannerState, wording: Wording) -> str:
    """Word how a scanner stands."""
    kind = wording.say(f"scanner.name.{state.kind}")
    named = f"{kind} {state.name}" if state.name else kind
    return wording.say(f"scanner.state.{state.hearing.value}", name=named)


def word_help(state: ScannerState, wording: Wording) -> str:
    """Word what to do about it."""
    if state.hearing is Hearing.READY:
        return ""
    if state.hearing is Hearing.FORBIDDEN and state.kind == "evdev":
        return wording.say("scanner.state.forbidden.evdev", detail=state.detail)
    return wording.say(f"scanner.state.{state.hearing.value}.help", detail=state.detail).strip()
