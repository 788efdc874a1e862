"""A pen that writes on a reportlab page."""

from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from generator import typefaces
from generator.palette import INK
from generator.pen import Anchor, Point


class PdfPen:
    """Turns millimetres from the top of the page into points from its bottom."""

    def __init__(self, canvas: Canvas, page_height: float) -> None:
        self.canvas = canvas
        self.page_height = page_height
        canvas.setLineJoin(1)
        canvas.setLineCap(1)

    def polyline(
        self, points: Sequence[Point], *, width: float = 0.35, colour: str = INK, dash: Sequence[float] = ()
    ) -> None:
        """Draw an open line."""
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(width * mm)
        self.canvas.setDash([length * mm for length in dash], 0)
        self.canvas.drawPath(self._path(points), stroke=1, fill=0)
        self.canvas.setDash([], 0)

    def polygon(
        self, points: Sequence[Point], *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a closed shape."""
        self._ready(fill, stroke, width)
        path = self._path(points)
        path.close()
        self.canvas.drawPath(path, stroke=int(bool(stroke)), fill=int(bool(fill)))

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "", stroke: str = INK, width: float = 0.35
    ) -> None:
        """Draw a circle."""
        self._ready(fill, stroke, width)
        place = self._at((x, y))
        self.canvas.circle(*place, radius * mm, stroke=int(bool(stroke)), fill=int(bool(fill)))

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
        self.canvas.saveState()
        self.canvas.translate(*self._at((x, y)))
        self.canvas.rotate(angle)
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.setFont(typefaces.name_of(bold), size * mm)
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        self.canvas.drawString(-share * typefaces.width_of(text, size, bold) * mm, 0, text)
        self.canvas.restoreState()

    def _at(self, point: Point) -> Point:
        return point[0] * mm, (self.page_height - point[1]) * mm

    def _path(self, points: Sequence[Point]) -> PDFPathObject:
        path = self.canvas.beginPath()
        path.moveTo(*self._at(points[0]))
        for point in points[1:]:
            path.lineTo(*self._at(point))
        return path

    def _ready(self, fill: str, stroke: str, width: float) -> None:
        if fill:
            self.canvas.setFillColor(HexColor(fill))
        if stroke:
            self.canvas.setStrokeColor(HexColor(stroke))
            self.canvas.setLineWidth(width * mm)
