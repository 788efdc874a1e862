"""The widget that shows one drawn page, pixel for pixel, and knows which page it has painted; and while the
page is drawn anew, what is known of it already.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
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

    @property
    def cost(self) -> int:
        """How many bytes of memory it holds."""
        return self.image.sizeInBytes()


@dataclass(frozen=True, eq=False)
class Foretaste:
    """Where the page is about to lie, and what can be painted of it until it is drawn: the sheet before, and
    all of the page in less detail.
    """

    placement: Placement
    before: Sheet
    overview: QImage | None


async def draw_sheet(paper: Paper, look: Look, viewport: QSize, scale: float, *, idle: bool = False) -> Sheet:
    """Draw what a viewport of this many device pixels shows of the page. Raises CannotShow."""
    placement = lay_out(await paper.size(look.page), viewport, look, scale)
    image = await paper.draw(look.page, placement.scaled, placement.clip, look.rotate, idle=idle)
    image.setDevicePixelRatio(scale)
    return Sheet(paper, look, image, placement, viewport, scale)


def device_pixels(size: QSize, scale: float) -> QSize:
    """Turn a size in logical pixels into device pixels, as Qt's backing store does."""
    return QSize(round(size.width() * scale), round(size.height() * scale))


class PaperView(QWidget):
    """Shows a sheet. `painted` is called in every paint event, after the sheet has been painted; never for a
    foretaste.
    """

    def __init__(self, parent: QWidget, painted: Callable[[QWidget], None]) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._painted = painted
        self._foretaste: Foretaste | None = None
        self.sheet: Sheet | None = None

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Show another sheet from the next frame on."""
        self.sheet = sheet
        self._foretaste = None
        self.update()

    def show_foretaste(self, foretaste: Foretaste | None) -> None:
        """Show this until the next sheet comes; None goes back to the present sheet."""
        if foretaste is not self._foretaste:
            self._foretaste = foretaste
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the page on a calm dark ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self._foretaste is not None:
            _paint_foretaste(painter, self._foretaste)
        elif self.sheet is not None:
            painter.drawImage(QPointF(self.sheet.placement.at) / self.sheet.scale, self.sheet.image)
        painter.end()
        if self._foretaste is None:
            self._painted(self)


def _paint_foretaste(painter: QPainter, foretaste: Foretaste) -> None:
    placement, before = foretaste.placement, foretaste.before
    scale = before.scale
    here = QRectF(QPointF(placement.at) / scale, QSizeF(placement.seen.size()) / scale)
    painter.setClipRect(here)
    painter.fillRect(here, Qt.GlobalColor.white)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    turned = before.look.rotate in {90, 270}
    whole = QSizeF(placement.scaled.transposed() if turned else placement.scaled) / scale
    page = QRectF(here.topLeft() - QPointF(placement.seen.topLeft()) / scale, whole)
    if foretaste.overview is not None:
        painter.drawImage(page, foretaste.overview)
    # What the sheet before shows of the page, where that part lies now, as large as it is now.
    then = before.placement
    size = then.scaled.transposed() if turned else then.scaled
    across, down = page.width() / size.width(), page.height() / size.height()
    part = QRectF(
        page.x() + then.seen.x() * across,
        page.y() + then.seen.y() * down,
        then.seen.width() * across,
        then.seen.height() * down,
    )
    painter.drawImage(part, before.image)
