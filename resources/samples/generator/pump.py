"""WO-2025-0002: assembly of a coolant pump, six pages in English from parts list to checklist."""

from collections.abc import Callable
from math import dist
from pathlib import Path

from generator import pump_parts
from generator.drafting import arrow, balloon, called_out
from generator.palette import ACCENT, ACCENT_PALE, INK, MUTED, RULE, STEEL, WHITE
from generator.pen import Pen, Scaled
from generator.pump_steps import STEPS
from generator.shapes import arc, box, regular
from generator.sheet import ENGLISH, LEFT, RIGHT, Head, caution, heading, notes, sign_off, write_pdf
from generator.table import Column, table

ORDER = "WO-2025-0002"
HEAD = Head(
    ORDER,
    "Assembly Instruction",
    "Coolant pump CP-210, 0.75 kW",
    "B",
    "2025-11-10",
    (
        ("Part no.", "CP-210-B", 46),
        ("Quantity", "12 pcs", 34),
        ("Serial no.", "25-4471 to 25-4482", 66),
        ("Customer", "Fairwater Machine Tools", 70),
        ("Station", "Bench 4", 32),
        ("Due", "2025-12-09", 33),
    ),
    ENGLISH,
)


def write(folder: Path) -> None:
    """Write the six pages."""
    steps = [_pair_of_steps(first) for first in (0, 2, 4)]
    write_pdf(folder / f"{ORDER}.pdf", HEAD, [_overview, *steps, _torques, _checklist])


def _overview(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "Parts list")
    columns = [
        Column("No.", 12, "middle", bold=True),
        Column("Part", 60),
        Column("Code", 32),
        Column("Qty", 16, "middle", bold=True),
    ]
    parts = pump_parts.PARTS.values()
    rows = [[part.number, part.name, part.code, str(part.quantity)] for part in parts]
    table(
        pen, LEFT, 63, columns, [*rows, ["12", "Key 5 × 5 × 16", "DIN 6885", "1"]], size=3.7, row_height=8.6
    )
    caution(pen, LEFT, 180, 120, "Clean bench only. Check every part against the list before you begin.")
    heading(pen, 134, 61.5, "Pump in section")
    pen.text(RIGHT, 60.7, "All threads dry unless stated", size=3.3, colour=MUTED, anchor="end")
    pen.polygon(box(134, 63, RIGHT - 134, 132), stroke=INK)
    view = Scaled(pen, 155, 132, 0.62)
    pump_parts.draw(view, pump_parts.PARTS)
    for number, tip, place in (
        ("1", (62, -31), (62, -62)), ("2", (10, 3), (4, 48)), ("3", (45, 19), (38, 62)),
        ("4", (99, 19), (72, 76)), ("5", (34, -25), (24, -54)), ("6", (117, 15), (98, 92)),
        ("7", (134, 30), (134, 92)), ("8", (156, 6), (178, 74)), ("9", (112.6, -56), (86, -84)),
        ("10", (152, -60), (186, -80)), ("11", (97, 62), (84, 92)),
    ):  # fmt: skip
        called_out(pen, view.at(*tip), view.at(*place), number)


def _pair_of_steps(first: int) -> Callable[[Pen], None]:
    def page(pen: Pen) -> None:
        _step(pen, LEFT, first)
        _step(pen, 151, first + 1)

    return page


def _step(pen: Pen, x: float, index: int) -> None:
    step, wide = STEPS[index], 138.0
    pen.polygon(box(x, 57, wide, 12), fill=ACCENT_PALE, stroke="")
    balloon(pen, x + 7, 63, str(index + 1), radius=5)
    pen.text(x + 15, 65.2, step.title, size=6, bold=True)
    pen.polygon(box(x, 69, wide, 78), fill=WHITE, stroke=INK)
    view = Scaled(pen, x + 32, 112.5, 0.42)
    pump_parts.draw(view, [*step.present, *step.added], shifts=step.added, new=step.added)
    for number, place in step.marks.items():
        part = pump_parts.PARTS[number]
        shift = step.added[number]
        corners = [(x + shift, y) for outline in (*part.halves, *part.whole) for x, y in outline]
        nearest = min(corners, key=lambda corner: dist(corner, place))
        called_out(pen, view.at(*nearest), view.at(*place), number, radius=3.4)
    ways = {1 if shift < 0 else -1 for shift in step.added.values()}
    for number, way in enumerate(sorted(ways, reverse=True)):
        _way(pen, x + 16 + number * 26, way)
    pen.polygon(box(x, 147, wide, 9), fill="#F7F9FA", stroke=INK)
    pen.text(x + 3, 153, "Tools", size=3.5, bold=True, colour=ACCENT)
    pen.text(x + 16, 153, step.tools, size=3.9, bold=True)
    y = notes(pen, x + 2, 163, wide - 4, step.items, size=4.0)
    if step.warning:
        caution(pen, x, max(y - 2, 186), wide, step.warning, size=4.0)


def _way(pen: Pen, x: float, way: int) -> None:
    """The fat arrow in the corner: which way the new parts go."""
    y = 140.5
    pen.polyline([(x - way * 9, y), (x + way * 5, y)], width=1.4, colour=ACCENT)
    arrow(pen, (x + way * 11, y), (x, y), colour=ACCENT, length=8)


def _torques(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "Torque table")
    columns = [
        Column("Joint", 42, bold=True),
        Column("Thread", 24),
        Column("Pass 1", 20, "middle"),
        Column("Final torque", 28, "middle", bold=True),
        Column("Locking", 44),
    ]
    rows = [
        ["Volute to bracket", "8 × M8", "12 N·m", "24 ±1 N·m", "none, dry"],
        ["Impeller nut", "M12", "–", "32 ±2 N·m", "thread locker, medium"],
        ["Bracket to motor", "4 × M10", "20 N·m", "46 ±2 N·m", "spring washer"],
        ["Drain plug", "G 1/4", "–", "18 ±2 N·m", "seal ring, copper"],
        ["Terminal box", "4 × M4", "–", "1.2 ±0.1 N·m", "none"],
        ["Earth screw", "M5", "–", "2.5 ±0.2 N·m", "serrated washer"],
    ]
    table(pen, LEFT, 63, columns, rows, size=3.9, row_height=11)
    heading(pen, LEFT, 150, "Rules")
    items = [
        "Use only wrenches with a valid calibration label (station list T-04).",
        "Pull slowly and steadily; stop at the first click. Never tighten twice.",
        "A bolt that slipped or squeaked is replaced, not retightened.",
        "Record the wrench number and the final torque on page 6.",
    ]
    notes(pen, LEFT + 1, 157, 154, items, size=4.1)
    caution(
        pen, LEFT, 185, 158, "Never use an impact driver on the volute bolts: the flange cracks.", size=4.1
    )
    heading(pen, 174, 61.5, "Tightening sequence of the volute, seen from the motor")
    pen.polygon(box(174, 63, RIGHT - 174, 134), stroke=INK)
    _sequence(pen, 231.5, 130)


def _sequence(pen: Pen, x: float, y: float) -> None:
    pen.circle(x, y, 50, fill=STEEL, width=0.6)
    pen.circle(x, y, 31, fill="#E8EDF1", width=0.4)
    pen.polyline([*arc(x, y, 41, 0, 360, steps=60)], width=0.2, colour=MUTED, dash=(3, 1.5))
    pen.circle(x, y, 10, fill=WHITE, width=0.5)
    pen.circle(x, y, 6, fill=RULE, width=0.4)
    spots = arc(x, y, 41, -90, 270, steps=8)
    order = (1, 5, 3, 7, 2, 6, 4, 8)
    for label, (left, top) in sorted(zip(order, spots, strict=False)):
        pen.polygon(regular(left, top, 7.4, 6, 30), fill=WHITE, width=0.5)
        pen.text(left, top + 2.3, str(label), size=6.4, bold=True, colour=ACCENT, anchor="middle")
    for first, last in ((0, 4), (2, 6)):
        a, b = spots[first], spots[last]
        start = (a[0] + (b[0] - a[0]) * 0.13, a[1] + (b[1] - a[1]) * 0.13)
        end = (a[0] + (b[0] - a[0]) * 0.36, a[1] + (b[1] - a[1]) * 0.36)
        pen.polyline([start, end], width=0.5, colour=ACCENT)
        arrow(pen, end, start, colour=ACCENT, length=3.4)
    pen.text(x, 75, "Outlet on top", size=4, bold=True, anchor="middle")
    pen.text(
        x, 191, "Pass 1: 12 N·m   →   Pass 2: 24 N·m, same sequence", size=4.2, bold=True, anchor="middle"
    )


def _checklist(pen: Pen) -> None:
    heading(pen, LEFT, 61.5, "Final inspection, every pump")
    columns = [
        Column("No.", 13, "middle", bold=True),
        Column("Check", 96, bold=True),
        Column("Limit", 58),
        Column("Instrument", 48),
        Column("Measured", 36),
        Column("OK", 15, "middle"),
        Column("Not", 15, "middle"),
    ]
    rows = [
        ["1", "Shaft turns freely by hand, no rubbing", "no resistance", "by hand", "", "□", "□"],
        ["2", "Axial play of the shaft", "0.05 – 0.15 mm", "dial gauge DG-07", "", "□", "□"],
        ["3", "Runout of the impeller rim", "≤ 0.10 mm", "dial gauge DG-07", "", "□", "□"],
        ["4", "Seal working height", "17.6 ±0.3 mm", "depth gauge", "", "□", "□"],
        ["5", "Volute bolts, final torque (8 of 8 marked)", "24 ±1 N·m", "wrench no.", "", "□", "□"],
        ["6", "Leak test, air under water", "0.6 bar, 3 min, no bubble", "test tank LT-2", "", "□", "□"],
        ["7", "Flow at 1.0 bar", "≥ 60 l/min", "flow bench FB-1", "", "□", "□"],
        ["8", "Current at rated load", "≤ 1.9 A", "clamp meter", "", "□", "□"],
        ["9", "Type plate, direction arrow, caps fitted", "complete, legible", "visual", "", "□", "□"],
    ]
    table(pen, LEFT, 63, columns, rows, size=4.1, row_height=10.2)
    heading(pen, LEFT, 175, "Release")
    sign_off(
        pen,
        LEFT,
        176.5,
        RIGHT - LEFT,
        20,
        roles=["Assembled by", "Torque checked by", "Tested by", "Released by"],
    )
