"""What pairing is doing, step by step, and where and why it failed."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from app.stage.scan_result import PairingStep, Tone, Words
from app.windows.bench_mark import Mark
from app.windows.theme import INK, MIDDLE_PX, QUIET, TEXT, set_tone
from relay.contract.wording import Wording


class Steps(QFrame):
    """Six lines with marks; below them, in red, what went wrong. Then the lines that were not reached make room."""

    def __init__(self) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self.setProperty("role", "panel")
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self.idle = QLabel()
        self.idle.setWordWrap(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.marks: dict[PairingStep, Mark] = {}
        self.labels: dict[PairingStep, QLabel] = {}
        for row, step in enumerate(PairingStep):
            self.marks[step], self.labels[step] = Mark(30), QLabel()
            self.labels[step].setWordWrap(True)
            grid.addWidget(self.marks[step], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.labels[step], row, 1, Qt.AlignmentFlag.AlignVCenter)
        self._build_failure()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 10, 18, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.idle)
        layout.addLayout(grid)
        layout.addStretch(1)
        layout.addWidget(self.plate)

    def speak(self, wording: Wording, at: PairingStep | None, detail: str, failure: Words | None) -> None:
        """Show the step that pairing is at (None: not begun), and why it stopped there (None: it goes on)."""
        say = wording.say
        self.title.setText(say("desk.pairing.steps.title"))
        self.idle.setText(say("desk.pairing.steps.idle"))
        self.idle.setVisible(at is None and failure is None)
        order = list(PairingStep)
        reached = order.index(at) if at else -1
        for place, step in enumerate(order):
            text = say(f"desk.pairing.step.{step.value}")
            is_told = failure is None or place <= reached
            self.labels[step].setVisible(is_told)
            self.marks[step].setVisible(is_told)
            is_detailed = bool(detail) and place == reached and failure is None
            self.labels[step].setText(f"{text}\n{detail}" if is_detailed else text)
            look = "font-weight: bold" if place == reached else f"color: {TEXT if place < reached else QUIET}"
            self.labels[step].setStyleSheet(f"font-size: {MIDDLE_PX}px; {look}")
            mark = self.marks[step]
            if place < reached:
                mark.show_mark("shown", INK[Tone.GOOD])
            elif place > reached:
                mark.show_mark(None, QUIET)
            elif failure:
                mark.show_mark("failed", INK[Tone.BAD])
            else:
                mark.show_mark("waiting", INK[Tone.WAITING])
        self.plate.setVisible(failure is not None)
        if failure:
            self.failure.setText(failure.title)
            self.detail.setText(failure.detail)
            self.action.setText(failure.action)
            self.plate.setAccessibleName(f"{failure.title}. {failure.detail} {failure.action}")

    def _build_failure(self) -> None:
        self.plate = QFrame()
        self.plate.setProperty("role", "plate")
        set_tone(self.plate, Tone.BAD)
        mark = Mark(44)
        mark.show_mark("failed", INK[Tone.BAD])
        self.failure, self.detail, self.action = QLabel(), QLabel(), QLabel()
        self.failure.setProperty("role", "strong")
        self.failure.setStyleSheet(f"color: {INK[Tone.BAD]}")
        self.action.setStyleSheet("font-weight: bold")
        layout = QGridLayout(self.plate)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.setHorizontalSpacing(12)
        layout.setColumnStretch(1, 1)
        layout.addWidget(mark, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        for row, label in enumerate((self.failure, self.detail, self.action)):
            label.setWordWrap(True)
            layout.addWidget(label, row, 1)
