"""What can be opened from the tray and, where there is none, from the bench window: one menu, built once for each."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.windows.theme import dress
from relay.contract.wording import Wording


@dataclass(frozen=True, kw_only=True)
class DeskActions:
    """What the entries of the menu do."""

    open: Callable[[], None]
    history: Callable[[], None]
    settings: Callable[[], None]
    sheet: Callable[[], None]
    bundle: Callable[[], None]
    quit: Callable[[], None]


_ORDER = ("open", "", "history", "settings", "sheet", "bundle", "", "quit")


class DeskMenu(QMenu):
    """How things stand, in a line that cannot be chosen, and everything that can be opened."""

    def __init__(self, actions: DeskActions, *, parent: QWidget | None = None) -> None:
        """Build it; `speak` words it."""
        super().__init__(parent)
        dress(self)
        self.state = QAction(self)
        self.state.setEnabled(False)
        self.addAction(self.state)
        self.addSeparator()
        self.entries: dict[str, QAction] = {}
        for name in _ORDER:
            if not name:
                self.addSeparator()
                continue
            entry = self.entries[name] = QAction(self)
            entry.triggered.connect(_calling(getattr(actions, name)))
            self.addAction(entry)

    def speak(self, wording: Wording, state: str) -> None:
        """Word everything; `state` says how things stand."""
        self.state.setText(state)
        for name, entry in self.entries.items():
            entry.setText(wording.say(f"desktop.menu.{name}"))


def _calling(action: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:  # `triggered` brings a value that nobody wants
        action()

    return call
