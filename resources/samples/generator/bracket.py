"""The sensor bracket of WO-2025-0005 as a shaded picture, seen from above at an angle."""

from math import cos, pi, sin

from generator.palette import INK
from generator.pen import Pen, Point
from generator.shapes import arc

SCALE = 1.04
COS, SIN = cos(pi / 6), sin(pi / 6)
Marked = tuple[Point, Point, str]


class View:
    """Isometric projection: x runs right and down, y right and up, z up."""

    def __init__(self, left: float, top: float) -> None:
        self.origin = (left, top)

    def at(self, x: float, y: float, z: float) -> Point:
        """Where a point of the bracket lies in the picture."""
        left, top = self.origin
        return left + (x + y) * COS * SCALE, top + ((x - y) * SIN - z) * SCALE

    def floor(self, points: list[Point], z: float) -> list[Point]:
        """A shape lying flat at a height."""
        return [self.at(x, y, z) for x, y in points]

    def wall(self, points: list[Point], y: float) -> list[Point]:
        """A shape standing upright, given as (x, z)."""
        return [self.at(x, y, z) for x, z in points]


def slot(x: float, y: float, length: float, radius: float) -> list[Point]:
    """A long hole along x, from the centre of its left end."""
    return [*arc(x, y, radius, 90, 270), *arc(x + length, y, radius, 270, 450)]


def bracket(pen: Pen, left: float, top: float) -> list[Marked]:
    """Draw the bracket and tell where each inspection point and its balloon are."""
    view = View(left - 60, top + 8)
    # The part: a base of 70 x 44 and a wall of 70 x 62 along its far edge, 4 thick.
    shadow = [(x + 6, y - 6) for x, y in ((0, 0), (70, 0), (70, 48), (0, 48))]
    for step, shade in enumerate(("#D2D8DC", "#C6CDD2", "#BAC2C8")):
        grow = 6 - step * 3
        pen.polygon(view.floor([(x + grow, y - grow) for x, y in shadow], -2), fill=shade, stroke="")
    _base(pen, view)
    _wall(pen, view)
    return [
        (view.at(35, 44, 47.5), (164, 44), "1"),
        (view.at(25.6, 44, 38), (40, 56), "2"),
        (view.at(22, 18, 4), (56, 160), "3"),
        (view.at(70, 44, 10), (196, 120), "4"),
        (view.at(40, 43, 5.4), (176, 158), "5"),
        (view.at(0, 8, 4), (16, 104), "6"),
        (view.at(63.6, 44, 20), (198, 88), "7"),
    ]


def _base(pen: Pen, view: View) -> None:
    pen.polygon(
        [view.at(0, 0, 0), view.at(70, 0, 0), view.at(70, 0, 4), view.at(0, 0, 4)], fill="#8A97A2", width=0.3
    )
    pen.polygon(
        [view.at(70, 0, 0), view.at(70, 48, 0), view.at(70, 48, 4), view.at(70, 0, 4)],
        fill="#75838F",
        width=0.3,
    )
    pen.polygon(view.floor([(0, 0), (70, 0), (70, 48), (0, 48)], 4), fill="#C3CCD4", width=0.3)
    for number in range(46):
        # Brushed steel: fine lines along the rolling direction.
        shade = 198 + number * 7 % 17
        line = view.floor([(0.6, 0.8 + number * 0.96), (69.4, 0.8 + number * 0.96)], 4)
        pen.polyline(line, width=0.5, colour=f"#{shade:02X}{shade + 6:02X}{shade + 12:02X}")
    for x in (12, 44):
        pen.polygon(view.floor(slot(x, 18, 14, 4.2), 4), fill="#66737E", width=0.35)
        pen.polygon(
            view.floor([(a + 0.7, b - 1.2) for a, b in slot(x, 18, 14, 3.2)], 4), fill="#A9B3BB", stroke=""
        )
    pen.polygon(view.floor([(0, 40), (70, 40), (70, 44), (0, 44)], 4), fill="#A7B3BD", stroke="")


def _wall(pen: Pen, view: View) -> None:
    face = [
        (0.0, 4.0),
        (70.0, 4.0),
        (70.0, 54.0),
        *arc(60, 56, 10, 0, 90, steps=10),
        *arc(10, 56, 10, 90, 180, steps=10),
    ]
    side = [view.at(70, 44, 4), view.at(70, 48, 4), view.at(70, 48, 56), view.at(70, 44, 56)]
    pen.polygon(view.wall([(x, z) for x, z in face], 48), fill="#7D8A95", width=0.3)
    pen.polygon(side, fill="#7D8A95", width=0.3)
    pen.polygon(view.wall(face, 44), fill="#B4BFC8", width=0.35)
    for number in range(60):
        shade = 176 + number * 5 % 13
        z = 5 + number * 1.0
        inset = 0.5 if z < 56 else 10.7 - (100 - (z - 56) ** 2) ** 0.5
        streak = view.wall([(inset, z), (70 - inset, z)], 44)
        pen.polyline(streak, width=0.5, colour=f"#{shade:02X}{shade + 8:02X}{shade + 15:02X}")
    pen.polygon(view.wall(face, 44), width=0.35)
    pen.polygon(view.wall(arc(35, 38, 10.5, 0, 360, steps=64), 44), fill="#D5DDE3", width=0.3)
    pen.polygon(view.wall(arc(35, 38, 9, 0, 360, steps=64), 44), fill="#59656F", width=0.45)
    pen.polygon(view.wall(arc(36.6, 38.8, 7, 0, 360, steps=64), 44), fill="#E4E9ED", stroke="")
    for index, line in enumerate(("SB-0715-02", "MIR 25W47")):
        pen.text(*view.at(42, 44, 19 - index * 5), line, size=3.6, bold=True, colour=INK, angle=-30)
    pen.polyline(view.wall([(0, 4), (70, 4)], 44), width=0.6, colour="#5E6A74")
