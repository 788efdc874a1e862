"""Where a page lies on its viewport: which size it is drawn at, which part of it is visible, and where that
part goes.

Everything is in device pixels, so that what is drawn is sharp. A page that is larger than the viewport
shows its top, centred from left to right, until somebody scrolls. Only the visible part is ever drawn, so a
large zoom costs no memory.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRect, QSize, QSizeF

from app.stage.surface import ViewWish
from relay.contract.commands import Rotation
from relay.contract.names import Fit
from relay.contract.steering import MOST_ZOOM as MOST_STEERED
from relay.contract.steering import Viewport

ZOOM_STEP = 2**0.5
LEAST_ZOOM, MOST_ZOOM = 0.1, 8.0  # as the contract has it
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a document is looked at. `zoom` (1.0 is the page's own size at 96 dpi) wins over `fit`.

    `centre` is what lies in the middle of the viewport, in fractions of the page as it is turned; None is the
    middle of its top.
    """

    page: int = 1
    fit: Fit = "page"
    zoom: float | None = None
    rotate: Rotation = 0
    centre: tuple[float, float] | None = None

    def after(self, wish: ViewWish, pages: int | None = None) -> "Look":
        """Follow what a wish says of page, rotation, fit and zoom; what it does not name stays.

        Steps and scrolling need to know how the page lies: `follow` does all of it. The rotation wishes never meet.
        """
        page = self.page if wish.page is None else wish.page
        if wish.step is not None:
            last = pages or 1
            page = {"next": page + 1, "previous": page - 1, "first": 1, "last": last}[wish.step]
            page = min(max(page, 1), last)
        rotate = self.rotate if wish.rotate is None else wish.rotate
        if wish.rotate_by is not None:
            rotate = _ROTATIONS[(self.rotate + wish.rotate_by) % 360 // 90]
        look = replace(self, page=page, rotate=rotate)
        if rotate != self.rotate:
            look = replace(look, centre=None)
        elif page != self.page and self.centre is not None:
            look = replace(look, centre=(self.centre[0], 0.0))  # the same column, from its top
        if wish.zoom is not None:
            return replace(look, zoom=wish.zoom)
        if wish.fit is not None:
            return replace(look, fit=wish.fit, zoom=None, centre=None)
        return look


@dataclass(frozen=True)
class Placement:
    """`scaled` is the whole page without rotation, `clip` its visible part; rotated, that part lies at
    `at`. `seen` is the visible part of the page as it is turned.
    """

    scaled: QSize
    clip: QRect
    at: QPoint
    seen: QRect

    @property
    def is_whole(self) -> bool:
        """Tell whether all of the page is visible."""
        return self.clip.size() == self.scaled


def follow(look: Look, wish: ViewWish, page: QSizeF, viewport: QSize, scale: float) -> Look:
    """Take the steps that depend on how the page lies on the viewport: zoom by a step, then scroll.

    `look` is already at the wished page, which has this size at 96 dpi. Both stay at their end.
    """
    if wish.zoom_step is not None:
        look = _zoomed(look, wish.zoom_step == "in", page, viewport, scale)
    if wish.scroll is None:
        return look
    placed = lay_out(page, viewport, look, scale)
    whole = placed.scaled.transposed() if look.rotate in {90, 270} else placed.scaled
    left = _within(placed.seen.x() + wish.scroll.dx * viewport.width(), whole.width() - placed.seen.width())
    top = _within(placed.seen.y() + wish.scroll.dy * viewport.height(), whole.height() - placed.seen.height())
    centre = (
        (left + placed.seen.width() / 2) / whole.width(),
        (top + placed.seen.height() / 2) / whole.height(),
    )
    return replace(look, centre=centre)


def follow_freely(look: Look, wish: ViewWish) -> Look:
    """Follow a wish for what has no size of its own: a web page."""
    look = look.after(wish)
    if wish.zoom_step is None:
        return look
    factor = ZOOM_STEP if wish.zoom_step == "in" else 1 / ZOOM_STEP
    return replace(look, zoom=min(max((look.zoom or 1.0) * factor, LEAST_ZOOM), MOST_ZOOM))


def steered(look: Look, viewport: Viewport, page: QSizeF, room: QSize, scale: float) -> Look:
    """Look at this part of the page, which has this size at 96 dpi, in a room of this many device pixels."""
    zoom = min(viewport.zoom, MOST_STEERED)
    if zoom <= 1.0:
        return replace(look, fit="page", zoom=None, centre=None)
    turned = page.transposed() if look.rotate in {90, 270} else page
    whole = _factor(turned, room, Look(), scale) / scale
    return replace(look, zoom=zoom * whole, centre=(viewport.x, viewport.y))


def seen_of(placement: Placement, look: Look, page: QSizeF, room: QSize, scale: float) -> Viewport:
    """Tell which part of the page is seen, as the contract's steering counts it."""
    turned = page.transposed() if look.rotate in {90, 270} else page
    whole = placement.scaled.transposed() if look.rotate in {90, 270} else placement.scaled
    middle = placement.seen.toRectF().center()
    return Viewport(
        x=middle.x() / whole.width(),
        y=middle.y() / whole.height(),
        zoom=_factor(turned, room, look, scale) / _factor(turned, room, Look(), scale),
    )


def lay_out(page: QSizeF, viewport: QSize, look: Look, scale: float) -> Placement:
    """Lay a page of this size (at 96 dpi) on a viewport of this many device pixels; `scale` is the
    monitor's.
    """
    turned = page.transposed() if look.rotate in {90, 270} else page
    factor = _factor(turned, viewport, look, scale)
    scaled = QSize(max(1, round(page.width() * factor)), max(1, round(page.height() * factor)))
    whole = scaled.transposed() if look.rotate in {90, 270} else scaled
    visible = whole.boundedTo(viewport)
    room = whole - visible
    left, top = room.width() // 2, 0
    if look.centre is not None:
        left = round(_within(look.centre[0] * whole.width() - visible.width() / 2, room.width()))
        top = round(_within(look.centre[1] * whole.height() - visible.height() / 2, room.height()))
    seen = QRect(QPoint(left, top), visible)
    at = QPoint((viewport.width() - visible.width()) // 2, (viewport.height() - visible.height()) // 2)
    return Placement(scaled=scaled, clip=_unturned(seen, scaled, look.rotate), at=at, seen=seen)


def _zoomed(look: Look, closer: bool, page: QSizeF, viewport: QSize, scale: float) -> Look:
    """Zoom by a step around the middle of what is visible; further out than the whole page is no use."""
    turned = page.transposed() if look.rotate in {90, 270} else page
    now = _factor(turned, viewport, look, scale) / scale
    whole = _factor(turned, viewport, Look(), scale) / scale
    zoom = now * ZOOM_STEP if closer else now / ZOOM_STEP
    if closer:
        zoom = max(now, min(zoom, MOST_ZOOM))
    elif now >= whole and zoom <= whole * 1.05:
        return replace(look, fit="page", zoom=None, centre=None)
    else:
        zoom = min(now, max(zoom, LEAST_ZOOM))
    placed = lay_out(page, viewport, look, scale)
    size = placed.scaled.transposed() if look.rotate in {90, 270} else placed.scaled
    middle = placed.seen.toRectF().center()
    return replace(look, zoom=zoom, centre=(middle.x() / size.width(), middle.y() / size.height()))


def _within(place: float, room: float) -> float:
    return min(max(place, 0.0), room)


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
