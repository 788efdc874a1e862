"""The mark of a finger that somebody points with on a phone: a ring that is seen on white and on black, from afar."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

SIZE = 72  # logical pixels: two centimetres on most monitors
FADE_MS = 300
_STEP_MS = 30
_SIGNAL = QColor("#ff6a00")


class PointerMark(QWidget):
    """A part of a document window. It never takes a press: what lies below does."""

    def __init__(self, parent: QWidget) -> None:
        """Stay hidden."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(SIZE, SIZE)
        self._strength = 1.0
        self._fading = QTimer(self, interval=_STEP_MS)
        self._fading.timeout.connect(self._fade)
        self.hide()

    def point(self, at: QPoint) -> None:
        """Be seen around this point of the window."""
        self._fading.stop()
        self._strength = 1.0
        self.move(at.x() - SIZE // 2, at.y() - SIZE // 2)
        self.show()
        self.update()

    def leave(self, *, at_once: bool = False) -> None:
        """Fade away."""
        if at_once:
            self._fading.stop()
            self.hide()
        elif not self.isHidden():
            self._fading.start()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint white, black and a signal colour around each other, so that one of them differs from any ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self._strength)
        middle = QPointF(SIZE / 2, SIZE / 2)
        for radius, width, colour in (
            (30.0, 10.0, Qt.GlobalColor.white),
            (30.0, 6.0, Qt.GlobalColor.black),
            (25.0, 6.0, _SIGNAL),
            (21.0, 3.0, Qt.GlobalColor.white),
        ):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(Qt.GlobalColor.white, 2))
        painter.setBrush(_SIGNAL)
        painter.drawEllipse(QRectF(middle.x() - 5, middle.y() - 5, 10, 10))
        painter.end()

    def _fade(self) -> None:
        self._strength -= _STEP_MS / FADE_MS
        if self._strength <= 0:
            self.leave(at_once=True)
        self.update()
