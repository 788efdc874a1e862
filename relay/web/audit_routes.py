"""`/api/audit`: an admin reads who did what, and takes it along as a table; that is on record, too.

Every export is; reading is once an hour of each reader, so that looking at the log does not wash it out.
"""

import csv
import io
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence

from aiohttp import web

from relay.clock import Clock
from relay.contract.audit import AuditEntry, AuditPage
from relay.contract.codec import to_json
from relay.errors import invalid
from relay.identity.audit import Audit, Wanted, about
from relay.web.access import caller_of
from relay.web.handler import answer

DEFAULT_PAGE, LARGEST_PAGE = 50, 200
EXPORTED_AT_ONCE = 1_000
LONGEST_TEXT = 200
NOTED_SECONDS = 3600.0
READERS_KEPT = 1_000
COLUMNS = ("id", "at", "actor", "address", "action", "targetKind", "target", "outcome", "detail")
# A spreadsheet would take a cell that begins with one of these for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditRoutes:
    """The HTTP face of the audit log."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        """Speak for it."""
        self._audit = audit
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str | None], float] = OrderedDict()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.get("/api/audit", self.page), web.get("/api/audit/export", self.export, allow_head=False)]

    async def page(self, request: web.Request) -> web.Response:
        """Answer a page of entries, newest first."""
        caller = await caller_of(request)
        caller.require_role("admin")
        limit = min(_number(request, "limit") or DEFAULT_PAGE, LARGEST_PAGE)
        before = _number(request, "cursor")
        found = await self._audit.page(_wanted(request), before=before, limit=limit + 1)
        if self._is_due(caller.subject, request.remote):
            about("audit", "log")
        page = found[:limit]
        more = str(page[-1].id) if len(found) > len(page) else None
        return answer(AuditPage(entries=page, next=more))

    async def export(self, request: web.Request) -> web.StreamResponse:
        """Send all entries that fit, as CSV for a spreadsheet or as JSON, one entry a line (`format=json`)."""
        (await caller_of(request)).require_role("admin")
        form = request.query.get("format", "csv")
        if form not in {"csv", "json"}:
            raise invalid("format", "choice")
        wanted = _wanted(request)
        about("audit", form)
        is_csv = form == "csv"
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8" if is_csv else "application/x-ndjson",
                "Content-Disposition": f'attachment; filename="benchcast-audit.{"csv" if is_csv else "ndjson"}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        if is_csv:
            # The mark by which spreadsheets know UTF-8.
            await response.write(b"\xef\xbb\xbf" + _rows([COLUMNS]))
        async for entries in self._all(wanted):
            lines = _rows(map(_cells, entries)) if is_csv else b"".join(to_json(e) + b"\n" for e in entries)
            await response.write(lines)
        await response.write_eof()
        return response

    def _is_due(self, reader: str, address: str | None) -> bool:
        """Tell whether it is to be noted that somebody reads, from there."""
        now, key = self._clock.monotonic(), (reader, address)
        if now - self._noted.get(key, -NOTED_SECONDS) < NOTED_SECONDS:
            return False
        self._noted[key] = now
        self._noted.move_to_end(key)
        while len(self._noted) > READERS_KEPT:
            self._noted.popitem(last=False)
        return True

    async def _all(self, wanted: Wanted) -> AsyncIterator[tuple[AuditEntry, ...]]:
        before: int | None = None
        while entries := await self._audit.page(wanted, before=before, limit=EXPORTED_AT_ONCE):
            yield entries
            before = entries[-1].id


def _cells(entry: AuditEntry) -> list[str]:
    return [
        f"'{cell}" if cell.startswith(FORMULA) else cell
        for cell in (
            str(entry.id),
            str(entry.at),
            entry.actor,
            entry.address,
            entry.action,
            entry.target_kind,
            entry.target,
            entry.outcome,
            entry.detail,
        )
    ]


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _wanted(request: web.Request) -> Wanted:
    query = request.query
    texts = {name: query.get(name, "").strip() for name in ("q", "action", "target", "outcome")}
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise invalid(name, "length")
    return Wanted(
        text=texts["q"],
        action=texts["action"],
        target=texts["target"],
        outcome=texts["outcome"],
        since_ms=_number(request, "since"),
        until_ms=_number(request, "until"),
    )


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) == 0:
        raise invalid(name, "range")
    return int(text)
