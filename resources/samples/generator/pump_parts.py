"""The coolant pump of WO-2025-0002, cut along its axis: the shape, name and place of each part.

Millimetres of the pump, the axis at y = 0, the motor on the left and the inlet on the right.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from generator.palette import ACCENT, BRASS, INK, RUBBER, STEEL, STEEL_DARK, WHITE
from generator.pen import CHAIN, Point, Scaled
from generator.shapes import box, hatch, mirrored


@dataclass(frozen=True)
class Part:
    """One line of the parts list; `halves` are drawn above and mirrored below the axis, `whole` once."""

    number: str
    name: str
    code: str
    quantity: int
    fill: str
    halves: tuple[list[Point], ...] = ()
    whole: tuple[list[Point], ...] = ()
    ball: Point | None = None
    cut: bool = False


SHAFT: list[Point] = [(-6, -9), (30, -9), (30, -12), (110, -12), (110, -9), (151, -9), (151, -6), (164, -6)]
BRACKET: list[Point] = [
    (28, -26), (28, -36), (98, -36), (100, -68), (112, -68), (112, -21), (106, -21), (106, -26),
]  # fmt: skip
IMPELLER: list[Point] = [
    (130, -9.4), (130, -17), (126, -46), (141, -46), (144, -26), (150, -17), (150, -9.4),
]  # fmt: skip
NECK_LEFT: list[Point] = [
    (112, -52), (112, -74), (116, -78), (116, -92), (106, -92), (106, -99), (122, -99), (122, -52),
]  # fmt: skip
NECK_RIGHT: list[Point] = [
    (146, -99), (162, -99), (162, -92), (152, -92), (152, -74), (160, -36), (176, -36), (176, -48),
    (184, -48), (184, -20), (158, -20), (148, -30), (146, -56),
]  # fmt: skip
BOTTOM: list[Point] = [
    (112, 52), (112, 74), (152, 74), (160, 36), (176, 36), (176, 48), (184, 48), (184, 20), (158, 20),
    (148, 30), (146, 60), (122, 60), (122, 52),
]  # fmt: skip

PARTS = {
    part.number: part
    for part in (
        Part("1", "Bearing bracket", "CP210-101", 1, STEEL, (BRACKET,), cut=True),
        Part("2", "Shaft, ground", "CP210-110", 1, "#E8EDF1", whole=([*SHAFT, *mirrored(SHAFT)[::-1]],)),
        Part(
            "3", "Ball bearing 6205-2RS, rear", "DIN 625", 1, WHITE, (box(38, -26, 14, 14),), ball=(45, -19)
        ),
        Part(
            "4", "Ball bearing 6205-2RS, front", "DIN 625", 1, WHITE, (box(92, -26, 14, 14),), ball=(99, -19)
        ),
        Part("5", "Circlip 52 × 2", "DIN 472", 1, INK, (box(33, -28, 2.4, 6),)),
        Part(
            "6", "Mechanical seal Ø18", "CP210-140", 1, RUBBER, (box(112, -20, 9, 11), box(121.6, -16, 8, 7))
        ),
        Part("7", "Impeller, bronze", "CP210-121", 1, BRASS, (IMPELLER,), cut=True),
        Part("8", "Impeller nut M12", "CP210-122", 1, STEEL_DARK, (box(151, -11, 9, 11),)),
        Part("9", "O-ring 104 × 3", "ISO 3601", 1, INK, (box(111.2, -57.4, 2.8, 2.8),)),
        Part("10", "Volute casing", "CP210-130", 1, STEEL, (), (NECK_LEFT, NECK_RIGHT, BOTTOM), cut=True),
        Part(
            "11",
            "Hex bolt M8 × 30 – 8.8",
            "ISO 4017",
            8,
            STEEL_DARK,
            (box(94, -66, 6, 8), box(100, -64, 18, 4)),
        ),
    )
}


def draw(
    view: Scaled,
    numbers: Collection[str],
    *,
    shifts: Mapping[str, float] | None = None,
    new: Collection[str] = (),
) -> None:
    """Draw some of the parts, each moved along the axis by its shift; the new ones are outlined boldly."""
    view.polyline([(-16, 0), (200, 0)], width=0.15, dash=CHAIN)
    for number in (n for n in PARTS if n in numbers):
        part, shift = PARTS[number], (shifts or {}).get(number, 0.0)
        colour, width = (ACCENT, 0.8) if number in new else (INK, 0.4)
        shapes = [*part.whole, *part.halves, *(mirrored(half) for half in part.halves)]
        for index, shape in enumerate(shapes):
            moved = [(x + shift, y) for x, y in shape]
            view.polygon(moved, fill=part.fill, stroke="")
            if part.cut:
                hatch(view, moved, 7, colour="#7B8894", falling=number == "10" or index > 8)
            view.polygon(moved, stroke=colour, width=width)
        if part.ball:
            for y in (part.ball[1], -part.ball[1]):
                view.circle(part.ball[0] + shift, y, 4.6, fill=STEEL, stroke=colour, width=width)
    view.polyline([(-16, 0), (200, 0)], width=0.15, dash=CHAIN)
