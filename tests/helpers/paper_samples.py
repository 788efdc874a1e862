"""Small documents whose every part has a colour of its own, so that a test can tell by one pixel what it sees."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

RED = (220, 0, 0)
GREEN = (0, 160, 60)
BLUE = (0, 40, 220)
YELLOW = (240, 200, 0)
WHITE = (255, 255, 255)

Colour = tuple[int, int, int]


def pdf(
    path: Path,
    colours: Sequence[Colour] = (RED,),
    *,
    size: tuple[float, float] = (400, 300),
    password: str | None = None,
) -> Path:
    """One page for each colour, filled with it, except a small white square in its top left corner."""
    lock = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(str(path), pagesize=size, encrypt=lock)
    for colour in colours:
        canvas.setFillColorRGB(*(part / 255 for part in colour))
        canvas.rect(0, 0, *size, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(0, size[1] - 40, 40, 40, fill=1, stroke=0)
        canvas.showPage()
    canvas.save()
    return path


def heavy_pdf(path: Path, *, lines: int) -> Path:
    """A blue page under so many thin lines in its lower right corner that drawing it takes its time."""
    canvas = Canvas(str(path), pagesize=(400, 300), pageCompression=0)
    canvas.setFillColorRGB(*(part / 255 for part in BLUE))
    canvas.rect(0, 0, 400, 300, fill=1, stroke=0)
    canvas.setLineWidth(0.1)
    drawing = "".join(
        f"{300 + step % 97} {step % 89} m {300 + step % 89} {step % 97} l S\n" for step in range(lines)
    )
    canvas._code.append(drawing)
    canvas.save()
    return path


def picture(
    path: Path, colour: Colour = GREEN, *, size: tuple[int, int] = (400, 300), turned: int = 1
) -> Path:
    """A picture with a white square in the top left corner of its pixels; `turned` is its EXIF orientation."""
    image = Image.new("RGB", size, colour)
    image.paste(WHITE, (0, 0, size[0] // 10, size[0] // 10))
    exif = Image.Exif()
    exif[0x0112] = turned
    image.save(path, exif=exif, **({"quality": 95} if path.suffix == ".jpg" else {}))
    return path


def drawing(path: Path, colour: Colour = YELLOW) -> Path:
    """An SVG of 400 x 300 with a white square in its top left corner."""
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300" viewBox="0 0 400 300">'
        f'<rect width="400" height="300" fill="rgb{colour}"/><rect width="40" height="40" fill="white"/></svg>'
    )
    return path


def near(seen: Colour, wished: Colour, tolerance: int = 6) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(seen[:3], wished, strict=True))
