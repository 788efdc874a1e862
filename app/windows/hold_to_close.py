"""The one gesture that closes a document at the bench: press on it and keep pressing for two seconds.

A thick glove can do it, on a touch screen or with a mouse; a sleeve, a wipe or a knock cannot: lifting
or sliding away ends it at once. From half a second on a ring fills around the finger and words say what it will do.
Esc is not offered: a document window never has the keyboard, and a key that was taken from every other program for
two seconds would be the worse surprise.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QTouchEvent
from PySide6.QtWidgets import QWidget

from app.windows.typeface import typeface
from relay.contract.wording import Language, Wording

PAUSE_MS = 500  # a tap and the start of a swipe are over by then
RING_MS = 1500
_SLIP = 32  # logical pixels that a pressing glove may wander
_STEP_MS = 40
_RADIUS = 64
_GROUND = QColor(20, 23, 27, 235)
_TRACK = QColor("#56636f")
_FILL = QColor("#ff9086")
_WORDS = QColor("#ffffff")


class HoldToClose(QObject):
    """Watches the presses on one window. `held` is called when somebody has held long enough."""

    def __init__(
        self,
        window: QWidget,
        language: Language,
        held: Callable[[], None],
        *,
        pause_ms: int = PAUSE_MS,
        ring_ms: int = RING_MS,
    ) -> None:
        """Watch nothing before `follow`."""
        super().__init__(window)
        self._held = held
        self._ring = _Ring(window, language)
        self._ring_ms = ring_ms
        self._start: QPointF | None = None
        self._passed_ms = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(pause_ms)
        self._pause.timeout.connect(self._begin_ring)
        self._step = QTimer(self)
        self._step.setInterval(_STEP_MS)
        self._step.timeout.connect(self._fill)
        self._window = window

    def follow(self) -> None:
        """Watch the window's native window; call it again whenever that may be another one."""
        handle = self._window.windowHandle()
        handle.removeEventFilter(self)
        handle.installEventFilter(self)

    def speak(self, language: Language) -> None:
        """Say it in this language."""
        self._ring.speak(language)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow a press from its beginning; nothing is taken away from the document."""
        match event.type():
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                if event.button() is Qt.MouseButton.LeftButton:
                    self._press(event.position())
            case QEvent.Type.TouchBegin if isinstance(event, QTouchEvent):
                self._press(event.points()[0].position())
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                self._move(event.position())
            case QEvent.Type.TouchUpdate if isinstance(event, QTouchEvent):
                # A second finger means to zoom.
                self._move(event.points()[0].position()) if len(event.points()) == 1 else self._end()
            case (
                QEvent.Type.MouseButtonRelease
                | QEvent.Type.TouchEnd
                | QEvent.Type.TouchCancel
                | QEvent.Type.Leave
                | QEvent.Type.Hide
            ):
                self._end()
            case _:
                pass
        return super().eventFilter(watched, event)

    def _press(self, at: QPointF) -> None:
        if self._start is None:  # Qt makes a mouse press of a touch that nobody took: the same finger
            self._start, self._passed_ms = at, 0
            self._pause.start()

    def _move(self, to: QPointF) -> None:
        if self._start is not None and (to - self._start).manhattanLength() > _SLIP:
            self._end()

    def _begin_ring(self) -> None:
        if self._start is not None:
            self._ring.begin(self._start)
            self._step.start()

    def _fill(self) -> None:
        self._passed_ms += _STEP_MS
        self._ring.fill(self._passed_ms / self._ring_ms)
        if self._passed_ms >= self._ring_ms:
            self._end()
            self._held()

    def _end(self) -> None:
        self._start = None
        self._pause.stop()
        self._step.stop()
        self._ring.hide()


class _Ring(QWidget):
    """The ring around the finger, and the words above it."""

    def __init__(self, window: QWidget, language: Language) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._language: Language = language
        self._share = 0.0
        self.hide()

    def speak(self, language: Language) -> None:
        self._language = language
        self.update()

    def begin(self, at: QPointF) -> None:
        width, height = 6 * _RADIUS, 3 * _RADIUS + 20
        room = self._window.rect()
        box = QRect(round(at.x()) - width // 2, round(at.y()) - 2 * _RADIUS, width, height)
        # Within the window, wherever the finger is.
        box.moveLeft(max(0, min(box.x(), room.width() - width)))
        box.moveTop(max(0, min(box.y(), room.height() - height)))
        self.setGeometry(box)
        self._share = 0.0
        self.raise_()
        self.show()

    def fill(self, share: float) -> None:
        self._share = min(1.0, share)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(self.rect(), 18, 18)
        painter.setPen(_WORDS)
        painter.setFont(typeface(28, bold=True))
        words = Wording(self._language).say("monitors.hold")
        painter.drawText(QRect(0, 8, self.width(), 44), Qt.AlignmentFlag.AlignCenter, words)
        ring = QRectF(self.width() / 2 - _RADIUS + 8, 60, 2 * _RADIUS - 16, 2 * _RADIUS - 16)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_TRACK, 14))
        painter.drawEllipse(ring)
        painter.setPen(_round(_FILL, 14))
        painter.drawArc(ring, 90 * 16, round(-360 * 16 * self._share))
        painter.setPen(_round(_WORDS, 8))
        middle = ring.center()
        for way in (1, -1):  # a cross: what it is about to do
            painter.drawLine(middle + QPointF(-20, -20 * way), middle + QPointF(20, 20 * way))
        painter.end()


def _round(colour: QColor, width: int) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
