"""Imports a table of orders: each line wholly or not at all, a wrong one reported, and nothing twice."""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from relay.contract.codec import Malformed, convert
from relay.contract.names import OrderId, Sha256
from relay.contract.orders import ImportLine, ImportReport, NewWebDocument, OrderDraft
from relay.contract.problems import Code, write_problem
from relay.contract.wording import Language
from relay.documents.documents import Incoming
from relay.errors import Refusal, invalid, refusal_of
from relay.flows.display.allowed import host_of
from relay.flows.display.filing import Filing
from relay.flows.display.naming import LONGEST_LABEL, stem_of, tidy
from relay.flows.display.orders import Orders
from relay.flows.display.rehearsal import rehearse
from relay.flows.display.sheet import SheetLine, read_sheet
from relay.flows.display.spelling import is_order_id, read_date

_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What came in one request: the table, and the files that it names, by their paths (see `key_of_path`)."""

    table: bytes
    files: Mapping[str, Incoming | Refusal]
    language: Language
    sender: str
    # Only say what would be: every check is made, and nothing is written.
    is_rehearsal: bool = False


class Importer:
    """Imports into these orders."""

    def __init__(self, orders: Orders) -> None:
        """Write to these orders."""
        self._orders = orders

    async def run(self, parcel: Parcel, check_url: Callable[[str], None]) -> ImportReport:
        """Import line after line. Raises VALIDATION_ERROR when the table as a whole cannot be read."""
        lines = await asyncio.to_thread(read_sheet, parcel.table)
        await self._inspect(parcel, lines)
        told: list[ImportLine] = []
        documents = 0
        for line in lines:
            order_id = line.cells.get("orderId")
            try:
                documents += await self._import(line, parcel, check_url)
                told.append(ImportLine(line=line.line, order_id=order_id, ok=True))
            except Malformed as malformed:
                told.append(_failed(line, refusal_of(malformed), parcel.language))
            except Refusal as refusal:
                told.append(_failed(line, refusal, parcel.language))
        return ImportReport(
            orders=len({each.order_id for each in told if each.ok}),
            documents=documents,
            failed=sum(not each.ok for each in told),
            lines=tuple(told),
        )

    async def _inspect(self, parcel: Parcel, lines: list[SheetLine]) -> None:
        """Have the named files inspected side by side; what is found wrong is heard at the line that names the file."""
        named = {key_of_path(line.cells["file"]) for line in lines if "file" in line.cells}
        files = [file for key, file in parcel.files.items() if key in named and isinstance(file, Incoming)]
        await asyncio.gather(*(self._orders.files.inspect(file) for file in files), return_exceptions=True)

    async def _import(self, line: SheetLine, parcel: Parcel, check_url: Callable[[str], None]) -> int:
        if line.refusal is not None:
            raise line.refusal
        cells = line.cells
        if not is_order_id(cells.get("orderId", "")):
            raise invalid("orderId", "order_id" if "orderId" in cells else "missing")
        order_id = OrderId(cells["orderId"])
        if "file" in cells and "url" in cells:
            raise invalid("file", "file_or_url")
        draft = await self._draft(order_id, line)
        if "file" in cells:
            incoming = _find_file(parcel, cells["file"])
            filing = _filing(line, parcel, name=stem_of(cells["file"]) or order_id, sha256=incoming.sha256)
            if parcel.is_rehearsal:
                await self._orders.files.inspect(incoming)
                await rehearse(self._orders, order_id, filing, draft)
                return 1
            incoming.name = filing.title or filing.name
            await self._orders.file(order_id, filing, incoming, draft=draft)
            return 1
        if "url" in cells:
            url = convert({"url": cells["url"]}, NewWebDocument).url
            check_url(url)
            filing = _filing(line, parcel, name=host_of(url), url=url)
            if parcel.is_rehearsal:
                await rehearse(self._orders, order_id, filing, draft)
                return 1
            await self._orders.file(order_id, filing, draft=draft)
            return 1
        if not parcel.is_rehearsal:
            await self._orders.put(order_id, draft)
        return 0

    async def _draft(self, order_id: OrderId, line: SheetLine) -> OrderDraft:
        """Lay the line over what is there: an empty cell says nothing, so it takes nothing away."""
        known = await self._orders.find(order_id)
        cells = line.cells
        fields = {**((known.fields if known else None) or {}), **line.fields}
        draft: dict[str, object] = {
            "title": cells.get("title", known.title if known else order_id),
            "customer": cells.get("customer", known.customer if known else None),
            "dueDate": read_date(cells["dueDate"])
            if "dueDate" in cells
            else known.due_date
            if known
            else None,
            "fields": fields or None,
        }
        return convert(draft, OrderDraft)


def key_of_path(path: str) -> str:
    """Spell a relative path in the one way in which table and files are compared."""
    plain = unicodedata.normalize("NFC", path.strip()).replace("\\", "/")
    return "/".join(step for step in plain.split("/") if step not in {"", "."})


def is_within(path: str) -> bool:
    """Tell whether a path as a table names it stays within the table's own folder."""
    plain = path.strip().replace("\\", "/")
    return not (plain.startswith("/") or _DRIVE.match(plain) or ".." in plain.split("/"))


def _find_file(parcel: Parcel, path: str) -> Incoming:
    if not is_within(path):
        raise invalid("file", "outside")
    file = parcel.files.get(key_of_path(path))
    if file is None:
        raise Refusal(Code.DOCUMENT_NOT_FOUND, what="what.not_sent", file=path[:LONGEST_LABEL])
    if isinstance(file, Refusal):
        raise file
    return file


def _filing(
    line: SheetLine, parcel: Parcel, *, name: str, sha256: Sha256 | None = None, url: str | None = None
) -> Filing:
    filing = Filing(
        name=name,
        sha256=sha256,
        url=url,
        title=tidy(line.cells.get("documentTitle", "")) or None,
        revision=tidy(line.cells.get("revision", "")) or None,
        added_by=parcel.sender,
        known_content="any",
    )
    for field, text in (("documentTitle", filing.title), ("revision", filing.revision)):
        if len(text or "") > LONGEST_LABEL:
            raise invalid(field, "length")
    return filing


def _failed(line: SheetLine, refusal: Refusal, language: Language) -> ImportLine:
    problem = write_problem(refusal.code, language, trace_id="", values=dict(refusal.values))
    order_id = line.cells.get("orderId")
    return ImportLine(
        line=line.line,
        order_id=order_id if order_id and is_order_id(order_id) else None,
        ok=False,
        code=problem.code,
        detail=problem.detail,
    )
