"""Order numbers as Code 128: drawn by any pen, or written as exact pixels."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.graphics.barcode.code128 import Code128

from generator import typefaces
from generator.palette import WHITE
from generator.pen import Pen
from generator.pen_svg import SvgPen
from generator.shapes import box

BLACK = "#000000"
# ISO/IEC 15417 asks for ten modules of white on either side.
QUIET_MODULES = 10


def bars(value: str) -> tuple[list[tuple[int, int]], int]:
    """The black bars as (first module, width in modules), and how many modules there are in all."""
    code = Code128(value)
    code.validate()
    code.encode()
    code.decompose()
    found: list[tuple[int, int]] = []
    place = 0
    for letter in code.decomposed:
        wide = ord(letter.lower()) - ord("a") + 1
        if letter.isupper():
            found.append((place, wide))
        place += wide
    return found, place


def width_of(value: str, module: float) -> float:
    """How wide the code is with both quiet zones, in the unit of `module`."""
    return (bars(value)[1] + 2 * QUIET_MODULES) * module


def draw(
    pen: Pen, value: str, x: float, y: float, *, module: float, height: float, size: float = 3.4
) -> None:
    """Draw the code on white with its quiet zones and, unless `size` is 0, its letters below."""
    found, _ = bars(value)
    wide = width_of(value, module)
    pen.polygon(box(x, y, wide, height + size * 1.25), fill=WHITE, stroke="")
    for place, modules in found:
        left = x + (QUIET_MODULES + place) * module
        pen.polygon(box(left, y, modules * module, height), fill=BLACK, stroke="")
    if size:
        pen.text(x + wide / 2, y + height + size, value, size=size, bold=True, colour=BLACK, anchor="middle")


def write_svg(value: str, path: Path, title: str) -> None:
    """Write the code as an SVG with half-millimetre modules."""
    module, height, margin, size = 0.5, 18.0, 4.0, 5.0
    pen = SvgPen()
    draw(pen, value, 0, margin, module=module, height=height, size=size)
    content = pen.document(width_of(value, module), height + 2 * margin + size * 1.2, title)
    path.write_text(content, encoding="utf-8", newline="\n")


def write_png(value: str, path: Path, *, module: int = 4, height: int = 150, size: int = 40) -> None:
    """Write the code as a PNG whose every module is whole pixels, so that no edge is grey; size 0: without letters."""
    margin = 24
    found, _ = bars(value)
    wide = round(width_of(value, module))
    image = Image.new("L", (wide, height + 2 * margin + size), 255)
    brush = ImageDraw.Draw(image)
    for place, modules in found:
        left = (QUIET_MODULES + place) * module
        brush.rectangle((left, margin, left + modules * module - 1, margin + height - 1), fill=0)
    if size:
        font = ImageFont.truetype(typefaces.path_of(True), size, layout_engine=ImageFont.Layout.BASIC)
        brush.text((wide / 2, margin + height + size), value, font=font, fill=0, anchor="ms")
    image.save(path, optimize=True)
