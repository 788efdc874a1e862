"""Where a page lies on its viewport: which size it is drawn at, which part of it is visible, and where that
part goes.

Everything is in device pixels, so that what is drawn is sharp. A page that is larger than the viewport
shows its top, centred from left to right. Only the visible part is ever drawn, so a large zoom costs no
memory.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRect, QSize, QSizeF

from app.stage.surface import ViewWish
from relay.contract.commands import Rotation
from relay.contract.names import Fit


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a document is looked at. `zoom` (1.0 is the page's own size at 96 dpi) wins over `fit`."""

    page: int = 1
    fit: Fit = "page"
    zoom: float | None = None
    rotate: Rotation = 0

    def after(self, wish: ViewWish) -> "Look":
        """Follow a wish: what it does not name stays."""
        look = replace(
            self,
            page=self.page if wish.page is None else wish.page,
            rotate=self.rotate if wish.rotate is None else wish.rotate,
        )
        if wish.zoom is not None:
            return replace(look, zoom=wish.zoom)
        if wish.fit is not None:
            return replace(look, fit=wish.fit, zoom=None)
        return look


@dataclass(frozen=True)
class Placement:
    """`scaled` is the whole page without rotation, `clip` its visible part; rotated, that part lies at
    `at`.
    """

    scaled: QSize
    clip: QRect
    at: QPoint


def lay_out(page: QSizeF, viewport: QSize, look: Look, scale: float) -> Placement:
    """Lay a page of this size (at 96 dpi) on a viewport of this many device pixels; `scale` is the
    monitor's.
    """
    turned = page.transposed() if look.rotate in {90, 270} else page
    factor = _factor(turned, viewport, look, scale)
    scaled = QSize(max(1, round(page.width() * factor)), max(1, round(page.height() * factor)))
    whole = scaled.transposed() if look.rotate in {90, 270} else scaled
    visible = whole.boundedTo(viewport)
    left = (whole.width() - visible.width()) // 2
    at = QPoint((viewport.width() - visible.width()) // 2, (viewport.height() - visible.height()) // 2)
    return Placement(
        scaled=scaled, clip=_unturned(QRect(QPoint(left, 0), visible), scaled, look.rotate), at=at
    )


def _factor(page: QSizeF, viewport: QSize, look: Look, scale: float) -> float:
    if look.zoom is not None:
        return look.zoom * scale
    by_width = viewport.width() / page.width()
    if look.fit == "width":
        return by_width
    return min(by_width, viewport.height() / page.height())


def _unturned(clip: QRect, scaled: QSize, rotate: Rotation) -> QRect:
    """Find the part of the page that, turned clockwise, is `clip` of the turned page."""
    x, y, width, height = clip.x(), clip.y(), clip.width(), clip.height()
    match rotate:
        case 90:
            return QRect(y, scaled.height() - x - width, height, width)
        case 180:
            return QRect(scaled.width() - x - width, scaled.height() - y - height, width, height)
        case 270:
            return QRect(scaled.width() - y - height, x, height, width)
        case 0:
            return clip
