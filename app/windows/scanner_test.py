"""Tests a scanner: shows its keys as they come, what was read, what it means and what was put right; learns a keyboard.

While it is visible it borrows all scanners of the bench, so that a barcode that is scanned here opens nothing. The
wizard and the settings embed it; both give it the same `ScannerSource` (`app.wiring.scanners`).
"""

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.stage.scan_result import Tone
from app.stage.scanners import Lesson, RawKey, ScannerState, Understood
from app.stage.wording_of_scan import name_control
from app.windows.bench_text import BigText
from app.windows.key_strip import KeyStrip
from app.windows.scanner_line import ScannerLine
from app.windows.theme import INK, RESOURCES
from relay.contract.wording import Wording

_PICTURES = RESOURCES / "control_sheet"
_CONTROLS = (
    *(
        "NUL",
        "SOH",
        "STX",
        "ETX",
        "EOT",
        "ENQ",
        "ACK",
        "BEL",
        "BS",
        "TAB",
        "LF",
        "VT",
        "FF",
        "CR",
        "SO",
        "SI",
    ),
    *(
        "DLE",
        "DC1",
        "DC2",
        "DC3",
        "DC4",
        "NAK",
        "SYN",
        "ETB",
        "CAN",
        "EM",
        "SUB",
        "ESC",
        "FS",
        "GS",
        "RS",
        "US",
    ),
)
# After so long a silence the next key begins a new line of keys.
_PAUSE_MS = 400.0


class Borrower(Protocol):
    """Who has the scanners for a while."""

    def hear_key(self, key: RawKey) -> None:
        """Hear a key of the keyboard or of a scanner that is one."""
        ...

    def hear_scan(self, scan: Understood) -> None:
        """Hear a scan."""
        ...

    def show_states(self, states: tuple[ScannerState, ...]) -> None:
        """Hear how the scanners stand."""
        ...


class ScannerSource(Protocol):
    """The scanners of this bench."""

    @property
    def longest_gap_ms(self) -> float:
        """The longest pause between two keys of a scanner that is a keyboard."""
        ...

    @property
    def has_learned(self) -> bool:
        """Is there a learned keyboard?"""
        ...

    def lend(self, borrower: Borrower | None) -> None:
        """Give every key and scan to `borrower` from now on; None: to the bench again."""
        ...

    def learn(self, scan: Understood) -> Lesson:
        """Learn from the keyboard test barcode, and keep it."""
        ...

    def forget(self) -> None:
        """Forget what was learned."""
        ...


class ScannerTest(QWidget):
    """Borrows the scanners while it is visible."""

    def __init__(self, source: ScannerSource, wording: Wording) -> None:
        """Build it; nothing is heard before it is shown."""
        super().__init__()
        self._source = source
        self._wording = wording
        self._scan: Understood | None = None
        self._lesson: Lesson | None = None
        self._forgotten = False
        self._longest_ms = 0.0
        self._human = False
        self._labels: dict[str, QLabel] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self.speak(wording)

    @property
    def is_learning(self) -> bool:
        """Is the next scan taken for the keyboard test barcode?"""
        return self._pages.currentWidget() is self._learning

    def speak(self, wording: Wording) -> None:
        """Word everything."""
        self._wording = wording
        say = wording.say
        self.title.setText(say("scanner.test.title"))
        self.intro.setText(say("scanner.test.intro"))
        for key, label in self._labels.items():
            label.setText(say(key))
        self.strip_title.setText(say("scanner.test.keys"))
        self.strip.speak(say("scanner.test.keys.empty"), say("scanner.test.keys"))
        self.learn.setText(say("scanner.learn.button"))
        self.forget.setText(say("scanner.learn.forget"))
        self.forget.setVisible(self._source.has_learned)
        self.cancel.setText(say("scanner.learn.cancel"))
        self.prompt.setText(say("scanner.learn.prompt"))
        self.states.speak(wording)
        self._speak_scan()
        self._speak_lesson()

    def hear_key(self, key: RawKey) -> None:
        """Show one key."""
        if key.gap_ms is None or key.gap_ms > _PAUSE_MS:
            self.strip.clear()
            self._longest_ms = 0.0
        elif self.strip.keys:
            self._longest_ms = max(self._longest_ms, key.gap_ms)
        self.strip.add(key)
        # Enter, and no scan came of it: keys and scan are told one after the other, the key first.
        self._human = key.name in {"Return", "Enter"} and len(self.strip.keys) > 1
        self._speak_pace()

    def hear_scan(self, scan: Understood) -> None:
        """Show what was read, or learn from it."""
        self._human = False
        self._scan = scan
        if self.is_learning or scan.means == "calibration":
            self._lesson = self._source.learn(scan)
            self._forgotten = False
            if self._lesson.result != "failed":
                self._pages.setCurrentWidget(self._result)
        self.speak(self._wording)

    def show_states(self, states: tuple[ScannerState, ...]) -> None:
        """Show how the scanners stand."""
        self.states.show_states(states)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show the bars only where they are whole: half of them would be another barcode, or none."""
        super().resizeEvent(event)
        self.bars.setVisible(self.width() > self.bars.pixmap().width() + 40)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Borrow the scanners."""
        super().showEvent(event)
        # Not on a button: a blank of a scanner that nobody recognises would press it.
        self.setFocus()
        self._source.lend(self)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Give the scanners back."""
        super().hideEvent(event)
        self._pages.setCurrentWidget(self._result)
        self._source.lend(None)

    def _build(self) -> None:
        self.title, self.intro = QLabel(), QLabel()
        self.title.setProperty("role", "head")
        self.intro.setProperty("role", "large")
        self.intro.setWordWrap(True)
        self.states = ScannerLine()
        self.strip_title = QLabel()
        self.strip_title.setProperty("role", "section")
        self.strip = KeyStrip()
        self.strip.slow_ms = self._source.longest_gap_ms
        self.pace = QLabel()
        self.pace.setWordWrap(True)
        keys = QFrame()
        keys.setProperty("role", "panel")
        right = QVBoxLayout(keys)
        right.setContentsMargins(16, 12, 16, 12)
        right.addWidget(self.strip_title)
        right.addWidget(self.strip, 1)
        right.addWidget(self.pace)
        self._result, self._learning = QWidget(), self._build_learning()
        body = QHBoxLayout(self._result)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(16)
        body.addWidget(self._build_result(), 52)
        body.addWidget(keys, 48)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._result)
        self._pages.addWidget(self._learning)
        self.lesson = QLabel()
        self.lesson.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.intro)
        layout.addWidget(self.states)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.lesson)

    def _build_result(self) -> QWidget:
        page = QFrame()
        page.setProperty("role", "panel")
        self.read = BigText(smallest_px=22, largest_px=44, bold=True)
        self.means = BigText(smallest_px=20, largest_px=28, bold=True)
        self.mended, self.source_name = QLabel(), QLabel()
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("scanner.test.read", self.read),
            ("scanner.test.means", self.means),
            ("scanner.test.mended", self.mended),
            ("scanner.test.source", self.source_name),
        )
        for row, (key, widget) in enumerate(rows):
            label = self._labels[key] = QLabel()
            label.setProperty("role", "quiet")
            if isinstance(widget, QLabel):
                widget.setWordWrap(True)
                widget.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(widget, row, 1)
        grid.setRowStretch(len(rows), 1)
        self.learn, self.forget = QPushButton(), QPushButton()
        self.learn.clicked.connect(self._begin_learning)
        self.forget.clicked.connect(self._forget)
        buttons = QHBoxLayout()
        buttons.addWidget(self.learn)
        buttons.addWidget(self.forget)
        buttons.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addLayout(grid, 1)
        layout.addLayout(buttons)
        return page

    def _build_learning(self) -> QWidget:
        page = QFrame()
        page.setProperty("role", "panel")
        self.prompt = QLabel()
        self.prompt.setWordWrap(True)
        self.bars = QLabel()
        self.bars.setPixmap(QPixmap(str(_PICTURES / "keyboard-test.png")))
        square = QLabel()
        square.setPixmap(QPixmap(str(_PICTURES / "keyboard-test-qr.png")))
        for picture in (self.bars, square):
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.cancel = QPushButton()
        self.cancel.clicked.connect(lambda: self._pages.setCurrentWidget(self._result))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(self.prompt)
        layout.addWidget(self.bars)
        row = QHBoxLayout()
        row.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(square, 1)
        layout.addLayout(row, 1)
        # A label insists on room for its whole picture; where there is none, the square one is enough.
        self.bars.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return page

    def _begin_learning(self) -> None:
        self._lesson, self._forgotten = None, False
        self._pages.setCurrentWidget(self._learning)
        # The button that was pressed is hidden, and the focus with it: keys would be heard nowhere.
        self.setFocus()
        self._speak_lesson()

    def _forget(self) -> None:
        self._source.forget()
        self._lesson, self._forgotten = None, True
        self.speak(self._wording)

    def _speak_scan(self) -> None:
        scan, say = self._scan, self._wording.say
        self._speak_pace()
        for label in self._labels.values():
            label.setVisible(scan is not None)
        for widget in (self.means, self.mended, self.source_name):
            widget.setVisible(scan is not None)
        if scan is None:
            self.read.say(say("scanner.test.waiting"))
            return
        self.read.say(readable(scan.text))
        bad = scan.means == "unreadable"
        self.means.say(self._word_meaning(scan))
        self.means.setStyleSheet(f"color: {INK[Tone.BAD if bad else Tone.GOOD]}")
        steps = [self._word_step(step) for step in scan.steps]
        before = f"  {readable(scan.heard.text)} → {readable(scan.text)}" if steps else ""
        self.mended.setText(", ".join(steps) + before if steps else say("scanner.test.mended.nothing"))
        self.source_name.setText(say(f"scanner.name.{scan.heard.kind}"))

    def _word_meaning(self, scan: Understood) -> str:
        say = self._wording.say
        match scan.means:
            case "unreadable":
                return say(f"scanner.unreadable.{scan.reason}", detail=scan.detail).strip()
            case "control":
                named = name_control(scan.control, self._wording.language) if scan.control else ""
                return say("scanner.test.means.control", subject=named)
            case means:
                return say(f"scanner.test.means.{means}", subject=scan.subject)

    def _word_step(self, step: str) -> str:
        say = self._wording.say
        if step in {"hangul", "caps_lock", "learned", "keys"}:
            return say(f"scanner.step.{step}")
        return say("scanner.step.layout", layout=say(f"scanner.layout.{step}"))

    def _speak_pace(self) -> None:
        say = self._wording.say
        if self._human:
            self.pace.setText(say("scanner.test.pace.human"))
        elif self._scan is not None and self._scan.heard.kind == "wedge" and self.strip.keys:
            self.pace.setText(say("scanner.test.pace.scanner", ms=round(self._longest_ms)))
        else:
            self.pace.setText("")
        self.pace.setStyleSheet(f"color: {INK[Tone.WAITING]}" if self._human else "")

    def _speak_lesson(self) -> None:
        say, lesson = self._wording.say, self._lesson
        self.lesson.setVisible(lesson is not None or self._forgotten)
        if self._forgotten:
            self.lesson.setText(say("scanner.learn.forgotten"))
            self.lesson.setStyleSheet("")
        if lesson is None:
            return
        layout = say(f"scanner.layout.{lesson.layout}") if lesson.layout else ""
        self.lesson.setText(say(f"scanner.learn.{lesson.result}", layout=layout, count=lesson.count))
        self.lesson.setStyleSheet(
            f"color: {INK[Tone.BAD if lesson.result == 'failed' else Tone.GOOD]}; font-weight: bold"
        )


def readable(text: str) -> str:
    """Write control characters by their names, so that a group separator can be seen."""
    return "".join(f"<{_CONTROLS[ord(sign)]}>" if ord(sign) < len(_CONTROLS) else sign for sign in text)[:300]
