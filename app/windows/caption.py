"""The quiet strip below a document: which order, which document, which revision, which page."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.windows.typeface import typeface
from relay.contract.wording import Language, Wording

_GROUND = QColor("#14171b")
_LOUD = QColor("#f2f4f7")
_QUIET = QColor("#b3bac4")


@dataclass(frozen=True, kw_only=True)
class CaptionText:
    """What the strip says."""

    order_id: str = ""
    title: str = ""
    revision: str = ""
    page: int | None = None
    pages: int | None = None


def caption_height(window: QSize) -> int:
    """Choose the strip's height in logical pixels: readable from where the page is readable, and no more."""
    return min(44, max(22, round(window.height() * 0.03)))


class Caption(QWidget):
    """Paints its text in one line: order and title on the left, revision and page on the right."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        """Say nothing yet."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._language: Language = language
        self._text = CaptionText()

    def say(self, text: CaptionText) -> None:
        """Say this from the next frame on."""
        self._text = text
        self.setAccessibleName(f"{text.order_id} {text.title} {self._right()}")
        self.update()

    def speak(self, language: Language) -> None:
        """Say the same in this language."""
        self._language = language
        self.say(self._text)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the line; a title that is too long is cut with an ellipsis, nothing else is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        height = self.height()
        pixels = round(height * 0.56)
        plain, bold = typeface(pixels), typeface(pixels, bold=True)
        room = self.rect().adjusted(height // 2, 0, -height // 2, 0)
        right = self._right()
        width = QFontMetrics(plain).horizontalAdvance(right)
        painter.setFont(plain)
        _write(painter, _QUIET, room, right, Qt.AlignmentFlag.AlignRight)
        room.setRight(room.right() - width - height // 2)
        painter.setFont(bold)
        _write(painter, _LOUD, room, self._text.order_id, Qt.AlignmentFlag.AlignLeft)
        if self._text.order_id:
            room.setLeft(
                room.left() + QFontMetrics(bold).horizontalAdvance(self._text.order_id) + height // 2
            )
        painter.setFont(plain)
        title = QFontMetrics(plain).elidedText(self._text.title, Qt.TextElideMode.ElideRight, room.width())
        _write(painter, _QUIET, room, title, Qt.AlignmentFlag.AlignLeft)
        painter.end()

    def _right(self) -> str:
        say = Wording(self._language).say
        parts: list[str] = []
        if self._text.revision:
            parts.append(say("stage.caption.revision", revision=self._text.revision))
        if self._text.page is not None and self._text.pages is not None:
            parts.append(say("stage.caption.page", page=self._text.page, pages=self._text.pages))
        return "   ·   ".join(parts)


def _write(painter: QPainter, colour: QColor, room: QRect, text: str, side: Qt.AlignmentFlag) -> None:
    painter.setPen(colour)
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, text)
