"""The last message: the app ended again and again, and is not started any more."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.windows.theme import dress
from relay.contract.wording import Language, Wording


class GaveUp(QDialog):
    """Says what happened and what to do; starts the app again if somebody wants it."""

    def __init__(self, language: Language, logs: str, on_again: Callable[[], None]) -> None:
        """Word it; `logs` is the folder where the log is."""
        super().__init__()
        say = Wording(language).say
        self.setWindowTitle(say("desktop.gave_up.title"))
        title, detail, action = QLabel(), QLabel(), QLabel()
        title.setText(say("desktop.gave_up.title"))
        title.setProperty("role", "head")
        detail.setText(say("desktop.gave_up.detail"))
        detail.setProperty("role", "large")
        action.setText(say("desktop.gave_up.action", logs=logs))
        action.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        for label in (title, detail, action):
            label.setWordWrap(True)
        self.again = QPushButton(say("desktop.gave_up.again"))
        self.again.setProperty("role", "main")
        self.leave = QPushButton(say("desktop.close"))
        self.again.clicked.connect(self._again)
        self.leave.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(16)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 28)
        layout.setSpacing(20)
        for label in (title, detail, action):
            layout.addWidget(label)
        layout.addLayout(buttons)
        self.setMinimumWidth(720)
        self._on_again = on_again
        dress(self)
        self.again.setFocus()

    def _again(self) -> None:
        self._on_again()
        self.accept()
