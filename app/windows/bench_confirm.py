"""Asks before something that cannot be undone, without stopping the app: it opens, and calls back."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from relay.contract.wording import Wording


class Confirm(QDialog):
    """A question with its answer `no` preselected; Esc is no."""

    def __init__(
        self, parent: QWidget, key: str, wording: Wording, on_yes: Callable[[], None], **values: str
    ) -> None:
        """Word the question `key` (`.title`, `.detail`, `.yes`) with these values; `open()` shows it."""
        super().__init__(parent)
        say = wording.say
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say(f"{key}.title"))
        title = QLabel(say(f"{key}.title"))
        title.setProperty("role", "head")
        detail = QLabel(say(f"{key}.detail", **values))
        detail.setTextFormat(Qt.TextFormat.PlainText)
        detail.setProperty("role", "large")
        for label in (title, detail):
            label.setWordWrap(True)
        self.no = QPushButton(say("desk.confirm.no"))
        self.no.setProperty("role", "main")
        self.yes = QPushButton(say(f"{key}.yes"))
        self.no.setDefault(True)
        self.yes.setAutoDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(16)
        buttons.addStretch(1)
        buttons.addWidget(self.yes)
        buttons.addWidget(self.no)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 28)
        layout.setSpacing(24)
        layout.addWidget(title)
        layout.addWidget(detail)
        layout.addLayout(buttons)
        self.setMinimumWidth(640)
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        self.accepted.connect(on_yes)
        self.no.setFocus()
