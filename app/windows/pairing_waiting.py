"""What a bench shows while people decide: the code and the QR that an admin approves, or a number to compare."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.stage.asking import Asking, Comparing
from app.stage.scan_result import Tone
from app.windows.qr import QrPicture
from app.windows.theme import INK, MIDDLE_PX
from relay.contract.wording import Wording

_CODE = "font-size: 54px; font-weight: bold"
_NUMBER = "font-size: 32px; font-weight: bold"
_LARGE_NUMBER = "font-size: 48px; font-weight: bold"


class AskingPage(QWidget):
    """An admin shall approve this bench."""

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        """Build it; `speak` fills it."""
        super().__init__()
        self.title, self.how = _text("strong"), _text()
        self.qr = QrPicture()
        self.code_label, self.code = _text("section"), _text()
        self.code.setStyleSheet(_CODE)
        self.code.setWordWrap(False)
        self.check_label, self.check = _text("section"), _text()
        self.check.setStyleSheet(_NUMBER)
        self.page = _text("quiet")
        self.left = _text()
        self.cancel = QPushButton()
        self.cancel.clicked.connect(on_cancel)
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (self.code_label, self.code, self.check_label, self.check):
            words.addWidget(label)
        words.addStretch(1)
        panel = QFrame()
        panel.setProperty("role", "panel")
        inner = QHBoxLayout(panel)
        inner.setContentsMargins(16, 14, 16, 14)
        inner.setSpacing(20)
        inner.addWidget(self.qr, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(words, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.left, 1)
        foot.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.how)
        layout.addWidget(panel)
        layout.addWidget(self.page)
        layout.addLayout(foot)
        layout.addStretch(1)

    def speak(self, wording: Wording, asking: Asking | None) -> None:
        """Word everything; None: the relay has not given a code yet."""
        say = wording.say
        self.title.setText(say("desk.asking.title"))
        self.how.setText(say("desk.asking.how"))
        self.cancel.setText(say("desk.asking.cancel"))
        self.code_label.setText(say("desk.asking.code"))
        self.check_label.setText(say("desk.asking.check"))
        self.code.setText(asking.code if asking else "")
        has_check = asking is not None and asking.check is not None
        self.check_label.setVisible(has_check)
        self.check.setVisible(has_check)
        self.check.setText(asking.check or "" if asking else "")
        self.page.setText(say("desk.asking.page", page=asking.page) if asking else "")
        self.qr.say(asking.qr if asking else "", say("desk.asking.qr"))
        if asking is None:
            self.left.setText("")
        elif asking.is_away:
            self.left.setText(say("desk.asking.away"))
        else:
            self.left.setText(say("desk.asking.left", minutes=-(-asking.seconds_left // 60)))
        is_away = asking is not None and asking.is_away
        self.left.setStyleSheet(f"color: {INK[Tone.WAITING]}; font-weight: bold" if is_away else "")


class ComparingPage(QWidget):
    """The person here shall compare a number before the code is sent."""

    def __init__(self, answer: Callable[[bool], None]) -> None:
        """Build it; `answer` hears whether the numbers are the same."""
        super().__init__()
        self.title, self.how, self.address = _text("strong"), _text(), _text("quiet")
        self.number = _text()
        self.number.setStyleSheet(_LARGE_NUMBER)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.same, self.differ = QPushButton(), QPushButton()
        # None of them is the default: whoever presses Enter without reading has compared nothing.
        self.same.clicked.connect(lambda: answer(True))
        self.differ.clicked.connect(lambda: answer(False))
        panel = QFrame()
        panel.setProperty("role", "panel")
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(16, 20, 16, 20)
        inner.addWidget(self.number)
        inner.addWidget(self.address)
        self.address.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QGridLayout()
        buttons.setHorizontalSpacing(16)
        buttons.addWidget(self.differ, 0, 0)
        buttons.addWidget(self.same, 0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.how)
        layout.addWidget(panel)
        layout.addLayout(buttons)
        layout.addStretch(2)

    def speak(self, wording: Wording, comparing: Comparing | None) -> None:
        """Word everything."""
        say = wording.say
        self.title.setText(say("desk.comparing.title"))
        self.how.setText(say("desk.comparing.how"))
        self.same.setText(say("desk.comparing.same"))
        self.differ.setText(say("desk.comparing.differ"))
        self.number.setText(comparing.check if comparing else "")
        self.address.setText(comparing.address if comparing else "")


def _text(role: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    else:
        label.setStyleSheet(f"font-size: {MIDDLE_PX}px")
    return label
