"""Orders over HTTP: write, read, search, delete them, add documents, and import a table of many."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import wraps
from typing import Any

from aiohttp import web

from relay.contract.names import Sha256
from relay.contract.orders import NewWebDocument, OrderDraft
from relay.contract.problems import Code
from relay.contract.wording import choose_language
from relay.documents.documents import Incoming, spell_size
from relay.errors import Refusal, invalid
from relay.flow import Core
from relay.flows.display.allowed import host_of, require_allowed
from relay.flows.display.filing import Filing
from relay.flows.display.importing import Importer, Parcel, key_of_path
from relay.flows.display.naming import LONGEST_LABEL, stem_of, tidy
from relay.flows.display.order_paper_routes import order_id_of, require_reader, require_writer
from relay.flows.display.orders import Orders
from relay.flows.display.parts import Part, parts_of
from relay.flows.display.spelling import read_date
from relay.identity.caller import Caller
from relay.settings import MIB
from relay.web.access import caller_of
from relay.web.handler import answer, answer_problem, read_body

DEFAULT_PAGE = 50
LARGEST_PAGE = 200
LONGEST_SEARCH = 200
MOST_UPLOAD_PARTS = 16
MOST_IMPORT_PARTS = 2001
MOST_TABLE_BYTES = 16 * MIB
# The files of one import together, as a multiple of the largest single one.
IMPORT_FILES = 10

OrderHandler = Callable[["OrderRoutes", web.Request], Awaitable[web.StreamResponse]]


def closing_when_too_large(handler: OrderHandler) -> OrderHandler:
    """Answer an upload that is too large at once and close, so that a client which listens stops sending the rest."""

    @wraps(handler)
    async def handle(self: "OrderRoutes", request: web.Request) -> web.StreamResponse:
        try:
            return await handler(self, request)
        except Refusal as refusal:
            if refusal.code is not Code.DOCUMENT_TOO_LARGE:
                raise
            response = answer_problem(request, refusal)
            response.force_close()
            return response

    return handle


class OrderRoutes:
    """The HTTP face of the orders."""

    def __init__(self, orders: Orders, importer: Importer, core: Core) -> None:
        """Speak for these orders."""
        self._orders = orders
        self._importer = importer
        self._core = core

    def table(self) -> list[web.RouteDef]:
        """List the routes. An order id may hold anything printable; its slashes come percent-encoded."""
        order = r"/api/orders/{orderId:[^/]+}"
        return [
            web.get("/api/orders", self.many),
            web.post("/api/orders/import", self.import_table),
            web.get(order, self.one),
            web.put(order, self.put),
            web.delete(order, self.delete),
            web.post(f"{order}/documents", self.add_document),
        ]

    async def many(self, request: web.Request) -> web.StreamResponse:
        """Answer a page of orders, the newest first, all or those that `q` finds."""
        require_reader(await caller_of(request))
        search = request.query.get("q", "")
        if len(search) > LONGEST_SEARCH:
            raise invalid("q", "length")
        limit = _number(request, "limit", 1, LARGEST_PAGE)
        before = _number(request, "cursor", 0, 2**62)
        page = await self._orders.page(search=search, limit=limit or DEFAULT_PAGE, before=before)
        return answer(page)

    async def one(self, request: web.Request) -> web.StreamResponse:
        """Answer an order with its documents."""
        require_reader(await caller_of(request))
        return answer(await self._orders.get(order_id_of(request)))

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Write an order."""
        require_writer(await caller_of(request))
        order_id = order_id_of(request)
        draft = await read_body(request, OrderDraft)
        if draft.due_date is not None:
            read_date(draft.due_date)
        order, is_new = await self._orders.put(order_id, draft)
        return answer(order, status=201 if is_new else 200)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Delete an order."""
        require_writer(await caller_of(request))
        await self._orders.delete(order_id_of(request))
        return web.Response(status=204)

    @closing_when_too_large
    async def add_document(self, request: web.Request) -> web.StreamResponse:
        """Add a file or a web page to an order, as a new document or as the newer revision of one."""
        caller = await caller_of(request)
        require_writer(caller)
        order_id = order_id_of(request)
        if not await self._orders.exists(order_id):
            raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)
        if request.content_type == "application/json":
            filing = self._filing_of_page(await read_body(request, NewWebDocument), caller)
            info, is_new = await self._orders.file(order_id, filing)
            return answer(info, status=201 if is_new else 200)
        self._require_length(request, self._core.settings.max_upload_bytes)
        async with AsyncExitStack() as stack:
            fields: dict[str, str | None] = {}
            incoming: Incoming | None = None
            async for part in parts_of(request, most=MOST_UPLOAD_PARTS):
                if part.name in fields:
                    raise invalid(part.name, "twice")
                if part.name != "file":
                    fields[part.name] = await part.text()
                elif incoming is None:
                    incoming = await self._receive(stack, part)
                else:
                    raise invalid("file", "file_twice")
            if incoming is None:
                raise invalid("file", "file_missing")
            filing = _filing_of_file(incoming, fields, caller)
            info, is_new = await self._orders.file(order_id, filing, incoming)
        return answer(info, status=201 if is_new else 200)

    @closing_when_too_large
    async def import_table(self, request: web.Request) -> web.StreamResponse:
        """Import a table of orders; the files that it names come along as parts under their paths.

        With `dryRun=true` nothing is changed, and the report says what would be.
        """
        caller = await caller_of(request)
        require_writer(caller)
        most = IMPORT_FILES * self._core.settings.max_upload_bytes + MOST_TABLE_BYTES
        self._require_length(request, most)
        async with AsyncExitStack() as stack:
            table: bytes | None = None
            files: dict[str, Incoming | Refusal] = {}
            async for part in parts_of(request, most=MOST_IMPORT_PARTS):
                if part.name == "file" and table is None:
                    table = await part.content(MOST_TABLE_BYTES)
                    continue
                files[key_of_path(part.name)] = received = await self._receive_for_import(stack, part)
                if isinstance(received, Incoming) and (most := most - received.size) < 0:
                    raise Refusal(
                        Code.DOCUMENT_TOO_LARGE, limit=spell_size(IMPORT_FILES * self._core.documents.limit)
                    )
            if table is None:
                raise invalid("file", "file_missing")
            parcel = Parcel(
                table=table,
                files=files,
                language=choose_language(request.headers.get("Accept-Language")),
                sender=caller.subject,
                is_rehearsal=request.query.get("dryRun", "") in {"1", "true"},
            )
            report = await self._importer.run(parcel, self._check_url)
        return answer(report)

    async def _receive(self, stack: AsyncExitStack, part: Part) -> Incoming:
        name = stem_of(part.filename)
        return await stack.enter_async_context(self._core.documents.receive(part.stream(), name))

    async def _receive_for_import(self, stack: AsyncExitStack, part: Part) -> Incoming | Refusal:
        """A file that is too large spoils the lines that name it, and no others."""
        try:
            name = stem_of(part.filename or part.name)
            return await stack.enter_async_context(self._core.documents.receive(part.stream(), name))
        except Refusal as refusal:
            if refusal.code is not Code.DOCUMENT_TOO_LARGE:
                raise
            return refusal

    def _filing_of_page(self, page: NewWebDocument, caller: Caller) -> Filing:
        self._check_url(page.url)
        return Filing(
            name=host_of(page.url),
            url=page.url,
            certificate_sha256=page.certificate_sha256 and Sha256(page.certificate_sha256),
            title=_label("title", page.title),
            revision=_label("revision", page.revision),
            added_by=caller.subject,
        )

    def _check_url(self, url: str) -> None:
        settings = self._core.settings
        require_allowed(url, settings.url_hosts, self._core.own_addresses(), private=settings.url_private)

    def _require_length(self, request: web.Request, most: int) -> None:
        """Refuse what says itself that it is too large, before the first byte of it is read."""
        if request.content_length is not None and request.content_length > most + MIB:
            raise Refusal(Code.DOCUMENT_TOO_LARGE, limit=spell_size(most))


def _filing_of_file(incoming: Incoming, fields: dict[str, str | None], caller: Caller) -> Filing:
    for name in fields:
        if name not in {"title", "revision"}:
            raise invalid(name[:100], "unknown")
    title = _label("title", fields.get("title"))
    filing = Filing(
        name=incoming.name or incoming.sha256[:12],
        sha256=incoming.sha256,
        title=title,
        revision=_label("revision", fields.get("revision")),
        added_by=caller.subject,
    )
    incoming.name = title or incoming.name
    return filing


def _label(field: str, text: str | None) -> str | None:
    label = tidy(text or "")
    if len(label) > LONGEST_LABEL:
        raise invalid(field, "length")
    return label or None


def _number(request: web.Request, name: str, least: int, most: int) -> int | None:
    text: Any = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or not least <= int(text) <= most:
        raise invalid(name, "range")
    return int(text)
