"""A pen that writes an SVG file, with its letters as outlines so that it needs no font to be seen."""

from collections.abc import Sequence
from math import cos, radians, sin
from xml.sax.saxutils import escape, quoteattr

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen

from generator import typefaces
from generator.palette import INK
from generator.pen import Anchor, Point


def number(value: float) -> str:
    """A coordinate, to a hundredth, without idle zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if round(value, 2) else "0"


def outlines(text: str, size: float, bold: bool, x: float, y: float, *, angle: float = 0.0) -> str:
    """The path data of a line of text whose baseline begins at (x, y)."""
    typefaces.insist_on_glyphs(text, bold)
    font = typefaces.font_file(bold)
    scale = size / font["head"].unitsPerEm
    along, across = cos(radians(angle)) * scale, sin(radians(angle)) * scale
    names, glyphs = font.getBestCmap(), font.getGlyphSet()
    path = SVGPathPen(glyphs, ntos=number)
    for letter in text:
        glyph = glyphs[names[ord(letter)]]
        glyph.draw(TransformPen(path, (along, -across, -across, -along, x, y)))
        x, y = x + glyph.width * along, y - glyph.width * across
    return path.getCommands()


class SvgPen:
    """Collects shapes; `document` makes the file of them."""

    def __init__(self) -> None:
        self.shapes: list[str] = []

    def polyline(
        self, points: Sequence[Point], *, width: float = 0.35, colour: str = INK, dash: Sequence[float] = ()
    ) -> None:
        """Draw an open line."""
        dashes = f' stroke-dasharray="{" ".join(number(length) for length in dash)}"' if dash else ""
        self.shapes.append(
            f'<polyline points="{_listed(points)}" fill="none" stroke="{colour}" '
            f'stroke-width="{number(width)}"{dashes}/>'
        )

    def polygon(
        self, points: Sequence[Point], *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a closed shape."""
        self.shapes.append(f'<polygon points="{_listed(points)}" {_paint(fill, stroke, width)}/>')

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a circle."""
        place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        self.shapes.append(f"<circle {place} {_paint(fill, stroke, width)}/>")

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
        """Write one line, as outlines that keep the words as their label."""
        back = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * typefaces.width_of(text, size, bold)
        left, base = x - back * cos(radians(angle)), y + back * sin(radians(angle))
        data = outlines(text, size, bold, left, base, angle=angle)
        self.shapes.append(f'<path aria-label={quoteattr(text)} fill="{colour}" d="{data}"/>')

    def document(self, width: float, height: float, title: str) -> str:
        """The whole SVG, `width` by `height` millimetres."""
        view = f"0 0 {number(width)} {number(height)}"
        size = f'width="{number(width)}mm" height="{number(height)}mm" viewBox="{view}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
                f"<title>{escape(title)}</title>",
                f'<rect width="{number(width)}" height="{number(height)}" fill="#FFFFFF"/>',
                '<g stroke-linejoin="round" stroke-linecap="round">',
                *self.shapes,
                "</g>",
                "</svg>",
                "",
            ]
        )


def _listed(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _paint(fill: str, stroke: str, width: float) -> str:
    edge = f'stroke="{stroke}" stroke-width="{number(width)}"' if stroke else 'stroke="none"'
    return f'fill="{fill or "none"}" {edge}'
