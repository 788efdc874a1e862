"""What belongs to an order beside itself, over HTTP: a document's revisions, labels to print, a table to fill in."""

import asyncio
import csv
from collections.abc import Sequence
from io import StringIO
from urllib.parse import unquote_to_bytes

from aiohttp import web

from relay.contract.names import DocumentId, OrderId
from relay.contract.orders import OrderInfo
from relay.contract.wording import LANGUAGES, Language, Wording, choose_language
from relay.errors import invalid
from relay.flows.display.label_sizes import MOST_LABELS, SIZES, LabelSize
from relay.flows.display.order_documents import delete_document, read_history
from relay.flows.display.orders import Orders
from relay.flows.display.sheet import HEADINGS
from relay.flows.display.spelling import is_order_id
from relay.identity.caller import Caller
from relay.web.access import caller_of
from relay.web.handler import answer

ORDERS_SCOPE = "orders"
# The heading that an office of that language fills in; the importer knows all of them (sheet.HEADINGS).
TEMPLATE: dict[Language, tuple[str, ...]] = {
    "ko": ("작업지시번호", "제목", "고객사", "납기일", "파일명", "웹주소", "문서명", "개정번호"),
    "en": tuple(HEADINGS),
}


class OrderPaperRoutes:
    """The HTTP face of an order's papers."""

    def __init__(self, orders: Orders) -> None:
        """Speak for these orders."""
        self._orders = orders

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        document = r"/api/orders/{orderId:[^/]+}/documents/{documentId}"
        return [
            web.get(document, self.history),
            web.delete(document, self.delete),
            web.get("/api/labels.pdf", self.labels),
            web.get("/api/order-table.csv", self.template),
        ]

    async def history(self, request: web.Request) -> web.Response:
        """Answer every revision of a document."""
        require_reader(await caller_of(request))
        order_id, document_id = order_id_of(request), DocumentId(request.match_info["documentId"])
        found = await self._orders.read(lambda connection: read_history(connection, order_id, document_id))
        return answer(found)

    async def delete(self, request: web.Request) -> web.Response:
        """Take a document off its order."""
        require_writer(await caller_of(request))
        order_id, document_id = order_id_of(request), DocumentId(request.match_info["documentId"])
        await self._orders.change(lambda connection: delete_document(connection, order_id, document_id))
        return web.Response(status=204)

    async def labels(self, request: web.Request) -> web.Response:
        """Answer a PDF with a label for each `orderId`, in the order in which they are given."""
        require_reader(await caller_of(request))
        ids = request.query.getall("orderId", [])
        size = _size(request)
        if not 1 <= len(ids) <= MOST_LABELS or not all(map(is_order_id, ids)):
            raise invalid("orderId", "order_id" if ids else "missing")
        found = [await self._orders.get(OrderId(id_)) for id_ in dict.fromkeys(ids)]
        by_id = {order.order_id: order for order in found}
        title = Wording(_language(request)).say("labels.title")
        drawn = await asyncio.to_thread(_draw, [by_id[OrderId(id_)] for id_ in ids], size, title=title)
        headers = {
            "Content-Disposition": f'inline; filename="labels-{size}.pdf"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=drawn, content_type="application/pdf", headers=headers)

    async def template(self, request: web.Request) -> web.Response:
        """Answer an empty table with one line as an example, as Excel opens it."""
        require_reader(await caller_of(request))
        language = _language(request)
        out = StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(TEMPLATE[language])
        say = Wording(language).say
        title, customer = say("labels.example_title"), say("labels.example_customer")
        writer.writerow(("WO-2026-0001", title, customer, "2026-12-31", "WO-2026-0001.pdf", "", "", "A"))
        return web.Response(
            # With the mark by which Excel knows that it is UTF-8.
            body=out.getvalue().encode("utf-8-sig"),
            content_type="text/csv",
            charset="utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="orders.csv"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def order_id_of(request: web.Request) -> OrderId:
    """Read the order's id from the address. Raises VALIDATION_ERROR."""
    # Not from `match_info`: where the bytes are no UTF-8 it keeps their percent signs, which another id could have.
    segment = request.rel_url.raw_path.split("/")[3]
    try:
        order_id = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid("orderId", "order_id") from error
    if not is_order_id(order_id):
        raise invalid("orderId", "order_id")
    return OrderId(order_id)


def require_writer(caller: Caller) -> None:
    """Let those through who may write orders. Raises FORBIDDEN."""
    if ORDERS_SCOPE not in caller.scopes:
        caller.require_role("lead")


def require_reader(caller: Caller) -> None:
    """Let those through who may read orders. Raises FORBIDDEN."""
    if ORDERS_SCOPE not in caller.scopes:
        caller.require_role("viewer")


def _draw(orders: Sequence[OrderInfo], size: LabelSize, *, title: str) -> bytes:
    from relay.flows.display.labels import draw_labels  # a tenth of a second, for who prints labels

    return draw_labels(orders, size, title=title)


def _size(request: web.Request) -> LabelSize:
    wished = request.query.get("size", SIZES[0])
    for size in SIZES:
        if wished == size:
            return size
    raise invalid("size", "choice")


def _language(request: web.Request) -> Language:
    wished = request.query.get("lang")
    if wished is None:
        return choose_language(request.headers.get("Accept-Language"))
    for language in LANGUAGES:
        if wished == language:
            return language
    raise invalid("lang", "choice")
