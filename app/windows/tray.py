"""The icon in the system's tray: how the bench stands, by colour and by shape, and its menu.

A desktop may have no tray, or get one later, or lose it: `is_there` is asked every time, and nothing may depend on it.
"""

from collections.abc import Callable
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.stage.scan_result import Tone
from app.stage.status import LinkState
from app.windows.theme import GROUND, INK, RESOURCES, TEXT

Shape = Literal["circle", "ring", "square", "triangle"]

SIZES = (16, 22, 24, 32, 48, 64)
SHAPES: dict[LinkState, tuple[Shape, Tone]] = {
    LinkState.CONNECTED: ("circle", Tone.GOOD),
    LinkState.CONNECTING: ("ring", Tone.WAITING),
    LinkState.OFFLINE: ("square", Tone.BAD),
    LinkState.UNPAIRED: ("triangle", Tone.WAITING),
    LinkState.REVOKED: ("triangle", Tone.WAITING),
    LinkState.REPLACED: ("triangle", Tone.WAITING),
}


class Tray(QObject):
    """Keep it for as long as the app runs; `close()` it at the end."""

    def __init__(self, menu: QMenu, on_open: Callable[[], None]) -> None:
        """Show the icon as soon as there is a tray; a click opens the bench window."""
        super().__init__()
        self._menu = menu
        self._on_open = on_open
        self.icon = QSystemTrayIcon()
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(on_open)
        self.show_state(LinkState.CONNECTING, "Benchcast")
        self.icon.show()

    @property
    def is_there(self) -> bool:
        """Is there a tray that shows the icon now? `isVisible` says yes even without one."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_state(self, state: LinkState, words: str) -> None:
        """Show how the bench stands; `words` say the same for whoever points at the icon."""
        self.icon.setIcon(state_icon(*SHAPES[state]))
        self.icon.setToolTip(words)

    def tell(self, title: str, text: str) -> None:
        """Say something beside the icon; without a tray nobody hears it."""
        if self.is_there and QSystemTrayIcon.supportsMessages():
            self.icon.showMessage(title, text, self.icon.icon())

    def close(self) -> None:
        """Take the icon away, which some trays forget to do themselves."""
        self.icon.hide()
        self.icon.setContextMenu(None)  # pyright: ignore[reportArgumentType] - Qt takes none, its stubs do not say so
        self.icon.deleteLater()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self._on_open()


@cache
def state_icon(shape: Shape, tone: Tone) -> QIcon:
    """Draw the app's icon with the state's badge in its corner."""
    icon = QIcon()
    drawing = QSvgRenderer(str(RESOURCES / "icons" / "benchcast.svg"))
    for size in SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.render(painter, QRectF(0, 0, size, size))
        _draw_badge(painter, size, shape, QColor(INK[tone]))
        painter.end()
        icon.addPixmap(pixmap)
    return icon


def _draw_badge(painter: QPainter, size: int, shape: Shape, colour: QColor) -> None:
    side = size * 0.62
    box = QRectF(size - side, size - side, side, side).adjusted(0, 0, -size * 0.02, -size * 0.02)
    painter.save()
    # The app's icon has a badge of its own in this corner, which means nothing here.
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.fillRect(box.adjusted(-size * 0.02, -size * 0.02, size, size), Qt.GlobalColor.transparent)
    painter.restore()
    painter.setPen(QPen(QColor(GROUND), max(1.0, size * 0.06)))
    painter.setBrush(colour)
    match shape:
        case "circle":
            painter.drawEllipse(box)
            _stroke(painter, size, box, ((0.25, 0.52), (0.44, 0.70), (0.75, 0.32)))
        case "ring":
            painter.drawEllipse(box)
            inner = box.adjusted(side * 0.28, side * 0.28, -side * 0.28, -side * 0.28)
            painter.setBrush(QColor(GROUND))
            painter.drawEllipse(inner)
        case "square":
            painter.drawRect(box)
            _stroke(painter, size, box, ((0.24, 0.24), (0.76, 0.76)))
            _stroke(painter, size, box, ((0.24, 0.76), (0.76, 0.24)))
        case "triangle":
            corners = (QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft())
            painter.drawPolygon(QPolygonF(list(corners)))
            _stroke(painter, size, box, ((0.5, 0.38), (0.5, 0.66)))
            _stroke(painter, size, box, ((0.5, 0.82), (0.5, 0.83)))


def _stroke(painter: QPainter, size: int, box: QRectF, points: tuple[tuple[float, float], ...]) -> None:
    painter.save()
    ink = QColor(GROUND if painter.brush().color().lightness() > 90 else TEXT)
    pen = QPen(ink, max(1.4, size * 0.09))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    line = [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in points]
    painter.drawPolyline(QPolygonF(line))
    painter.restore()
