"""What a drawing needs from whatever it is drawn on: the same strokes become a PDF, an SVG or a picture.

All lengths are millimetres, x to the right and y downwards; texts stand on their baseline.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from generator.palette import INK

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

DASHED = (2.0, 1.2)
CHAIN = (6.0, 1.2, 1.2, 1.2)


class Pen(Protocol):
    """Four strokes; everything else is composed of them."""

    def polyline(
        self, points: Sequence[Point], *, width: float = 0.35, colour: str = INK, dash: Sequence[float] = ()
    ) -> None:
        """Draw an open line with round joints."""

    def polygon(
        self, points: Sequence[Point], *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a closed shape; an empty colour leaves that part out."""

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a circle; an empty colour leaves that part out."""

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 3.6,
        bold: bool = False,
        colour: str = INK,
        anchor: Anchor = "start",
        angle: float = 0.0,
    ) -> None:
        """Write one line; `angle` turns it counter-clockwise, in degrees."""


class Scaled:
    """A pen that draws a part in its own millimetres at a place and scale of the sheet.

    Line widths, dashes and text sizes stay those of the sheet, as on any technical drawing.
    """

    def __init__(self, pen: Pen, x: float, y: float, scale: float) -> None:
        self.pen = pen
        self.origin = (x, y)
        self.scale = scale

    def at(self, x: float, y: float) -> Point:
        """Where a point of the part lies on the sheet."""
        return self.origin[0] + x * self.scale, self.origin[1] + y * self.scale

    def polyline(
        self, points: Sequence[Point], *, width: float = 0.35, colour: str = INK, dash: Sequence[float] = ()
    ) -> None:
        """Draw an open line."""
        self.pen.polyline([self.at(*point) for point in points], width=width, colour=colour, dash=dash)

    def polygon(
        self, points: Sequence[Point], *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a closed shape."""
        self.pen.polygon([self.at(*point) for point in points], fill=fill, stroke=stroke, width=width)

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a circle."""
        self.pen.circle(*self.at(x, y), radius * self.scale, fill=fill, stroke=stroke, width=width)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 3.6,
        bold: bool = False,
        colour: str = INK,
        anchor: Anchor = "start",
        angle: float = 0.0,
    ) -> None:
        """Write one line at a place of the part, in the size of the sheet."""
        place = self.at(x, y)
        self.pen.text(*place, text, size=size, bold=bold, colour=colour, anchor=anchor, angle=angle)
