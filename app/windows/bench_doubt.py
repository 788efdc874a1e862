"""The question which monitor is which, asked where the monitors are listed: it stops nobody, and any answer ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.stage.tone import Tone
from app.windows.theme import set_tone
from relay.contract.wording import Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.acquaintances import Doubt
    from relay.contract.names import DisplayId

_SIDE, _EDGE = 14, 3  # pixels
_ROW = 2  # buttons beside each other, wide enough for a glove


class DoubtPlate(QFrame):
    """One question at a time; hidden while there is none."""

    def __init__(self) -> None:
        """Ask nothing yet."""
        super().__init__()
        self.setProperty("role", "plate")
        set_tone(self, Tone.WAITING)
        self._doubt: Doubt | None = None
        self._answered: Callable[[DisplayId, DisplayId | None], None] = lambda _id, _chosen: None
        self._identify: Callable[[], None] = lambda: None
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.numbers = QPushButton()
        self.numbers.clicked.connect(self._show_numbers)
        self.none = QPushButton()
        self.none.clicked.connect(lambda: self._answer(None))
        self.choices: list[QPushButton] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_SIDE, 10, _SIDE, 12)
        layout.setSpacing(8)
        layout.addWidget(self.question)
        layout.addLayout(self._grid)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.none, 1)
        below.addWidget(self.numbers, 1)
        layout.addLayout(below)
        self.hide()

    def on_answer(
        self, answered: Callable[[DisplayId, DisplayId | None], None], identify: Callable[[], None]
    ) -> None:
        """Call `answered` with the doubtful id and the chosen one (None: none); `identify` shows the numbers."""
        self._answered, self._identify = answered, identify

    def ask(self, doubt: Doubt | None, wording: Wording) -> None:
        """Ask this, in these words; None asks nothing."""
        self._doubt = doubt
        for button in self.choices:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.choices = []
        self.setVisible(doubt is not None)
        if doubt is None:
            return
        say = wording.say
        key = "monitors.ask.twins" if doubt.present else "monitors.ask.replaced"
        self.question.setText(say(key, number=doubt.index + 1, name=doubt.name))
        self.none.setText(say("monitors.ask.none" if doubt.present else "monitors.ask.wait"))
        self.numbers.setText(say("monitors.identify"))
        for place, display in enumerate(doubt.candidates):
            button = QPushButton(say("monitors.number", number=display.index + 1))
            button.setProperty("role", "main")
            button.clicked.connect(self._choosing(display.display_id))
            self._grid.addWidget(button, place // _ROW, place % _ROW)
            self.choices.append(button)
        self._fit()

    def _choosing(self, chosen: DisplayId) -> Callable[[], None]:
        return lambda: self._answer(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the question all the lines that it needs in this width: a layout around it asks only for the usual."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width() - 2 * (_SIDE + _EDGE)
        self.question.setMinimumHeight(self.question.heightForWidth(width))

    def _show_numbers(self) -> None:
        self._identify()

    def _answer(self, chosen: DisplayId | None) -> None:
        if self._doubt is not None:
            self._answered(self._doubt.display_id, chosen)
