"""The marks of a technical drawing: dimensions, leaders, centre lines, balloons."""

from math import atan2, cos, degrees, hypot, pi, sin

from generator.palette import ACCENT, DIMENSION, INK, WHITE
from generator.pen import CHAIN, Pen, Point
from generator.typefaces import width_of

ARROW = 2.4


def arrow(pen: Pen, tip: Point, tail: Point, *, colour: str = DIMENSION, length: float = ARROW) -> None:
    """A filled arrow head at `tip`, pointing away from `tail`."""
    way = atan2(tip[1] - tail[1], tip[0] - tail[0])
    wings = [(tip[0] - length * cos(way + turn), tip[1] - length * sin(way + turn)) for turn in (0.19, -0.19)]
    pen.polygon([tip, *wings], fill=colour, stroke="")


def dimension(
    pen: Pen,
    start: Point,
    end: Point,
    offset: float,
    text: str,
    *,
    size: float = 3.4,
    bold: bool = False,
    colour: str = DIMENSION,
) -> None:
    """A length between two points; the line lies `offset` to the left of the way from start to end.

    A text that does not fit between the arrows goes behind the end, as drafting rules have it.
    """
    length = hypot(end[0] - start[0], end[1] - start[1])
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    across = (along[1], -along[0])
    side = 1 if offset >= 0 else -1

    def beside(point: Point, distance: float) -> Point:
        return point[0] + across[0] * distance, point[1] + across[1] * distance

    first, last = beside(start, offset), beside(end, offset)
    for point in (start, end):
        pen.polyline(
            [beside(point, side * 1.0), beside(point, offset + side * 1.5)], width=0.15, colour=colour
        )
    wide = width_of(text, size, bold)
    angle = -degrees(atan2(along[1], along[0]))
    if angle <= -89.9 or angle > 90.1:
        angle += 180
    up = (-sin(angle * pi / 180) * 1.1, -cos(angle * pi / 180) * 1.1)
    if wide + 2 * ARROW <= length + 1:
        pen.polyline([first, last], width=0.18, colour=colour)
        arrow(pen, first, last, colour=colour)
        arrow(pen, last, first, colour=colour)
        middle = ((first[0] + last[0]) / 2 + up[0], (first[1] + last[1]) / 2 + up[1])
    else:
        far = wide + 7
        tail = (last[0] + along[0] * far, last[1] + along[1] * far)
        front = (first[0] - along[0] * 5, first[1] - along[1] * 5)
        pen.polyline([front, tail], width=0.18, colour=colour)
        arrow(pen, first, front, colour=colour)
        arrow(pen, last, tail, colour=colour)
        centre = 3.8 + wide / 2
        middle = (last[0] + along[0] * centre + up[0], last[1] + along[1] * centre + up[1])
    pen.text(*middle, text, size=size, bold=bold, colour=colour, anchor="middle", angle=angle)


def leader(
    pen: Pen,
    tip: Point,
    elbow: Point,
    text: str,
    *,
    size: float = 3.4,
    bold: bool = False,
    colour: str = DIMENSION,
) -> None:
    """A note with an arrow to the place it speaks of; the text runs outwards from the elbow."""
    wide = width_of(text, size, bold)
    right = elbow[0] >= tip[0]
    shelf = (elbow[0] + (wide + 1 if right else -wide - 1), elbow[1])
    pen.polyline([tip, elbow, shelf], width=0.18, colour=colour)
    arrow(pen, tip, elbow, colour=colour)
    left = elbow[0] + 0.8 if right else shelf[0] + 0.2
    pen.text(left, elbow[1] - 1.0, text, size=size, bold=bold, colour=colour)


def centre_lines(pen: Pen, x: float, y: float, reach: float, *, colour: str = INK) -> None:
    """The crossing chain lines of a hole."""
    pen.polyline([(x - reach, y), (x + reach, y)], width=0.13, colour=colour, dash=CHAIN)
    pen.polyline([(x, y - reach), (x, y + reach)], width=0.13, colour=colour, dash=CHAIN)


def balloon(
    pen: Pen, x: float, y: float, label: str, *, radius: float = 3.4, fill: str = ACCENT, colour: str = WHITE
) -> None:
    """A numbered disc."""
    pen.circle(x, y, radius, fill=fill, stroke="")
    size = radius * (1.15 if len(label) < 2 else 1.0)
    pen.text(x, y + size * 0.36, label, size=size, bold=True, colour=colour, anchor="middle")


def called_out(pen: Pen, tip: Point, place: Point, label: str, *, radius: float = 3.4) -> None:
    """A balloon at `place` with a line to the dot at `tip`."""
    pen.polyline([tip, place], width=0.25, colour=ACCENT)
    pen.circle(*tip, 0.6, fill=ACCENT, stroke="")
    balloon(pen, *place, label, radius=radius)
