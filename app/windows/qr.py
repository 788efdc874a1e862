"""A QR code of any text, dark on white with its quiet zone, in whole pixels per module so that scanners read it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

# ISO/IEC 18004 asks for four modules of white around the code.
QUIET_MODULES = 4


class QrPicture(QWidget):
    """Shows one text; an empty one shows nothing."""

    def __init__(self, side_px: int = 240) -> None:
        """Begin empty, as a square of that side."""
        super().__init__()
        self._text = ""
        self._modules: list[list[bool]] = []
        self._side_px = side_px
        self.setFixedSize(side_px, side_px)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """What the code says."""
        return self._text

    def say(self, text: str, name: str) -> None:
        """Show this text; `name` is what a screen reader says."""
        self.setAccessibleName(name)
        if text == self._text:
            return
        self._text = text
        import segno  # not before there is something to show: it takes longer than the window around it

        rows = segno.make(text, error="m", micro=False).matrix if text else ()
        self._modules = [[bool(module) for module in row] for row in rows]
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the square."""
        return QSize(self._side_px, self._side_px)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the modules."""
        del event
        if not self._modules:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        count = len(self._modules) + 2 * QUIET_MODULES
        size = max(1, min(self.width(), self.height()) // count)
        left = (self.width() - size * len(self._modules)) // 2
        top = (self.height() - size * len(self._modules)) // 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("black"))
        for y, row in enumerate(self._modules):
            for x, is_dark in enumerate(row):
                if is_dark:
                    painter.drawRect(left + x * size, top + y * size, size, size)
        painter.end()
