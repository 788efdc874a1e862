"""Samples of what crosses the wire about an order's papers and where an order comes from."""

from msgspec import Struct

from relay.contract.names import OrderId, Sha256
from relay.contract.orders import DocumentHistory, DocumentInfo, OrderInfo, OrderOrigin

_NOW = 1_764_000_000_000
_SHA256 = Sha256("2c" * 32)

_ORDER = OrderId("WO-2025-0001")
_DOCUMENT = "d_abcdefgh23456789"

ORDER_SAMPLES: dict[str, Struct] = {
    "document-history": DocumentHistory(
        document_id=_DOCUMENT,
        order_id=_ORDER,
        number=1,
        title="Plan",
        revisions=(
            DocumentInfo(
                document_id=_DOCUMENT,
                kind="pdf",
                title="Plan",
                revision="B",
                url=f"/api/documents/{_SHA256}",
                pages=2,
                sha256=_SHA256,
                media_type="application/pdf",
                size=1024,
                added_at=_NOW,
            ),
            DocumentInfo(
                document_id=_DOCUMENT, kind="web", title="Plan", revision="A", url="https://plan.example/1"
            ),
        ),
    ),
    "order-from-a-source": OrderInfo(
        order_id=_ORDER,
        title="Housing",
        origin=OrderOrigin(source_id="erp", name="ERP", checked_at=_NOW, is_stale=True),
    ),
}
