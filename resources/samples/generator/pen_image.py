"""A pen that paints a picture, drawn larger and scaled down so that its edges are smooth."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import dist

from PIL import Image, ImageDraw, ImageFont

from generator import typefaces
from generator.palette import INK, WHITE
from generator.pen import Anchor, Point


@cache
def _font(bold: bool, pixels: int) -> ImageFont.FreeTypeFont:
    # The basic layout: the other one depends on a library that not every machine has.
    return ImageFont.truetype(typefaces.path_of(bold), pixels, layout_engine=ImageFont.Layout.BASIC)


class ImagePen:
    """Paints `width` by `height` millimetres at `density` pixels per millimetre."""

    def __init__(
        self, width: float, height: float, density: float, *, oversampling: int = 2, ground: str = WHITE
    ) -> None:
        self.size = (round(width * density), round(height * density))
        self.scale = density * oversampling
        self.image = Image.new("RGB", (self.size[0] * oversampling, self.size[1] * oversampling), ground)
        self.brush = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        """The picture in its final size."""
        return self.image.resize(self.size, Image.Resampling.BOX)

    def polyline(
        self, points: Sequence[Point], *, width: float = 0.35, colour: str = INK, dash: Sequence[float] = ()
    ) -> None:
        """Draw an open line."""
        pieces = dashes(points, dash) if dash else [list(points)]
        thickness = max(1, round(width * self.scale))
        for piece in pieces:
            placed = [self._at(point) for point in piece]
            self.brush.line(placed, fill=colour, width=thickness, joint="curve")
            if thickness > 2:
                for x, y in (placed[0], placed[-1]):
                    radius = thickness / 2
                    self.brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def polygon(
        self, points: Sequence[Point], *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a closed shape."""
        if fill:
            self.brush.polygon([self._at(point) for point in points], fill=fill)
        if stroke:
            self.polyline([*points, points[0]], width=width, colour=stroke)

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a circle."""
        (left, top), (right, bottom) = self._at((x - radius, y - radius)), self._at((x + radius, y + radius))
        edge = max(1, round(width * self.scale)) if stroke else 0
        self.brush.ellipse((left, top, right, bottom), fill=fill or None, outline=stroke or None, width=edge)

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
        """Write one line."""
        typefaces.insist_on_glyphs(text, bold)
        font = _font(bold, round(size * self.scale))
        side = {"start": "ls", "middle": "ms", "end": "rs"}[anchor]
        place = self._at((x, y))
        if not angle:
            self.brush.text(place, text, font=font, fill=colour, anchor=side)
            return
        # Turned text is written in the middle of a square mask, so that its anchor stays where it is.
        reach = round(font.getlength(text)) + 2 * round(size * self.scale)
        mask = Image.new("L", (2 * reach, 2 * reach), 0)
        ImageDraw.Draw(mask).text((reach, reach), text, font=font, fill=255, anchor=side)
        turned = mask.rotate(angle, Image.Resampling.BILINEAR)
        self.image.paste(colour, (round(place[0]) - reach, round(place[1]) - reach), turned)

    def _at(self, point: Point) -> Point:
        return point[0] * self.scale, point[1] * self.scale


def dashes(points: Sequence[Point], pattern: Sequence[float]) -> list[list[Point]]:
    """Cut a line into the pieces that a dash pattern leaves visible; `pattern` has an even length."""
    pieces: list[list[Point]] = []
    step, left = 0, pattern[0]
    for start, end in pairwise(points):
        length, gone = dist(start, end), 0.0
        while gone < length:
            go = min(left, length - gone)
            first, last = gone / length, (gone + go) / length
            if step % 2 == 0:
                pieces.append([_between(start, end, first), _between(start, end, last)])
            gone, left = gone + go, left - go
            if left <= 1e-9:
                step += 1
                left = pattern[step % len(pattern)]
    return pieces


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
