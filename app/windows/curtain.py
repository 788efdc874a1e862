"""Black over a document that stays where it is: what a blanked window shows."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class Curtain(QWidget):
    """Hides everything in its window while it is drawn. `painted` is called in every paint event."""

    def __init__(self, parent: QWidget, painted: Callable[[], None]) -> None:
        """Stay open."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._painted = painted
        self.is_painted = False
        self.hide()

    def draw(self) -> None:
        """Hide what lies behind, also what came to lie in front."""
        self.is_painted = False
        self.show()
        self.raise_()
        self.update()

    def open(self) -> None:
        """Let what lies behind be seen."""
        self.is_painted = False
        self.hide()

    @property
    def is_drawn(self) -> bool:
        """Tell whether it hides the window's content."""
        return not self.isHidden()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint nothing but black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()
        self.is_painted = True
        self._painted()
