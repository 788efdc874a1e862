"""Tells one thing and waits for nothing: a sentence with a mark and a button, that goes away by itself or by a key."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.stage.scan_result import Tone
from app.windows.bench_mark import MARK_OF, Mark
from app.windows.theme import INK, dress
from relay.contract.wording import Wording


class Told(QDialog):
    """Opened with `show()`; it deletes itself when it is closed. It never keeps other windows from being used."""

    def __init__(self, parent: QWidget | None, wording: Wording, sentence: str, tone: Tone) -> None:
        """Say this."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Benchcast")
        mark = Mark(40)
        mark.show_mark(MARK_OF[tone], INK[tone])
        self.sentence = QLabel(sentence)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.leave = QPushButton(wording.say("desktop.close"))
        self.leave.setProperty("role", "main")
        self.leave.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.sentence, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.leave)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(20)
        layout.addLayout(line)
        layout.addLayout(foot)
        self.setMinimumWidth(620)
        dress(self)
