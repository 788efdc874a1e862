"""Outlines in millimetres: rectangles, arcs, curves, and the hatching of a cut face."""

from collections.abc import Sequence
from math import cos, pi, sin

from generator.palette import INK
from generator.pen import Pen, Point


def box(x: float, y: float, width: float, height: float) -> list[Point]:
    """A rectangle from its upper left corner."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def arc(x: float, y: float, radius: float, start: float, end: float, *, steps: int = 16) -> list[Point]:
    """Points on a circle from `start` to `end`, in degrees clockwise from the right."""
    turn = [(start + (end - start) * step / steps) * pi / 180 for step in range(steps + 1)]
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in turn]


def rounded(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    """A rectangle with round corners."""
    right, bottom = x + width - radius, y + height - radius
    left, top = x + radius, y + radius
    return [
        *arc(left, top, radius, 180, 270, steps=8),
        *arc(right, top, radius, 270, 360, steps=8),
        *arc(right, bottom, radius, 0, 90, steps=8),
        *arc(left, bottom, radius, 90, 180, steps=8),
    ]


def regular(x: float, y: float, radius: float, corners: int, turn: float = 0.0) -> list[Point]:
    """A regular polygon, such as a bolt head."""
    return arc(x, y, radius, turn, turn + 360, steps=corners)[:-1]


def curve(start: Point, towards: Point, from_: Point, end: Point, steps: int = 24) -> list[Point]:
    """A cubic Bezier curve as points."""
    points: list[Point] = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = a * start[0] + b * towards[0] + c * from_[0] + d * end[0]
        points.append((x, a * start[1] + b * towards[1] + c * from_[1] + d * end[1]))
    return points


def mirrored(points: Sequence[Point], axis: float = 0.0) -> list[Point]:
    """The points on the other side of a horizontal axis, as a cut through a turned part shows them."""
    return [(x, 2 * axis - y) for x, y in points]


def hatch(
    pen: Pen,
    outline: Sequence[Point],
    pitch: float,
    *,
    colour: str = INK,
    width: float = 0.12,
    falling: bool = False,
) -> None:
    """Fill a polygon with lines at 45 degrees; `falling` leans them the other way for the next part."""
    sign = -1 if falling else 1
    heights = [y + sign * x for x, y in outline]
    edges = list(zip(outline, [*outline[1:], outline[0]], strict=True))
    level = (min(heights) // pitch + 1) * pitch
    while level < max(heights):
        crossings: list[Point] = []
        for (x1, y1), (x2, y2) in edges:
            first, last = y1 + sign * x1 - level, y2 + sign * x2 - level
            if (first < 0) != (last < 0):
                share = first / (first - last)
                crossings.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1)))
        crossings.sort()
        for start, end in zip(crossings[::2], crossings[1::2], strict=False):
            pen.polyline([start, end], width=width, colour=colour)
        level += pitch
