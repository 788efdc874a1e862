"""Labels to print: the order's number as Code 128 and as a QR code, on sheets of A4 or on a roll of 62 mm.

How it works: reportlab draws a PDF in millimetres, so that a bar is as wide on paper as it is meant; a page says that
it must not be scaled. Code 128 holds ASCII alone, so an order with other letters has its QR code only. Both codes hold
the order's number and nothing else: what a scanner types is what the order is called.

What must always hold: no bar is narrower than `NARROWEST`, or it is not drawn and the QR code takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from relay.contract.orders import OrderInfo
from relay.flows.display.label_sizes import LabelSize

FONTS = Path(__file__).resolve().parents[3] / "resources" / "fonts"
REGULAR, BOLD = "NanumGothic", "NanumGothicBold"
# Millimetres. A hand scanner reads 0.25 mm; office printers hold 0.19 mm.
NARROWEST, WIDEST = 0.19, 0.42
QUIET_MODULES = 10
BARS = 13.0
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How labels lie on a page, in millimetres."""

    width: float
    height: float
    columns: int
    rows: int
    left: float
    top: float
    label_width: float
    label_height: float


# 2 x 7 labels of 99.1 x 38.1 mm (Avery L7163 and its like), and Brother's DK-22205 roll, cut at 40 mm.
SHEETS: dict[LabelSize, _Sheet] = {
    "a4": _Sheet(210.0, 297.0, 2, 7, 5.9, 15.15, 99.1, 38.1),
    "62mm": _Sheet(62.0, 40.0, 1, 1, 0.0, 0.0, 62.0, 40.0),
}


def draw_labels(orders: Sequence[OrderInfo], size: LabelSize, *, title: str) -> bytes:
    """Draw one label for each order, as a PDF. It takes a few milliseconds per label and blocks."""
    _load_fonts()
    sheet = SHEETS[size]
    out = BytesIO()
    canvas = Canvas(out, pagesize=(sheet.width * mm, sheet.height * mm), pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("Benchcast")
    # Viewers fit the page to the paper otherwise, and the bars would not be as wide as they are meant.
    canvas.setViewerPreference("PrintScaling", "None")
    on_page = sheet.columns * sheet.rows
    for index, order in enumerate(orders):
        place = index % on_page
        if index and place == 0:
            canvas.showPage()
        gap = (sheet.width - 2 * sheet.left - sheet.columns * sheet.label_width) / max(1, sheet.columns - 1)
        x = sheet.left + place % sheet.columns * (sheet.label_width + (gap if sheet.columns > 1 else 0))
        y = sheet.height - sheet.top - (place // sheet.columns + 1) * sheet.label_height
        _draw_label(canvas, order, x, y, sheet)
    canvas.save()
    return out.getvalue()


def modules_of(text: str) -> tuple[list[tuple[int, int]], int] | None:
    """Return the black bars of a Code 128 as (first module, modules), and their sum; None where it cannot hold it."""
    if not all(" " <= sign <= "~" for sign in text):
        return None
    code: Any = Code128(text)
    code.validate()
    code.encode()
    code.decompose()
    bars: list[tuple[int, int]] = []
    place = 0
    for letter in code.decomposed:
        wide = ord(letter.lower()) - ord("a") + 1
        if letter.isupper():
            bars.append((place, wide))
        place += wide
    return bars, place


def _draw_label(canvas: Canvas, order: OrderInfo, x: float, y: float, sheet: _Sheet) -> None:
    margin = 3.0
    wide, high = sheet.label_width - 2 * margin, sheet.label_height
    qr_side = 17.0
    text_wide = wide - qr_side - 2
    bars = _bars_that_fit(order.order_id, wide)
    if bars is None:
        qr_side = 30.0 if sheet.label_height < 45 else 34.0
        text_wide = wide - qr_side - 2
    _draw_qr(canvas, order.order_id, x + margin + wide - qr_side, y + high - margin + 1 - qr_side, qr_side)
    line = y + high - 8.0
    _write(canvas, order.order_id, x + margin, line, size=5.2, wide=text_wide, font=BOLD)
    rest = [text for text in (order.title, order.customer, order.due_date) if text and text != order.order_id]
    for text in rest[: 3 if bars is None or high >= 40 else 2]:
        line -= 4.6
        _write(canvas, text, x + margin, line, size=3.4, wide=text_wide, font=REGULAR)
    if bars is not None:
        _draw_bars(canvas, bars, x + margin, y + margin, wide)


def _bars_that_fit(text: str, wide: float) -> tuple[list[tuple[int, int]], int] | None:
    found = modules_of(text)
    return None if found is None or wide / (found[1] + 2 * QUIET_MODULES) < NARROWEST else found


def _draw_bars(
    canvas: Canvas, found: tuple[list[tuple[int, int]], int], x: float, y: float, wide: float
) -> None:
    bars, modules = found
    module = min(WIDEST, wide / (modules + 2 * QUIET_MODULES))
    start = x + (wide - modules * module) / 2
    canvas.setFillGray(0)
    for place, count in bars:
        canvas.rect((start + place * module) * mm, y * mm, count * module * mm, BARS * mm, stroke=0, fill=1)


def _draw_qr(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    code = segno.make(text, error="m", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix]
    # Four modules of white around it, as ISO/IEC 18004 asks.
    module = side / (len(rows) + 8)
    canvas.setFillGray(0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                left, bottom = x + (across + 4) * module, y + side - (down + 5) * module
                # A hair wider, so that no light line is between two dark modules.
                canvas.rect(
                    left * mm, bottom * mm, (module + 0.01) * mm, (module + 0.01) * mm, stroke=0, fill=1
                )


def _write(canvas: Canvas, text: str, x: float, y: float, *, size: float, wide: float, font: str) -> None:
    """Write one line, smaller and then shorter until it fits."""
    points = size * mm
    while pdfmetrics.stringWidth(text, font, points) > wide * mm and points > size * mm * 0.6:
        points *= 0.95
    shown = text
    while shown and pdfmetrics.stringWidth(shown, font, points) > wide * mm:
        shown = shown.removesuffix(ELLIPSIS)[:-1] + ELLIPSIS if len(shown) > 2 else ""
    canvas.setFillGray(0)
    canvas.setFont(font, points)
    canvas.drawString(x * mm, y * mm, shown)


@cache
def _load_fonts() -> None:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
