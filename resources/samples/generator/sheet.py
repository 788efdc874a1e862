"""The frame of every work order: number, barcode and revision at the top, page and order at the foot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from generator import code128
from generator.palette import ACCENT, ACCENT_PALE, INK, MUTED, RULE, WARNING, WARNING_PALE, WHITE
from generator.pen import Pen
from generator.pen_pdf import PdfPen
from generator.shapes import box
from generator.typefaces import REGULAR, fitted, wrapped

WIDTH, HEIGHT = 297.0, 210.0
LEFT, RIGHT = 8.0, 289.0
BODY_TOP, BODY_BOTTOM = 56.0, 198.0
COMPANY = "가온누리 정공 · GAONNURI WORKS"


@dataclass(frozen=True)
class Words:
    """What the frame says, in the language of the order."""

    order: str
    revision: str
    issued: str
    page: str
    sample: str


KOREAN = Words("작업지시 번호", "개정", "발행일", "쪽", "벤치캐스트 견본 문서")
ENGLISH = Words("Work order", "Rev.", "Issued", "Page", "Benchcast sample document")
BOTH = Words(
    "작업지시 번호 · Work order", "개정 · Rev.", "발행일 · Issued", "쪽 · Page", "견본 문서 · Sample document"
)


@dataclass(frozen=True)
class Head:
    """What every page of a document repeats; `fields` are (label, value, width in millimetres)."""

    order: str
    kind: str
    title: str
    revision: str
    issued: str
    fields: Sequence[tuple[str, str, float]]
    words: Words


def write_pdf(path: Path, head: Head, pages: Sequence[Callable[[Pen], None]]) -> None:
    """Write one landscape A4 document, the same bytes every time."""
    # Without a first font of ours, reportlab lists its own Helvetica, which no file brings along.
    canvas = Canvas(
        str(path), pagesize=(WIDTH * mm, HEIGHT * mm), invariant=1, pageCompression=1, initialFontName=REGULAR
    )
    canvas.setTitle(f"{head.order} {head.kind} {head.revision}")
    canvas.setAuthor("Benchcast")
    canvas.setSubject(head.title)
    for number, page in enumerate(pages, start=1):
        pen = PdfPen(canvas, HEIGHT)
        frame(pen, head, number, len(pages))
        page(pen)
        canvas.showPage()
    canvas.save()


def frame(pen: Pen, head: Head, number: int, pages: int) -> None:
    """Draw what stands on every page."""
    pen.polygon(box(0, 0, WIDTH, 3.2), fill=ACCENT, stroke="")
    pen.text(LEFT, 12, COMPANY, size=3.3, colour=MUTED)
    pen.text(LEFT, 21.5, head.kind, size=fitted(head.kind, 75, 8.2, True), bold=True)
    pen.text(LEFT, 30, head.title, size=fitted(head.title, 75, 5.0), colour=INK)
    pen.text(90, 12, head.words.order, size=3.3, colour=MUTED)
    pen.text(90, 28, head.order, size=fitted(head.order, 103, 14.5, True), bold=True, colour=ACCENT)
    module = 0.36
    code128.draw(pen, head.order, 196, 7, module=module, height=18, size=4.0)
    pen.polygon(box(264, 7, RIGHT - 264, 25), fill=ACCENT, stroke="")
    pen.text(266.5, 12, head.words.revision, size=3.3, colour=WHITE)
    pen.text(276.5, 29.5, head.revision, size=19, bold=True, colour=WHITE, anchor="middle")
    pen.polygon(box(LEFT, 36, RIGHT - LEFT, 16), fill=ACCENT_PALE, stroke=INK)
    x = LEFT
    for label, value, width in head.fields:
        pen.text(x + 2.2, 41.2, label, size=3.0, colour=MUTED)
        pen.text(x + 2.2, 49, value, size=fitted(value, width - 4, 5.6, True), bold=True)
        x += width
        if x < RIGHT - 1:
            pen.polyline([(x, 36), (x, 52)], width=0.2, colour=RULE)
    pen.polyline([(LEFT, 201), (RIGHT, 201)], width=0.25, colour=RULE)
    left = f"{head.order}   ·   {head.words.revision} {head.revision}   ·   {head.words.issued} {head.issued}"
    pen.text(LEFT, 206, left, size=3.1, colour=MUTED)
    pen.text(WIDTH / 2, 206, head.words.sample, size=3.1, colour=MUTED, anchor="middle")
    pen.text(RIGHT, 206, f"{head.words.page} {number} / {pages}", size=3.6, bold=True, anchor="end")


def heading(pen: Pen, x: float, y: float, text: str) -> None:
    """The title of a block, with its accent bar, standing above y."""
    pen.polygon(box(x, y - 4.6, 1.2, 4.8), fill=ACCENT, stroke="")
    pen.text(x + 3, y - 0.8, text, size=4.2, bold=True, colour=ACCENT)


def paragraph(pen: Pen, x: float, y: float, text: str, width: float, *, size: float = 3.6) -> float:
    """Write wrapped text from its first baseline and return the y of the next line."""
    for line in wrapped(text, width, size):
        pen.text(x, y, line, size=size)
        y += size * 1.42
    return y


def notes(pen: Pen, x: float, y: float, width: float, items: Sequence[str], *, size: float = 3.6) -> float:
    """A numbered list from its first baseline; returns the y of the next line."""
    for number, item in enumerate(items, start=1):
        pen.text(x, y, f"{number}.", size=size, bold=True, colour=ACCENT)
        y = paragraph(pen, x + size * 1.5, y, item, width - size * 1.5, size=size) + 0.7
    return y


def caution(pen: Pen, x: float, y: float, width: float, text: str, *, size: float = 3.7) -> float:
    """A warning in a box with a triangle; returns the y of its lower edge."""
    lines = wrapped(text, width - 17, size, True)
    high = max(10.0, len(lines) * size * 1.35 + 4.5)
    pen.polygon(box(x, y, width, high), fill=WARNING_PALE, stroke=WARNING, width=0.5)
    middle = y + high / 2
    pen.polygon(
        [(x + 7.5, middle - 4), (x + 12, middle + 3.4), (x + 3, middle + 3.4)], fill=WARNING, stroke=""
    )
    pen.text(x + 7.5, middle + 2.5, "!", size=5, bold=True, colour=WHITE, anchor="middle")
    first = middle - (len(lines) - 1) * size * 0.675 + size * 0.36
    for number, line in enumerate(lines):
        pen.text(x + 15, first + number * size * 1.35, line, size=size, bold=True, colour=WARNING)
    return y + high


def sign_off(pen: Pen, x: float, y: float, width: float, height: float, *, roles: Sequence[str]) -> None:
    """One box per role, with room for a name or a stamp."""
    each = width / len(roles)
    for index, role in enumerate(roles):
        left = x + index * each
        pen.polygon(box(left, y, each, height), stroke=INK)
        pen.polygon(box(left, y, each, 6), fill=ACCENT_PALE, stroke=INK)
        pen.text(left + each / 2, y + 4.2, role, size=3.1, bold=True, anchor="middle")
        pen.polyline([(left + 3, y + height - 5), (left + each - 3, y + height - 5)], width=0.2, colour=RULE)
