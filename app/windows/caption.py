"""The quiet strip below a document: which order, which document, which revision, which page, how old, and
how the line to the relay stands.
"""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from app.bridge import now_ms
from app.stage.scan_result import Tone
from app.stage.status import LinkState
from app.windows.caption_words import CaptionText, Part, Shape, age_holds_ms, has_age, parts_of
from app.windows.theme import INK
from app.windows.typeface import typeface
from relay.contract.wording import Language

__all__ = ["Caption", "CaptionText", "caption_height"]

_GROUND = QColor("#14171b")
_LOUD = QColor("#f2f4f7")
_QUIET = QColor("#b3bac4")
_LONGEST_MS = 3_600_000  # for a clock that was set


def caption_height(window: QSize) -> int:
    """Choose the strip's height in logical pixels: readable from where the page is readable, and no more."""
    return min(44, max(22, round(window.height() * 0.03)))


class Caption(QWidget):
    """Paints its text in one line: order and title on the left, everything else on the right."""

    def __init__(self, parent: QWidget, language: Language, now_ms: Callable[[], int] = now_ms) -> None:
        """Say nothing yet. `now_ms` is the relay's time in UTC milliseconds."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._language: Language = language
        self._now_ms = now_ms
        self._link: LinkState | None = None
        self._text = CaptionText()
        self._aging = QTimer(self)
        self._aging.setSingleShot(True)
        self._aging.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._aging.timeout.connect(self._renew)

    def say(self, text: CaptionText) -> None:
        """Say this from the next frame on."""
        self._text = text
        self._renew()

    def speak(self, language: Language) -> None:
        """Say the same in this language."""
        self._language = language
        self._renew()

    def connection(self, link: LinkState) -> None:
        """Say how the line to the relay stands."""
        self._link = link
        self._renew()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Age while somebody can see it."""
        super().showEvent(event)
        self._renew()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Rest while nobody can."""
        super().hideEvent(event)
        self._aging.stop()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the line; a title that is too long is cut with an ellipsis, and before anything else goes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _GROUND)
        height = self.height()
        pixels, gap = round(height * 0.56), height // 2
        plain, bold = typeface(pixels), typeface(pixels, bold=True)
        room = self.rect().adjusted(gap, 0, -gap, 0)
        order_width = QFontMetrics(bold).horizontalAdvance(self._text.order_id)
        parts = _fitting(self._parts(), plain, bold, gap, room.width() - order_width - gap)
        for part in reversed(parts):
            _write_part(painter, part, bold if _is_loud(part) else plain, room, pixels)
            room.setRight(room.right() - _width(part, plain, bold, pixels) - gap * 3 // 2)
        painter.setFont(bold)
        _write(painter, _LOUD, room, self._text.order_id)
        if self._text.order_id:
            room.setLeft(room.left() + order_width + gap)
        painter.setFont(plain)
        title = QFontMetrics(plain).elidedText(
            self._text.title, Qt.TextElideMode.ElideRight, max(0, room.width())
        )
        _write(painter, _QUIET, room, title)
        painter.end()

    def _parts(self) -> tuple[Part, ...]:
        return parts_of(self._text, self._link, self._language, self._now_ms())

    def _renew(self) -> None:
        words = [self._text.order_id, self._text.title, *(part.words for part in self._parts())]
        self.setAccessibleName(" · ".join(filter(None, words)))
        self.update()
        self._aging.stop()
        if self.isVisible() and has_age(self._text, self._link) and self._text.as_of_ms is not None:
            holds = age_holds_ms(self._now_ms() - self._text.as_of_ms)
            self._aging.start(min(holds + 500, _LONGEST_MS))


def _is_loud(part: Part) -> bool:
    return part.tone not in {None, Tone.GOOD}


def _fitting(parts: tuple[Part, ...], plain: QFont, bold: QFont, gap: int, room: int) -> tuple[Part, ...]:
    """Take words away where there is no room for them, those of the least weight first."""
    shown = list(parts)
    for place in sorted(range(len(shown)), key=lambda place: shown[place].weight):
        taken = sum(_width(part, plain, bold, plain.pixelSize()) + gap * 3 // 2 for part in shown)
        if taken <= room:
            break
        shown[place] = replace(shown[place], words="")
    return tuple(part for part in shown if part.words or part.shape)


def _width(part: Part, plain: QFont, bold: QFont, pixels: int) -> int:
    mark = 0 if part.shape is None else pixels
    return mark + QFontMetrics(bold if _is_loud(part) else plain).horizontalAdvance(part.words)


def _write_part(painter: QPainter, part: Part, font: QFont, room: QRect, pixels: int) -> None:
    painter.setFont(font)
    colour = QColor(INK[part.tone]) if part.tone is not None else _QUIET
    width = QFontMetrics(font).horizontalAdvance(part.words)
    _write(painter, colour if _is_loud(part) else _QUIET, room, part.words, side=Qt.AlignmentFlag.AlignRight)
    if part.shape is not None:
        side = pixels * 0.6
        left = room.right() - width - pixels
        square = QRectF(left, room.center().y() - side / 2 + 0.5, side, side)
        draw_shape(painter, part.shape, square, colour)


def draw_shape(painter: QPainter, shape: Shape, square: QRectF, colour: QColor) -> None:
    """Draw a mark of this shape and colour into the square."""
    painter.save()
    thick = max(1.5, square.width() * 0.18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    middle = square.center()
    match shape:
        case Shape.DISC:
            painter.drawEllipse(square)
        case Shape.DIAMOND:
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(middle.x(), square.top()),
                        QPointF(square.right(), middle.y()),
                        QPointF(middle.x(), square.bottom()),
                        QPointF(square.left(), middle.y()),
                    ]
                )
            )
        case Shape.TRIANGLE:
            painter.drawPolygon(
                QPolygonF([QPointF(middle.x(), square.top()), square.bottomRight(), square.bottomLeft()])
            )
        case Shape.RING:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, thick))
            inset = thick / 2
            painter.drawEllipse(square.adjusted(inset, inset, -inset, -inset))
        case Shape.CROSS:
            painter.setPen(QPen(colour, thick))
            painter.drawLine(square.topLeft(), square.bottomRight())
            painter.drawLine(square.topRight(), square.bottomLeft())
    painter.restore()


def _write(
    painter: QPainter,
    colour: QColor,
    room: QRect,
    text: str,
    *,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setPen(colour)
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, text)
