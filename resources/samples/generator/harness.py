"""WO-2025-0004: the forming board of a cabinet harness, painted as a picture in true colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, pi, sin
from pathlib import Path

from generator import code128
from generator.palette import ACCENT, INK, MUTED, WHITE
from generator.pen import Pen, Point
from generator.pen_image import ImagePen
from generator.shapes import box, curve, regular, rounded
from generator.sheet import COMPANY
from generator.table import Column, table
from generator.typefaces import width_of

ORDER = "WO-2025-0004"
WIDTH, HEIGHT, DENSITY = 300.0, 200.0, 8.0
BOARD, GRID, SHADOW = "#D9C6A0", "#CBB68C", "#B39E74"
COLOURS = {
    "RD": ("#B3261E", "#DD6A62"), "BK": ("#23282D", "#5F676F"), "BU": ("#1F5AA6", "#6C9BD6"),
    "GN": ("#2C7A3F", "#72B783"), "YE": ("#D9A800", "#F5DB73"), "WH": ("#D5D9DC", "#FFFFFF"),
    "BN": ("#6E4222", "#A97B57"), "GY": ("#77828B", "#B4BCC2"), "OG": ("#D26414", "#F2A568"),
}  # fmt: skip
TRUNK = 113.0


@dataclass(frozen=True)
class Branch:
    """One end of the harness: its connector, where it leaves the trunk, and its wires."""

    name: str
    kind: str
    place: Point
    leaves: float
    wires: Sequence[str]
    length: int


BRANCHES = (
    Branch("X1", "Supply, 6-pin", (24, 113), 40, ("RD", "RD", "BK", "BK", "GN", "YE"), 0),
    Branch("X2", "Drive, 4-pin", (78, 70), 60, ("RD", "BK", "BU", "WH"), 380),
    Branch("X3", "Brake, 2-pin", (104, 158), 88, ("BN", "GY"), 420),
    Branch("X4", "Encoder, 6-pin", (142, 70), 122, ("WH", "GN", "BU", "YE", "OG", "GY"), 460),
    Branch("X5", "Lamp, 3-pin", (164, 158), 148, ("OG", "BU", "BK"), 290),
    Branch("X6", "Safety, 4-pin", (196, 113), 180, ("YE", "YE", "GN", "RD"), 610),
)


def write(folder: Path) -> None:
    """Write the picture as a JPEG that stays well below a megabyte."""
    pen = ImagePen(WIDTH, HEIGHT, DENSITY, ground="#F4F6F8")
    _board(pen)
    for branch in BRANCHES:
        _branch(pen, branch)
    _trunk(pen)
    for branch in BRANCHES:
        _connector(pen, branch)
    _banner(pen)
    _lists(pen)
    pen.finished().save(folder / f"{ORDER}.jpg", quality=84, optimize=True)


def _board(pen: Pen) -> None:
    pen.polygon(rounded(5.6, 39.8, 204, 155.6, 3), fill="#C2CAD1", stroke="")
    pen.polygon(rounded(5, 39, 204, 155, 3), fill=BOARD, stroke="#8C7748", width=0.8)
    for x in range(15, 209, 10):
        pen.polyline([(x, 40), (x, 193)], width=0.12, colour=GRID)
    for y in range(49, 194, 10):
        pen.polyline([(6, y), (208, y)], width=0.12, colour=GRID)
    for x, y in ((9, 43), (205, 43), (9, 190), (205, 190)):
        pen.circle(x, y, 2.2, fill="#9AA4AD", stroke="#5D666E", width=0.3)
        pen.polyline([(x - 1.2, y - 1.2), (x + 1.2, y + 1.2)], width=0.5, colour="#4A535A")
    pen.text(12, 188, "Forming board FB-22 · scale 1:5 · lengths in mm", size=4, bold=True, colour="#6B5A34")


def _path(branch: Branch, offset: float) -> list[Point]:
    x, y = branch.place
    if abs(y - TRUNK) < 1:
        return [
            (x, y + offset),
            (x + (branch.leaves - x) * 0.5, y + offset),
            (branch.leaves, TRUNK + offset * 0.8),
        ]
    down = 1 if y > TRUNK else -1
    start = (branch.leaves - 14, TRUNK + offset * 0.6)
    return curve(start, (branch.leaves + 6, start[1]), (x + offset, TRUNK + down * 8), (x + offset, y), 32)


def _wire(pen: Pen, points: Sequence[Point], code: str, width: float = 1.5) -> None:
    dark, bright = COLOURS[code]
    pen.polyline([(x + 0.7, y + 0.9) for x, y in points], width=width, colour=SHADOW)
    pen.polyline(points, width=width, colour=dark)
    pen.polyline([(x - 0.2, y - 0.25) for x, y in points], width=width * 0.28, colour=bright)


def _branch(pen: Pen, branch: Branch) -> None:
    middle = (len(branch.wires) - 1) / 2
    for number, code in enumerate(branch.wires):
        _wire(pen, _path(branch, (number - middle) * 1.6), code)
    if abs(branch.place[1] - TRUNK) > 1:
        points = _path(branch, 0)
        for share in (0.62, 0.82):
            _tie(pen, points, int(share * (len(points) - 1)), 1.0 + middle * 1.6)


def _trunk(pen: Pen) -> None:
    bundle = ("BK", "RD", "BU", "WH", "GN", "YE", "OG", "GY", "BN")
    for number, code in enumerate(bundle):
        wave = [(x, TRUNK + (number - 4) * 1.15 + 0.35 * sin(x / 9 + number)) for x in range(32, 188, 2)]
        _wire(pen, [(float(x), y) for x, y in wave], code, 1.4)
    spine = [(float(x), TRUNK) for x in range(32, 189, 2)]
    for x in (40, 54, 74, 100, 112, 134, 158, 172):
        _tie(pen, spine, (x - 32) // 2, 6.0)
    for x in (47, 81, 128, 165):
        for side in (-8.6, 8.6):
            pen.circle(x + 0.8, TRUNK + side + 1, 1.7, fill=SHADOW, stroke="")
            pen.circle(x, TRUNK + side, 1.7, fill="#C9D1D7", stroke="#5D666E", width=0.3)
            pen.circle(x - 0.4, TRUNK + side - 0.4, 0.6, fill=WHITE, stroke="")


def _tie(pen: Pen, points: Sequence[Point], index: int, reach: float) -> None:
    """A cable tie square across the bundle."""
    (x1, y1), (x2, y2) = points[max(0, index - 1)], points[index + 1]
    way = atan2(y2 - y1, x2 - x1) + pi / 2
    x, y = points[index]
    ends = [(x + s * reach * cos(way), y + s * reach * sin(way)) for s in (-1, 1)]
    pen.polyline(ends, width=1.5, colour="#15191D")
    pen.polygon(
        box(ends[0][0] - 1.1, ends[0][1] - 1.1, 2.2, 2.2), fill="#15191D", stroke="#5B646C", width=0.2
    )


def _connector(pen: Pen, branch: Branch) -> None:
    x, y = branch.place
    sideways = abs(y - TRUNK) < 1
    pins = len(branch.wires)
    long, deep = pins * 2.4 + 4, 11.0
    wide, high = (deep, long) if sideways else (long, deep)
    left = x - (deep if x < 100 else 0) if sideways else x - wide / 2
    top = y - high / 2 if sideways else y - (deep if y < TRUNK else 0)
    pen.polygon(rounded(left + 0.9, top + 1.2, wide, high, 1.2), fill=SHADOW, stroke="")
    pen.polygon(rounded(left, top, wide, high, 1.2), fill="#E9ECEE", stroke="#545E67", width=0.5)
    pen.polygon(box(left + 1, top + 1, wide - 2, 1.2), fill=WHITE, stroke="")
    for pin in range(pins):
        step = (pin - (pins - 1) / 2) * 2.4
        px, py = (
            (left + wide / 2, top + high / 2 + step) if sideways else (left + wide / 2 + step, top + high / 2)
        )
        pen.polygon(box(px - 0.8, py - 0.8, 1.6, 1.6), fill="#4C565E", stroke="")
        pen.circle(px, py, 0.45, fill="#D8B65A", stroke="")
    below = sideways or y > TRUNK
    text_y = top + high + 6.2 if below else top - 8.2
    middle = left + wide / 2
    if sideways:
        middle = min(max(middle, 23), 186)
    _tag(pen, middle, text_y, branch)


def _tag(pen: Pen, x: float, y: float, branch: Branch) -> None:
    words = f"{branch.kind} · {branch.length} mm" if branch.length else branch.kind
    wide = max(width_of(words, 3.1), 16) + 4
    pen.polygon(rounded(x - wide / 2, y - 5.2, wide, 11.6, 1.2), fill=WHITE, stroke=ACCENT, width=0.4)
    pen.text(x, y + 0.2, branch.name, size=5.2, bold=True, colour=ACCENT, anchor="middle")
    pen.text(x, y + 4.7, words, size=3.1, anchor="middle")


def _banner(pen: Pen) -> None:
    pen.polygon(box(0, 0, WIDTH, 34), fill=WHITE, stroke="")
    pen.polygon(box(0, 0, WIDTH, 3), fill=ACCENT, stroke="")
    pen.text(6, 11, COMPANY, size=3.6, colour=MUTED)
    pen.text(6, 21, "Harness Board", size=9, bold=True)
    pen.text(6, 30, "Control cabinet harness CH-88 · 20 pcs", size=4.6)
    pen.text(96, 11, "Work order", size=3.6, colour=MUTED)
    pen.text(96, 27, ORDER, size=14.2, bold=True, colour=ACCENT)
    code128.draw(pen, ORDER, 201, 7, module=0.375, height=19, size=4)
    pen.polygon(box(267, 6, 27, 25), fill=ACCENT, stroke="")
    pen.text(269.5, 11, "Rev.", size=3.6, colour=WHITE)
    pen.text(280.5, 28.6, "D", size=20, bold=True, colour=WHITE, anchor="middle")
    pen.polyline([(0, 34), (WIDTH, 34)], width=0.5, colour=ACCENT)


def _lists(pen: Pen) -> None:
    columns = [Column("End", 13, bold=True), Column("Wires", 47), Column("Strip", 20, "middle")]
    strips = ("7 mm", "7 mm", "5 mm", "4 mm", "5 mm", "5 mm")
    rows = [[b.name, " ".join(b.wires), strip] for b, strip in zip(BRANCHES, strips, strict=True)]
    end = table(pen, 214, 39, columns, rows, size=3.7, row_height=8.4)
    pen.text(214, end + 9, "Colours", size=4.6, bold=True, colour=ACCENT)
    names = {"RD": "red", "BK": "black", "BU": "blue", "GN": "green", "YE": "yellow", "WH": "white",
             "BN": "brown", "GY": "grey", "OG": "orange"}  # fmt: skip
    for number, (code, name) in enumerate(names.items()):
        x, y = 214 + number % 3 * 27, end + 15 + number // 3 * 7.4
        pen.polygon(regular(x + 2.6, y - 1.2, 2.6, 32), fill=COLOURS[code][0], stroke=INK, width=0.2)
        pen.text(x + 7, y, f"{code} {name}", size=3.6)
    pen.text(214, end + 43, "Check before you take it off", size=4.6, bold=True, colour=ACCENT)
    checks = (
        "Every wire pulls 60 N without slipping",
        "Ties cut flush, 40 to 60 mm apart",
        "X1 and X6 locked, seals seated",
        "Continuity tester CT-5: green",
        "Label with serial number on X1",
    )
    for number, check in enumerate(checks):
        y = end + 50.5 + number * 7.2
        pen.polygon(box(214.4, y - 3.2, 3.8, 3.8), fill=WHITE, stroke=INK, width=0.4)
        pen.text(221, y, check, size=3.8)
    pen.text(214, 188, "Customer: Lumen Rail Systems", size=3.8, bold=True)
    pen.text(214, 193.5, "Due 2025-12-11 · Benchcast sample document", size=3.4, colour=MUTED)
