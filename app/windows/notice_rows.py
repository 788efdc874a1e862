"""How messages look: a colour, a shape, a word and the message, large enough to be read from two metres.

Sizes follow the monitor: on a 24-inch monitor of 1080 lines a short message is written 15 mm high, and at least 7 mm
where it is long. A colour never says anything alone: shape and word say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from app.stage.notices import Posted
from app.windows.typeface import typeface
from relay.contract.names import NoticeLevel
from relay.contract.wording import Language, Wording

# (ground, ink): every pair keeps 4.5 : 1.
COLOURS: dict[NoticeLevel, tuple[str, str]] = {
    "info": ("#0F4C81", "#FFFFFF"),
    "good": ("#0F6B3C", "#FFFFFF"),
    "warning": ("#FFC94D", "#221A00"),
    "alarm": ("#B3150F", "#FFFFFF"),
}
# Of the smaller side of the monitor, from the largest letters to the smallest.
_LETTERS = (0.055, 0.045, 0.037, 0.030, 0.025)
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
_MOST_OF_MONITOR = 0.6


@dataclass(frozen=True)
class Row:
    """One message as it is drawn: `room` is the whole row, `text` where the message stands, in logical pixels."""

    posted: Posted
    word: str
    message: str
    room: QRect
    mark: QRect
    text: QRect
    cross: QRect
    word_font: QFont
    font: QFont


def lay_out(posted: Sequence[Posted], monitor: QSize, language: Language) -> list[Row]:
    """Lay the messages out below each other, on top of a monitor of this many logical pixels."""
    rows: list[Row] = []
    top = 0
    for one in posted:
        row = _row(one, top, monitor, language, most=round(monitor.height() * _MOST_OF_MONITOR / len(posted)))
        rows.append(row)
        top += row.room.height()
    return rows


def paint(painter: QPainter, row: Row) -> None:
    """Draw one row."""
    ground, ink = (QColor(colour) for colour in COLOURS[row.posted.notice.level])
    painter.fillRect(row.room, ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_mark(painter, QRectF(row.mark), row.posted.notice.level, ground, ink)
    painter.setPen(ink)
    painter.setFont(row.word_font)
    painter.drawText(row.text.left(), row.text.top() - QFontMetrics(row.word_font).descent(), row.word)
    painter.setFont(row.font)
    painter.drawText(row.text, int(_WRAPPED), row.message)
    pen = QPen(ink, max(2.0, row.cross.width() / 9))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(row.cross.topLeft(), row.cross.bottomRight())
    painter.drawLine(row.cross.topRight(), row.cross.bottomLeft())


def _row(posted: Posted, top: int, monitor: QSize, language: Language, *, most: int) -> Row:
    unit = min(monitor.height(), monitor.width())
    pad = max(8, round(unit * 0.022))
    mark = round(unit * 0.08)
    cross = round(unit * 0.022)
    word_font = typeface(max(12, round(unit * 0.026)), bold=True)
    word_height = QFontMetrics(word_font).height()
    left = pad * 2 + mark
    width = max(mark, monitor.width() - left - pad * 3 - cross)
    message = " ".join(posted.notice.message.split())
    font, height = _fitting(message, unit, width, most - word_height - pad * 2)
    message = _cut(message, font, QSize(width, height))
    inner = max(mark, word_height + height)
    room = QRect(0, top, monitor.width(), inner + pad * 2)
    text_top = top + pad + (inner - word_height - height) // 2 + word_height
    return Row(
        posted=posted,
        word=Wording(language).say(f"stage.notice.{posted.notice.level}"),
        message=message,
        room=room,
        mark=QRect(pad, top + pad + (inner - mark) // 2, mark, mark),
        text=QRect(left, text_top, width, height),
        cross=QRect(monitor.width() - pad - cross, top + pad, cross, cross),
        word_font=word_font,
        font=font,
    )


def _fitting(message: str, unit: int, width: int, most: int) -> tuple[QFont, int]:
    """Choose the largest letters that leave the message its room; the smallest ones may need more than there is."""
    font, height = typeface(1), 0
    for part in _LETTERS:
        font = typeface(max(12, round(unit * part)), bold=True)
        height = _height(message, font, width)
        if height <= most:
            return font, height
    line = QFontMetrics(font).lineSpacing()
    return font, max(1, most // line) * line


def _height(message: str, font: QFont, width: int) -> int:
    return QFontMetrics(font).boundingRect(QRect(0, 0, width, 100_000), int(_WRAPPED), message).height()


def _cut(message: str, font: QFont, room: QSize) -> str:
    """End a message that has more lines than there is room for with an ellipsis."""
    if _height(message, font, room.width()) <= room.height():
        return message
    fits, over = 0, len(message)
    while over - fits > 1:
        middle = (fits + over) // 2
        is_fitting = _height(message[:middle] + "…", font, room.width()) <= room.height()
        fits, over = (middle, over) if is_fitting else (fits, middle)
    return message[:fits].rstrip() + "…"


def _draw_mark(painter: QPainter, room: QRectF, level: NoticeLevel, ground: QColor, ink: QColor) -> None:
    """Draw the level's shape in ink, with its sign cut out of it: each level has a shape of its own."""
    side, at = room.width(), room.topLeft()

    def point(x: float, y: float) -> QPointF:
        return at + QPointF(x * side, y * side)

    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    pen = QPen(ground, side * 0.11)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    match level:
        case "info":
            painter.drawEllipse(room)
            lines = [(point(0.5, 0.46), point(0.5, 0.74))]
            dot = point(0.5, 0.27)
        case "good":
            painter.drawRoundedRect(room, side * 0.2, side * 0.2)
            lines = [(point(0.27, 0.53), point(0.44, 0.70)), (point(0.44, 0.70), point(0.74, 0.33))]
            dot = None
        case "warning":
            painter.drawPolygon(QPolygonF([point(0.5, 0.04), point(1.0, 0.94), point(0.0, 0.94)]))
            lines = [(point(0.5, 0.38), point(0.5, 0.62))]
            dot = point(0.5, 0.79)
        case "alarm":
            low, high = 0.29, 0.71
            corners = [(low, 0), (high, 0), (1, low), (1, high), (high, 1), (low, 1), (0, high), (0, low)]
            painter.drawPolygon(QPolygonF([point(x, y) for x, y in corners]))
            lines = [(point(0.5, 0.22), point(0.5, 0.56))]
            dot = point(0.5, 0.76)
    painter.setPen(pen)
    for begin, end in lines:
        painter.drawLine(begin, end)
    if dot is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(dot, side * 0.07, side * 0.07)
