"""Documents as they should not be, and some that only look so; each is made when a test wants it."""

import io
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from helpers.paper_samples import BLUE, GREEN, RED, drawing, pdf, picture
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

A0 = (2384, 3370)  # points
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="400" height="300"'

Maker = Callable[[Path], Path]


def raw_pdf(path: Path, *objects: bytes, pages: bytes = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>") -> Path:
    """A PDF of these objects, from number 3 on; 1 is the catalogue, 2 the tree of pages."""
    file = io.BytesIO()
    file.write(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate((b"<< /Type /Catalog /Pages 2 0 R >>", pages, *objects), 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    for place in places:
        file.write(b"%010d 00000 n \n" % place)
    file.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, start))
    path.write_bytes(file.getvalue())
    return path


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page(
    box: bytes = b"0 0 400 300", resources: bytes = b"<< >>", extra: bytes = b"/Contents 4 0 R"
) -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Resources %s %s >>" % (box, resources, extra)


ALL_RED = b"0.863 0 0 rg -9000 -9000 18000 18000 re f "


ENDLESS_RED = b"0.863 0 0 rg -999999999 -999999999 1999999999 1999999999 re f "


def boxed(box: bytes, content: bytes = ALL_RED) -> Maker:
    return lambda path: raw_pdf(path, page(box), stream(content))


def embedded_picture(data: bytes, code: bytes, size: tuple[int, int]) -> Maker:
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d %s" % (*size, code)
    return lambda path: raw_pdf(
        path,
        page(resources=b"<< /XObject << /I 5 0 R >> >>"),
        stream(ALL_RED + b"q 400 0 0 300 0 0 cm /I Do Q"),
        stream(data, entries),
    )


def jpeg_2000() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), BLUE).save(file, "JPEG2000")
    return file.getvalue()


def form_that_draws_itself(path: Path) -> Path:
    resources = b"<< /XObject << /F 5 0 R >> >>"
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 400 300] /Resources " + resources
    return raw_pdf(path, page(resources=resources), stream(ALL_RED + b"/F Do"), stream(b"/F Do", form))


def form_bomb(path: Path, depth: int = 9) -> Path:
    """Forms that draw the next one ten times each: a billion squares in two kilobytes."""
    forms = []
    for level in range(depth):
        following = b"<< /XObject << /F %d 0 R >> >>" % (6 + level)
        inside = b"0 0 9 9 re f" if level == depth - 1 else b"/F Do " * 10
        forms.append(
            stream(inside, b"/Type /XObject /Subtype /Form /BBox [0 0 400 300] /Resources " + following)
        )
    return raw_pdf(path, page(resources=b"<< /XObject << /F 5 0 R >> >>"), stream(b"/F Do"), *forms)


def deep_brackets(path: Path) -> Path:
    return raw_pdf(
        path, page(extra=b"/Contents 4 0 R /Deep " + b"[" * 50_000 + b"]" * 50_000), stream(ALL_RED)
    )


def owner_locked(path: Path) -> Path:
    """Anybody may read it, but not print: no password is needed to open it."""
    canvas = Canvas(str(path), pagesize=(400, 300), encrypt=StandardEncryption("", "owner", canPrint=0))
    canvas.setFillColorRGB(*(part / 255 for part in GREEN))
    canvas.rect(0, 0, 400, 300, fill=1, stroke=0)
    canvas.save()
    return path


def hangul_without_a_font(path: Path) -> Path:
    """Korean text in a font that the file does not bring along."""
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    canvas = Canvas(str(path), pagesize=(400, 300))
    canvas.setFont("HYSMyeongJo-Medium", 90)
    canvas.drawString(20, 120, "작업지시")
    canvas.save()
    return path


def large_pdf(path: Path, megabytes: int = 100) -> Path:
    """Ten pages and an attachment that nobody looks at, as a file from a CAD system may have."""
    pdf(path, [RED, GREEN] * 5)
    content = path.read_bytes()
    with path.open("wb") as file:
        file.write(b"%PDF-1.4\n")
        block = b"%" + b"x" * 999_998 + b"\n"
        for _ in range(megabytes):
            file.write(block)
        # The offsets in the table are wrong now; a reader has to find the objects itself, through all of it.
        file.write(content)
    return path


def bytes_of(content: bytes) -> Maker:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def beginning_of(make: Maker, share: float) -> Maker:
    def cut(path: Path) -> Path:
        make(path)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        return path

    return cut


def without_its_table(path: Path) -> Path:
    """Everything but the end that says where the table of everything is."""
    content = pdf(path, [RED] * 3).read_bytes()
    path.write_bytes(content[: content.rindex(b"startxref")])
    return path


def animated_gif(path: Path) -> Path:
    frames = [Image.new("P", (400, 300), 0), Image.new("P", (400, 300), 1)]
    for frame in frames:
        frame.putpalette([*RED, *BLUE])
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=20, loop=0)
    return path


def printers_jpeg(path: Path) -> Path:
    """Red as a printer mixes it."""
    Image.new("CMYK", (400, 300), (0, 255, 255, 30)).save(path, quality=95)
    return path


def deep_png(path: Path) -> Path:
    """16 bits for every colour."""
    red = bytes([220, 0, 0, 0, 0, 0])
    rows = (b"\0" + red * 400) * 300

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (400).to_bytes(4, "big") + (300).to_bytes(4, "big") + bytes([16, 2, 0, 0, 0])
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path


def faxes(path: Path) -> Path:
    pages = [Image.new("RGB", (400, 300), colour) for colour in (RED, GREEN, BLUE)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_lzw")
    return path


def svg(inside: str, *, before: str = "", attributes: str = SVG) -> Maker:
    return bytes_of(f"{before}<svg {attributes}>{inside}</svg>".encode())


RED_SQUARE = f'<rect width="400" height="300" fill="rgb{RED}"/>'


def svg_that_opens_a_file(link: str) -> Maker:
    """A red drawing, over which a picture of this machine would be seen if it were opened."""

    def make(path: Path) -> Path:
        secret = picture(path.with_name("secret.png"), GREEN)
        href = link.format(path=secret, name=secret.name)
        return svg(f'{RED_SQUARE}<image width="400" height="300" {href}/>')(path)

    return make


def billion_laughs(path: Path) -> Path:
    names = "abcdefghij"
    entities = f'<!ENTITY a "{"ha" * 10}">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    return svg(f"<text>&{names[-1]};</text>", before=f"<!DOCTYPE svg [{entities}]>")(path)


def svg_use_bomb(path: Path) -> Path:
    """A drawing that uses a part that uses a part, ten times each: a hundred million squares."""
    parts = '<g id="u0"><rect width="9" height="9"/></g>' + "".join(
        f'<g id="u{level + 1}">{f"""<use xlink:href="#u{level}"/>""" * 10}</g>' for level in range(8)
    )
    return svg(f'<defs>{parts}</defs><use xlink:href="#u8"/>')(path)


def photo(turned: int) -> Maker:
    return lambda path: picture(path, RED, size=(300, 400), turned=turned)


def plain_drawing(path: Path) -> Path:
    return drawing(path, RED)
