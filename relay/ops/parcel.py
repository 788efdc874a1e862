"""Packs orders for import: a table with the files that it names, or a folder of files named after their orders."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from relay.contract.orders import ImportReport
from relay.ops.line import Line

TABLE_NAME = "orders.csv"
SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".svg"})
# So many files go in one request, whose size the relay limits.
FILES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Parcel:
    """A table as it is sent, the files that it names, and, if a folder was packed, the file of each line."""

    table: bytes
    files: dict[str, Path]
    file_of_line: dict[int, str]


def pack_table(table: bytes, folder: Path, names: Iterable[str]) -> Parcel:
    """Pack a table that lies in `folder`; a name without a file is left to the relay, which says so at its line."""
    files = {name: path for name in names if (path := folder / name).is_file()}
    return Parcel(table, files, {})


def pack_folder(folder: Path) -> Iterator[Parcel]:
    """Pack the documents of a folder, each named after its order, such as `WO-2025-0001.pdf`."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    documents = [path for path in found if not path.name.startswith(".")]
    for start in range(0, len(documents), FILES_AT_ONCE):
        yield _pack(documents[start : start + FILES_AT_ONCE])


async def send(line: Line, parcel: Parcel) -> ImportReport:
    """Have the relay import a parcel. Raises ProblemAnsweredError when it refuses the whole."""
    form = aiohttp.FormData()
    form.add_field("file", parcel.table, filename=TABLE_NAME, content_type="text/csv")
    with ExitStack() as stack:
        for name, path in parcel.files.items():
            file = stack.enter_context(path.open("rb"))
            form.add_field(name, file, filename=path.name, content_type="application/octet-stream")
        return await line.ask("POST", "/api/orders/import", ImportReport, form=form)


def _pack(documents: list[Path]) -> Parcel:
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("orderId", "file"))
    for path in documents:
        # A Mac decomposes the letters of file names; a barcode does not.
        rows.writerow((unicodedata.normalize("NFC", path.stem), path.name))
    files = {path.name: path for path in documents}
    lines = {number: path.name for number, path in enumerate(documents, start=2)}
    return Parcel(out.getvalue().encode("utf-8"), files, lines)
