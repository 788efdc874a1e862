"""One setting as a line: its name, what to change it with, where its value comes from, and whether it is locked."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app.settings_sources import Origin
from app.stage.scan_result import Tone
from app.windows.theme import INK
from relay.contract.wording import Wording

V = TypeVar("V", bound=Hashable)


class Segments(QWidget, Generic[V]):
    """A few values side by side, one of which holds; large enough for gloves, and told apart by more than colour."""

    def __init__(self, values: Sequence[V], on_choose: Callable[[V], None]) -> None:
        """Build a button for each value; `speak` words them."""
        super().__init__()
        self._on_choose = on_choose
        self.buttons: dict[V, QPushButton] = {}
        self._texts: dict[V, str] = {}
        self._value: V | None = None
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for value in values:
            button = self.buttons[value] = QPushButton()
            button.setCheckable(True)
            button.clicked.connect(self._calling(value))
            self._group.addButton(button)
            row.addWidget(button)

    def speak(self, name: str, texts: dict[V, str]) -> None:
        """Word the values; `name` is what a screen reader says before each."""
        self._texts = texts
        for value, button in self.buttons.items():
            button.setAccessibleName(f"{name}: {texts[value]}")
        self._mark()

    def hold(self, value: V) -> None:
        """Show that this one holds."""
        self._value = value
        if value in self.buttons:
            self.buttons[value].setChecked(True)
        self._mark()

    def _mark(self) -> None:
        for value, button in self.buttons.items():
            text = self._texts.get(value, "")
            button.setText(f"✓ {text}" if value == self._value else text)

    def _calling(self, value: V) -> Callable[[], None]:
        def call() -> None:
            self.hold(value)
            self._on_choose(value)

        return call


class SettingRow(QFrame):
    """Name and note on the left, the control on the right, the origin below; an error in their place."""

    def __init__(self, key: str, control: QWidget, *, name: str | None = None) -> None:
        """Show the setting whose words are `desktop.settings.{key}`; `name` is its key in the files, if it has one."""
        super().__init__()
        self.setProperty("role", "panel")
        self.key = key
        self.name = name
        self.control = control
        self.title, self.note, self.origin, self.error = QLabel(), QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "section")
        for label in (self.note, self.origin):
            label.setProperty("role", "quiet")
        self.error.setStyleSheet(f"color: {INK[Tone.BAD]}")
        for label in (self.note, self.origin, self.error):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        grid = QGridLayout(self)
        grid.setContentsMargins(18, 12, 18, 12)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.note, 1, 0)
        grid.addWidget(control, 0, 1, 2, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.origin, 2, 0, 1, 2)
        grid.addWidget(self.error, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.error.hide()

    def speak(self, wording: Wording, origin: Origin | None, *, locked: bool) -> None:
        """Word it; `origin` is None for what is no setting of a file, such as starting at login."""
        say = wording.say
        title = say(f"desktop.settings.{self.key}")
        self.title.setText(title)
        if not self.control.accessibleName():
            self.control.setAccessibleName(title)
        note = f"desktop.settings.{self.key}.note"
        self.note.setText(say(note) if wording.knows(note) else "")
        self.note.setVisible(bool(self.note.text()))
        self.origin.setVisible(origin is not None)
        if origin is not None:
            words = say(f"desktop.origin.{origin.where}", detail=origin.detail)
            self.origin.setText(f"{words} {say('desktop.origin.locked')}" if locked else words)
        self.control.setEnabled(not locked)

    def complain(self, sentence: str) -> None:
        """Say below it what went wrong; nothing takes it away again."""
        self.error.setText(f"⚠ {sentence}" if sentence else "")
        self.error.setVisible(bool(sentence))
