"""The drawing of the spindle shaft: its outline, and the 16:9 sheet with every dimension."""

from collections.abc import Sequence

from generator import code128
from generator.drafting import arrow, dimension, leader
from generator.palette import ACCENT, ACCENT_PALE, INK, MUTED, STEEL, WHITE
from generator.pen import CHAIN, Pen, Point, Scaled
from generator.pen_svg import SvgPen
from generator.shapes import box, hatch, regular
from generator.sheet import COMPANY

ORDER = "WO-2025-0003"
# (from, to, diameter) of each step of the shaft, in millimetres from its left face.
STEPS = ((0, 45, 30), (45, 115, 40), (115, 127, 56), (127, 247, 45), (247, 287, 40), (287, 312, 36))
LENGTH = STEPS[-1][1]
CHAMFER = 1.6
WIDTH, HEIGHT = 384.0, 216.0


def outline(view: Scaled) -> None:
    """The shaft from the side, with chamfers, thread, keyway and centre line."""
    for start, end, diameter in STEPS:
        r = diameter / 2
        view.polygon(
            [
                (start, -r + CHAMFER), (start + CHAMFER, -r), (end - CHAMFER, -r), (end, -r + CHAMFER),
                (end, r - CHAMFER), (end - CHAMFER, r), (start + CHAMFER, r), (start, r - CHAMFER),
            ],
            fill="#E4EAEF",
            width=0.5,
        )  # fmt: skip
        for x in (start + CHAMFER, end - CHAMFER):
            view.polyline([(x, -r), (x, r)], width=0.25)
    for y in (-16.4, 16.4):
        view.polyline([(288.6, y), (310.4, y)], width=0.25)
    view.polygon([(8, -4), (36, -4), (36, 4), (8, 4)], fill=STEEL, width=0.35)
    view.polyline([(-10, 0), (LENGTH + 10, 0)], width=0.18, dash=CHAIN)


def drawing() -> str:
    """The whole sheet as SVG."""
    pen = SvgPen()
    pen.polygon(box(5, 5, WIDTH - 10, HEIGHT - 10), stroke=INK, width=0.7)
    view = Scaled(pen, 40, 76, 0.98)
    outline(view)
    _lengths(view)
    _diameters(view)
    _tolerance(pen, view.at(12, -15), (46, 14), ("↗", "0.005", "A–B"))
    _tolerance(pen, view.at(150, -22.5), (180, 14), ("↗", "0.010", "A–B"))
    _datum(view, 80, 20, "A")
    _datum(view, 267, 20, "B")
    _keyway(pen, 44, 177)
    _remarks(pen)
    _title_block(pen)
    return pen.document(WIDTH, HEIGHT, f"{ORDER} 스핀들 샤프트 도면")


def _lengths(view: Scaled) -> None:
    pen = view.pen
    for start, end, diameter in STEPS:
        left, right = (start, diameter), (end, diameter)
        points = [view.at(x, -d / 2) for x, d in (left, right)]
        level = view.at(0, -28)[1] - 12.0
        dimension(pen, points[0], points[1], points[0][1] - level, f"{end - start}", size=4.2)
    dimension(pen, view.at(0, 20), view.at(LENGTH, 20), -46, f"{LENGTH} ±0.1", size=4.8, bold=True)
    dimension(pen, view.at(45, 20), view.at(287, 20), -33, "242 ±0.05", size=4.5)


def _diameters(view: Scaled) -> None:
    labels = ("Ø30 k6", "Ø40 h6", "", "Ø45 ±0.1", "Ø40 k6", "")
    for (start, end, _), label in zip(STEPS, labels, strict=True):
        if not label:
            continue
        x, y = view.at((start + end) / 2, 0)
        offset = 6.5 if start else 12.5
        view.pen.polygon(box(x - 11, y + offset - 4.8, 22, 6), fill="#E4EAEF", stroke="")
        view.pen.text(x, y + offset, label, size=5, bold=True, colour=ACCENT, anchor="middle")
    pen = view.pen
    leader(pen, view.at(121, 28), view.at(134, 42), "Ø56", size=4.4, bold=True)
    leader(pen, view.at(300, -18), view.at(310, -54), "M36 × 1.5 – 6g", size=4.4, bold=True)
    leader(pen, view.at(245.4, 22.5), view.at(220, 36), "R0.5 언더컷 2개소", size=3.9)
    for x, y, value in ((32, -15, "0.4"), (100, -20, "0.4"), (273, -20, "0.2")):
        _finish(pen, view.at(x, y), value)


def _finish(pen: Pen, place: Point, value: str) -> None:
    """The roughness sign of ISO 1302."""
    x, y = place
    pen.polyline([(x - 1.8, y - 3.1), (x, y), (x + 3.6, y - 6.2)], width=0.25)
    pen.polyline([(x - 1.8, y - 3.1), (x + 1.8, y - 3.1)], width=0.25)
    pen.text(x - 2, y - 4, value, size=3.0, anchor="middle")


def _tolerance(pen: Pen, tip: Point, place: Point, cells: Sequence[str]) -> None:
    """A tolerance frame with an arrow to the surface it is about."""
    x, y = place
    widths = (8, 17, 14)
    pen.polyline([tip, (tip[0], y + 4), (x + sum(widths), y + 4)], width=0.2)
    arrow(pen, tip, (tip[0], tip[1] - 5), colour=INK)
    for cell, width in zip(cells, widths, strict=True):
        pen.polygon(box(x, y, width, 8), fill=WHITE, width=0.35)
        if cell == "↗":
            pen.polyline([(x + 2.2, y + 6.2), (x + 5.4, y + 2)], width=0.35)
            arrow(pen, (x + 5.9, y + 1.4), (x + 2.2, y + 6.2), colour=INK)
        else:
            pen.text(x + width / 2, y + 5.7, cell, size=4.2, bold=True, anchor="middle")
        x += width


def _datum(view: Scaled, x: float, radius: float, letter: str) -> None:
    """A datum triangle with its letter below the surface."""
    left, top = view.at(x, radius)
    view.pen.polygon([(left, top), (left - 2.4, top + 4), (left + 2.4, top + 4)], fill=INK, stroke="")
    view.pen.polyline([(left, top + 4), (left, top + 8)], width=0.3)
    view.pen.polygon(box(left - 3.6, top + 8, 7.2, 7.2), fill=WHITE, width=0.4)
    view.pen.text(left, top + 13.4, letter, size=5, bold=True, anchor="middle")


def _keyway(pen: Pen, x: float, y: float) -> None:
    """The cut through the keyway."""
    view = Scaled(pen, x, y, 1.05)
    disc = regular(0, 0, 15, 72)
    hatch(view, disc, 3.4, colour=MUTED)
    view.polygon(disc, width=0.6)
    view.polygon(box(-4, -16, 8, 5), fill=WHITE, stroke=WHITE, width=0.8)
    view.polyline([(-4, -14.5), (-4, -11), (4, -11), (4, -14.5)], width=0.6)
    view.polyline([(-20, 0), (20, 0)], width=0.15, dash=CHAIN)
    view.polyline([(0, -20), (0, 20)], width=0.15, dash=CHAIN)
    dimension(pen, view.at(-4, -14), view.at(4, -14), 6, "8 N9", size=3.8)
    dimension(pen, view.at(4, -11), view.at(4, 15), 22, "26 0/–0.2", size=3.8)
    pen.text(x, y + 25, "키 홈 단면 (2:1)", size=4.0, bold=True, anchor="middle")


def _remarks(pen: Pen) -> None:
    pen.text(96, 158, "주기", size=5, bold=True, colour=ACCENT)
    lines = (
        "1. 지시 없는 모따기 C1.6, 모서리 R0.3",
        "2. 고주파 열처리 HRC 58–62, 깊이 1.5 이상",
        "3. 양 센터 구멍 A4/8.5 (KS B 0410) 유지",
        "4. 일반 공차 KS B ISO 2768-mK",
        "5. 연삭 후 자분 탐상 검사, 잔류 자기 3 G 이하",
    )
    for number, line in enumerate(lines):
        pen.text(96, 167 + number * 8, line, size=4.3)


def _title_block(pen: Pen) -> None:
    left, top, wide = 213.0, 146.0, 166.0
    pen.polygon(box(left, top, wide, 65), fill=WHITE, width=0.7)
    pen.polygon(box(left, top, 26, 32), fill=ACCENT, stroke="")
    pen.text(left + 3, top + 6, "개정", size=3.8, colour=WHITE)
    pen.text(left + 13, top + 27, "B", size=22, bold=True, colour=WHITE, anchor="middle")
    pen.text(left + 30, top + 7, "작업지시 번호", size=3.6, colour=MUTED)
    pen.text(left + 30, top + 18.5, ORDER, size=8.8, bold=True, colour=ACCENT)
    pen.text(left + 30, top + 28.5, "스핀들 샤프트 SS-3060-07", size=5.2, bold=True)
    code128.draw(pen, f"{ORDER}+D2", left + 100, top + 3, module=0.29, height=20, size=3.8)
    pen.polyline([(left, top + 32), (left + wide, top + 32)], width=0.5)
    cells = (
        ("재질", "SCM440"), ("척도", "1:1"), ("단위", "mm"), ("투상법", "3각법"),
        ("설계", "이서준 2025-10-28"), ("검도", "박하윤 2025-11-03"), ("승인", "최도현 2025-11-05"),
        ("변경", "B: Ra 0.4 → 0.2 (④)"),
    )  # fmt: skip
    each = wide / 4
    for index, (label, value) in enumerate(cells):
        x, y = left + index % 4 * each, top + 32 + index // 4 * 12.5
        pen.polygon(box(x, y, each, 12.5), fill=ACCENT_PALE if index < 4 else WHITE, width=0.3)
        pen.text(x + 2, y + 4.4, label, size=3.1, colour=MUTED)
        pen.text(x + 2, y + 10.3, value, size=4.2 if index >= 4 else 4.6, bold=True)
    pen.text(left + 3, top + 62.3, COMPANY, size=3.8, bold=True)
    pen.text(
        left + wide - 3, top + 62.3, "벤치캐스트 견본 문서 · 장 1 / 1", size=3.6, colour=MUTED, anchor="end"
    )
