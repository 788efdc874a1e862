"""A ruled table whose rows grow with their text."""

from collections.abc import Sequence
from dataclasses import dataclass

from generator.palette import ACCENT, INK, PALE, RULE, WHITE
from generator.pen import Anchor, Pen
from generator.shapes import box
from generator.typefaces import wrapped

PADDING = 1.6
LEADING = 1.32


@dataclass(frozen=True)
class Column:
    """One column: its heading, its width in millimetres, and how its cells are set."""

    label: str
    width: float
    anchor: Anchor = "start"
    bold: bool = False


def table(
    pen: Pen,
    x: float,
    y: float,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    size: float = 3.5,
    row_height: float = 7.0,
    marked: int = -1,
) -> float:
    """Draw the table with its upper left corner at (x, y) and return the y of its lower edge.

    `marked` is the index of a row to stand out, such as the current revision.
    """
    wide = sum(column.width for column in columns)
    head = size * 1.95
    pen.polygon(box(x, y, wide, head), fill=ACCENT, stroke="")
    _line_of_cells(
        pen,
        x,
        y,
        head,
        columns,
        cells=[[c.label] for c in columns],
        size=size * 0.92,
        colour=WHITE,
        heading=True,
    )
    top, upper = y, y + head
    for index, row in enumerate(rows):
        cells = [
            wrapped(cell, column.width - 2 * PADDING, size, column.bold or index == marked)
            for column, cell in zip(columns, row, strict=True)
        ]
        high = max(row_height, max(len(cell) for cell in cells) * size * LEADING + 2.2)
        if index % 2 or index == marked:
            pen.polygon(box(x, upper, wide, high), fill="#FFF3C9" if index == marked else PALE, stroke="")
        _line_of_cells(
            pen,
            x,
            upper,
            high,
            columns,
            cells=cells,
            size=size,
            colour=INK,
            heading=False,
            strong=index == marked,
        )
        upper += high
        pen.polyline([(x, upper), (x + wide, upper)], width=0.18, colour=RULE)
    place = x
    for column in columns[:-1]:
        place += column.width
        pen.polyline([(place, top + head), (place, upper)], width=0.18, colour=RULE)
    pen.polygon(box(x, top, wide, upper - top), stroke=INK, width=0.35)
    return upper


def _line_of_cells(
    pen: Pen,
    x: float,
    y: float,
    high: float,
    columns: Sequence[Column],
    *,
    cells: Sequence[Sequence[str]],
    size: float,
    colour: str,
    heading: bool,
    strong: bool = False,
) -> None:
    for column, lines in zip(columns, cells, strict=True):
        place = {"start": PADDING, "middle": column.width / 2, "end": column.width - PADDING}[column.anchor]
        first = y + (high - (len(lines) - 1) * size * LEADING) / 2 + size * 0.36
        for number, line in enumerate(lines):
            pen.text(
                x + place,
                first + number * size * LEADING,
                line,
                size=size,
                bold=heading or column.bold or strong,
                colour=colour,
                anchor=column.anchor,
            )
        x += column.width
