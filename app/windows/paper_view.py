"""The widget that shows one drawn page, pixel for pixel, and knows which page it has painted."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QWidget

from app.windows.fit import Look, Placement, lay_out
from app.windows.paper import Paper

BACKGROUND = QColor("#23272e")


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page drawn for a viewport of this many device pixels, at this scale."""

    paper: Paper
    look: Look
    image: QImage
    placement: Placement
    viewport: QSize
    scale: float


async def draw_sheet(paper: Paper, look: Look, viewport: QSize, scale: float) -> Sheet:
    """Draw what a viewport of this many device pixels shows of the page. Raises CannotShow."""
    placement = lay_out(await paper.size(look.page), viewport, look, scale)
    image = await paper.draw(look.page, placement.scaled, placement.clip)
    if look.rotate:
        image = image.transformed(QTransform().rotate(look.rotate))
    image.setDevicePixelRatio(scale)
    return Sheet(paper, look, image, placement, viewport, scale)


def device_pixels(size: QSize, scale: float) -> QSize:
    """Turn a size in logical pixels into device pixels, as Qt's backing store does."""
    return QSize(round(size.width() * scale), round(size.height() * scale))


class PaperView(QWidget):
    """Shows a sheet. `painted` is called in every paint event, after the sheet has been painted."""

    def __init__(self, parent: QWidget, painted: Callable[[QWidget], None]) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._painted = painted
        self.sheet: Sheet | None = None

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show another sheet from the next frame on."""
        self.sheet = sheet
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the page on white paper, on a calm dark ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        sheet = self.sheet
        if sheet is not None:
            at = QPointF(sheet.placement.at) / sheet.scale
            page = QRectF(at, sheet.image.deviceIndependentSize())
            if sheet.image.hasAlphaChannel():
                painter.fillRect(page, Qt.GlobalColor.white)
            painter.drawImage(at, sheet.image)
        painter.end()
        self._painted(self)
