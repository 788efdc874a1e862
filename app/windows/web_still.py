"""What is seen while a web page is not there: its last good picture, and a band that says so and how old it is.

The band is loud on purpose: amber, with a sign and words. A picture that looks like the live page would be a lie.
"""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from app.stage.surface import Stale
from app.windows.caption import caption_height
from app.windows.paper_view import BACKGROUND
from app.windows.typeface import typeface
from app.windows.web_trouble import is_crash
from relay.contract.wording import Language, Wording

_AMBER = QColor("#ffb300")
_INK = QColor("#14171b")
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


class StillPicture(QWidget):
    """Covers the page. `painted` is called in every paint event, after the picture has been painted."""

    def __init__(self, parent: QWidget, painted: Callable[[], None]) -> None:
        """Stay hidden."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._painted = painted
        self._image: QImage | None = None
        self._words = ""
        self.hide()

    def cover(self, image: QImage | None, words: str) -> None:
        """Show this picture, or the bare ground where there is none, under a band with these words."""
        self._image = image
        self.say(words)
        self.raise_()
        self.show()

    def say(self, words: str) -> None:
        """Say other words about the same picture."""
        self._words = words
        self.setAccessibleName(words)
        self.update()

    def uncover(self) -> None:
        """Let the page be seen again."""
        self.hide()
        self._image = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the picture as large as it was, smaller where it must be, and the band below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self._image is not None and not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place(self._image), self._image)
        self._paint_band(painter)
        painter.end()
        self._painted()

    def _place(self, image: QImage) -> QRectF:
        size = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF((self.width() - size.width()) / 2, 0, size.width(), size.height())

    def _paint_band(self, painter: QPainter) -> None:
        height = round(caption_height(self.size()) * 1.5)
        band = QRect(0, self.height() - height, self.width(), height)
        painter.fillRect(band, _AMBER)
        font = typeface(round(height * 0.5), bold=True)
        painter.setFont(font)
        _paint_sign(
            painter, QRectF(band.x() + height * 0.35, band.y() + height * 0.2, height * 0.68, height * 0.6)
        )
        painter.setPen(_INK)
        room = band.adjusted(round(height * 1.3), 0, -height // 2, 0)
        words = QFontMetrics(font).elidedText(self._words, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def _paint_sign(painter: QPainter, room: QRectF) -> None:
    """Paint a warning triangle; not every font of every machine has one."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_INK)
    top = QPointF(room.center().x(), room.top())
    painter.drawPolygon(QPolygonF([top, room.bottomRight(), room.bottomLeft()]))
    painter.setBrush(_AMBER)
    width, height = room.width() * 0.12, room.height()
    left = room.center().x() - width / 2
    painter.drawRect(QRectF(left, room.top() + height * 0.35, width, height * 0.33))
    painter.drawRect(QRectF(left, room.top() + height * 0.77, width, height * 0.12))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def word_age(age_ms: int, language: Language) -> str:
    """Say how old a picture is; a clock that was set back makes it new, never negative."""
    say = Wording(language).say
    if age_ms < _MINUTE:
        return say("web.picture.now")
    if age_ms < _HOUR:
        return say("web.picture.minutes", n=age_ms // _MINUTE)
    if age_ms < _DAY:
        return say("web.picture.hours", n=age_ms // _HOUR)
    return say("web.picture.days", n=age_ms // _DAY)


def word_stale(
    stale: Stale, address: str, now_ms: int, language: Language, *, later_seconds: float | None
) -> str:
    """Say why the page is not there, how old its picture is, and what is done about it.

    `later_seconds` is given when the next try is not soon.
    """
    say = Wording(language).say
    if not is_crash(stale.reason):
        why = say("web.reason.away", address=address)
    else:
        why = say("web.reason.crashed" if later_seconds is None else "web.reason.resting")
    age = say("web.picture.none") if stale.as_of_ms is None else word_age(now_ms - stale.as_of_ms, language)
    then = (
        say("web.next.soon")
        if later_seconds is None
        else say("web.next.later", n=max(1, round(later_seconds / 60)))
    )
    return f"{why}  ·  {age}  ·  {then}"
