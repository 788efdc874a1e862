"""Turns a table on the disk, or a folder of files named after their orders, into the requests that import it.

`WO-2025-0001.pdf` belongs to order WO-2025-0001; `WO-2025-0001_B.pdf` is its revision B; `WO-2025-0001__Drawing_B.svg`
is revision B of its document "Drawing". Only files that a table names, and only those within its folder, are taken.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from relay.flows.display.importing import is_within, key_of_path
from relay.flows.display.naming import tidy
from relay.flows.display.sheet import SheetLine, decode_sheet, read_sheet
from relay.settings import MIB

TABLE_NAME = "orders.csv"
SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".svg"})
COLUMNS = ("orderId", "file", "documentTitle", "revision")
MOST_LINES = 200
MOST_BYTES = 64 * MIB
_REVISION = re.compile(r"(?P<rest>.*[^_])_(?P<revision>[A-Z]{1,2})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Batch:
    """One request: the table for the part `file`, and for each other part its name and the file it carries.

    Its lines keep the numbers that they have in the whole table, so that the report speaks of what the person has. For
    a folder `file_of_line` names the file behind each line; the table is then ours, and nobody has seen it.
    """

    table: bytes
    files: dict[str, Path] = field(default_factory=dict[str, Path])
    file_of_line: dict[int, str] = field(default_factory=dict[int, str])


def read_batches(
    source: Path, *, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> Iterator[Batch]:
    """Read a table, a folder with an `orders.csv`, or a folder of files; give requests that a relay answers soon.

    Blocks. Raises OSError when it cannot be read, and the refusal VALIDATION_ERROR when it is no table of orders.
    """
    table = source / TABLE_NAME if source.is_dir() else source
    if source.is_dir() and not table.is_file():
        data, folder, is_ours = _table_of(source), source, True
    else:
        data, folder, is_ours = table.read_bytes(), table.parent, False
    text = list(StringIO(decode_sheet(data), newline=""))
    lines = read_sheet(data)
    for start, stop in _cut(lines, folder, most_lines, most_bytes):
        end = lines[stop].line if stop < len(lines) else len(text) + 1
        yield Batch(
            table=_part_of(text, heading=lines[0].line - 1, begin=lines[start].line, end=end),
            files=_files_of(lines[start:stop], folder),
            file_of_line={line.line: line.cells["file"] for line in lines[start:stop]} if is_ours else {},
        )


def _cut(lines: list[SheetLine], folder: Path, most_lines: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Cut the lines where a request has enough of them, or of the bytes of their files."""
    start, size = 0, 0
    for index, line in enumerate(lines):
        path = _find(folder, line.cells.get("file", ""))
        grown = path.stat().st_size if path is not None else 0
        if index > start and (index - start >= most_lines or size + grown > most_bytes):
            yield start, index
            start, size = index, 0
        size += grown
    if start < len(lines):
        yield start, len(lines)


def _part_of(text: list[str], *, heading: int, begin: int, end: int) -> bytes:
    """Take the heading and some lines, with empty lines in the place of those between, which count and say nothing."""
    return "".join((*text[:heading], "\n" * (begin - 1 - heading), *text[begin - 1 : end - 1])).encode()


def _files_of(lines: list[SheetLine], folder: Path) -> dict[str, Path]:
    found = ((name, _find(folder, name)) for line in lines if (name := line.cells.get("file")))
    return {key_of_path(name): path for name, path in found if path is not None}


def _find(folder: Path, name: str) -> Path | None:
    """Find a named file; None for one that is missing or lies elsewhere, which the relay reports at its line."""
    if not name or not is_within(name):
        return None
    for form in ("NFC", "NFD"):  # A Mac decomposes the letters of file names, a spreadsheet does not.
        path = folder / unicodedata.normalize(form, key_of_path(name))
        if path.is_file():
            # A link within the folder could lead out of it.
            return path if path.resolve().is_relative_to(folder.resolve()) else None
    return None


def _table_of(folder: Path) -> bytes:
    """Write the table that a folder of files stands for, each order's revisions in their order."""
    named = order_files(
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((order_id, name, title, revision) for order_id, title, revision, name in named)
    return out.getvalue().encode()


def order_files(names: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Read order, title and revision (empty where there is none) from files' names, each order's revisions in order."""
    named = [(*_read_stem(unicodedata.normalize("NFC", Path(name).stem)), name) for name in names]
    return sorted(
        named, key=lambda each: (each[0], each[1] != each[0], each[1], len(each[2]), each[2], each[3])
    )


def _read_stem(stem: str) -> tuple[str, str, str]:
    """Read order, title and revision from a file's name; a document without a title is called like its order."""
    match = _REVISION.fullmatch(stem)
    rest, revision = (match["rest"], match["revision"]) if match else (stem, "")
    order_id, _, title = rest.partition("__")
    if not order_id or (title == "" and "__" in rest):
        return tidy(stem), tidy(stem), ""
    return tidy(order_id), tidy(title.replace("_", " ")) or tidy(order_id), revision
