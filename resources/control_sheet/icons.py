"""The pictures beside the words on the sheet: what each control does, in strokes that survive a bad printer."""

from collections.abc import Callable

from generator.palette import ACCENT, WHITE
from generator.pen import Pen, Point, Scaled
from generator.shapes import arc, box, rounded

from relay.contract.controls import Control, ControlVerb

LINE = 1.1


def draw_icon(pen: Pen, control: Control, x: float, y: float, size: float) -> None:
    """Draw the icon of a control into a square."""
    part = Scaled(pen, x, y, size / 12)
    if control.verb == "display":
        _monitor(part, str(control.number))
    else:
        _ICONS[control.verb](part)


def _next(pen: Pen) -> None:
    _arrow(pen, (1.5, 6), (10.5, 6))


def _previous(pen: Pen) -> None:
    _arrow(pen, (10.5, 6), (1.5, 6))


def _zoom_out(pen: Pen) -> None:
    pen.circle(5, 5, 3.8, fill=WHITE, stroke=ACCENT, width=LINE)
    pen.polyline([(7.8, 7.8), (11.2, 11.2)], width=LINE * 1.4, colour=ACCENT)
    pen.polyline([(3.2, 5), (6.8, 5)], width=LINE, colour=ACCENT)


def _zoom_in(pen: Pen) -> None:
    _zoom_out(pen)
    pen.polyline([(5, 3.2), (5, 6.8)], width=LINE, colour=ACCENT)


def _fit(pen: Pen) -> None:
    for corner in (
        [(1, 4), (1, 1), (4, 1)],
        [(8, 1), (11, 1), (11, 4)],
        [(11, 8), (11, 11), (8, 11)],
        [(4, 11), (1, 11), (1, 8)],
    ):
        pen.polyline(corner, width=LINE, colour=ACCENT)
    pen.polygon(box(3.6, 3.6, 4.8, 4.8), fill=ACCENT, stroke="")


def _rotate(pen: Pen) -> None:
    pen.polyline(arc(6, 6, 4.3, -60, 210, steps=40), width=LINE, colour=ACCENT)
    _head(pen, (3.3, 2.1), (0.75, -1.3))


def _close(pen: Pen) -> None:
    pen.polyline([(2, 2), (10, 10)], width=LINE * 1.4, colour=ACCENT)
    pen.polyline([(10, 2), (2, 10)], width=LINE * 1.4, colour=ACCENT)


def _undo(pen: Pen) -> None:
    pen.polyline(
        [(2.5, 4), (7.5, 4), *arc(7.5, 7, 3, -90, 90, steps=24), (3.5, 10)], width=LINE, colour=ACCENT
    )
    _head(pen, (0.8, 4), (-1.5, 0))


def _again(pen: Pen) -> None:
    pen.polygon(rounded(1, 2, 10, 8, 0.8), fill=WHITE, stroke=ACCENT, width=LINE)
    pen.polygon([(4.6, 3.8), (8.6, 6), (4.6, 8.2)], fill=ACCENT, stroke="")


def _monitor(pen: Pen, number: str) -> None:
    pen.polygon(rounded(0.8, 1.2, 10.4, 7.2, 0.6), fill=WHITE, stroke=ACCENT, width=LINE)
    pen.polyline([(6, 8.4), (6, 10.8)], width=LINE, colour=ACCENT)
    pen.polyline([(3.4, 10.8), (8.6, 10.8)], width=LINE, colour=ACCENT)
    pen.text(6, 6.9, number, size=5.4, bold=True, colour=ACCENT, anchor="middle")


_ICONS: dict[ControlVerb, Callable[[Pen], None]] = {
    "next": _next,
    "previous": _previous,
    "zoom_in": _zoom_in,
    "zoom_out": _zoom_out,
    "fit": _fit,
    "rotate": _rotate,
    "close": _close,
    "undo": _undo,
    "again": _again,
}


def _arrow(pen: Pen, tail: Point, tip: Point) -> None:
    sign = 1 if tip[0] > tail[0] else -1
    pen.polyline([tail, (tip[0] - sign * 2, tip[1])], width=LINE * 1.6, colour=ACCENT)
    pen.polygon(
        [tip, (tip[0] - sign * 4.2, tip[1] - 3.8), (tip[0] - sign * 4.2, tip[1] + 3.8)],
        fill=ACCENT,
        stroke="",
    )


def _head(pen: Pen, tip: Point, way: Point) -> None:
    """A small arrow head at `tip`; `way` is the direction that it points to, as long as the head is."""
    (x, y), (along, up) = tip, way
    back = (x - along * 1.6, y - up * 1.6)
    pen.polygon(
        [tip, (back[0] - up * 1.5, back[1] + along * 1.5), (back[0] + up * 1.5, back[1] - along * 1.5)],
        fill=ACCENT,
        stroke="",
    )
