"""Reads a table of orders as an office exports it: the usual encodings and separators, Korean or English; pure."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from relay.errors import Refusal, invalid

SEPARATORS = (",", ";", "\t")
MOST_LINES = 100_000
# Each line that cannot be read makes the rest be read again, which must not become a way to keep the relay busy.
MOST_UNREADABLE = 50

HEADINGS: dict[str, tuple[str, ...]] = {
    "orderId": ("orderid", "order", "orderno", "ordernumber", "작업지시번호", "지시번호", "작업지시"),
    "title": ("title", "제목", "품명"),
    "customer": ("customer", "고객", "고객사"),
    "dueDate": ("duedate", "납기", "납기일"),
    "file": ("file", "파일", "파일명"),
    "url": ("url", "주소", "웹주소"),
    "documentTitle": ("documenttitle", "문서명", "문서제목"),
    "revision": ("revision", "rev", "개정", "개정번호"),
}
_COLUMN = {spelling: column for column, spellings in HEADINGS.items() for spelling in spellings}
_SEP_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One record; `line` is where it begins, counted from 1. `cells` are the columns we know, `fields` all others."""

    line: int
    cells: dict[str, str]
    fields: dict[str, str]
    refusal: Refusal | None = None


def read_sheet(data: bytes) -> list[SheetLine]:
    """Read the table. Raises VALIDATION_ERROR when it is none, or has no column for the order's id."""
    lines = list(StringIO(decode_sheet(data), newline=""))
    if len(lines) > MOST_LINES:
        raise invalid("file", "too_many_lines")
    first = 0
    separators = SEPARATORS
    if lines and (match := _SEP_LINE.fullmatch(lines[0])):  # Excel's own way to say it
        first, separators = 1, (match[1],)
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first == len(lines):
        raise invalid("file", "csv")
    for separator in separators:
        records = _records(lines, first, separator)
        _, heading = next(records, (0, []))
        columns = _columns(heading) if isinstance(heading, list) else []
        if "orderId" in columns:
            return [_line(number, record, columns) for number, record in records]
    raise invalid("orderId", "no_order_column")


def decode_sheet(data: bytes) -> str:
    """Decode a table, whatever office it comes from. Raises VALIDATION_ERROR when it is no text."""
    if not data.strip():
        raise invalid("file", "csv")
    encodings = ("utf-8-sig", "cp949")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    elif b"\0" in data[:2]:
        encodings = ("utf-16-be" if data[0] == 0 else "utf-16-le",)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise invalid("file", "csv")


def _records(lines: list[str], first: int, separator: str) -> Iterator[tuple[int, list[str] | Refusal]]:
    """Give each record with the number of the line where it begins; one that cannot be read is the refusal of it.

    A quotation mark that nobody closes would swallow all that follows, so reading goes on with the next line.
    """
    position, unreadable = first, 0
    while position < len(lines):
        reader = csv.reader(lines[position:], delimiter=separator, strict=True)
        begin = position
        try:
            for record in reader:
                if any(cell.strip() for cell in record):
                    yield begin + 1, record
                begin = position + reader.line_num
            return
        except csv.Error:
            unreadable += 1
            if unreadable > MOST_UNREADABLE:
                raise invalid("file", "csv") from None
            yield begin + 1, invalid("file", "quotes")
            position = begin + 1


def _columns(heading: list[str]) -> list[str]:
    """Name each column: ours by our name, once each; an unknown one by its own heading; an empty one by nothing."""
    columns: list[str] = []
    for cell in heading:
        own = " ".join(unicodedata.normalize("NFC", cell).split())
        known = _COLUMN.get(re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", own)).casefold(), "")
        name = known if known and known not in columns else own
        base, count = name, 1
        while name and name in columns:
            count += 1
            name = f"{base} ({count})"
        columns.append(name)
    return columns


def _line(number: int, record: list[str] | Refusal, columns: list[str]) -> SheetLine:
    if isinstance(record, Refusal):
        return SheetLine(number, {}, {}, record)
    values = [cell.strip() for cell in record]
    cells: dict[str, str] = {}
    fields: dict[str, str] = {}
    for name, value in zip(columns, values, strict=False):
        if name and value:
            (cells if name in HEADINGS else fields)[name] = value
    too_many = any(values[len(columns) :])
    return SheetLine(number, cells, fields, invalid("file", "columns") if too_many else None)
