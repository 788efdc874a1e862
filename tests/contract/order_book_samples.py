"""Samples of the order book: what is put into it, a page of it, and how an import went."""

from msgspec import Struct

from relay.contract.names import DocumentId, OrderId, Sha256
from relay.contract.orders import DocumentInfo, ImportLine, ImportReport, OrderDraft, OrderInfo, OrderPage

ORDER = OrderId("WO-2025-0001")
DOCUMENT = DocumentId("0198c0de-d0c5-7000-8000-000000000003")
SHA256 = Sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
NOW = 1_760_000_000_000

_order = OrderInfo(
    order_id=ORDER,
    title="기어박스 하우징 가공",
    customer="다온 로보틱스",
    due_date="2025-12-05",
    fields={"quantity": "24", "partNumber": "GH-4120-01"},
    documents=(
        DocumentInfo(
            document_id=DOCUMENT,
            kind="pdf",
            title="작업지시서",
            revision="C",
            url=f"/api/documents/{SHA256}",
            pages=3,
            sha256=SHA256,
            media_type="application/pdf",
            size=48_211,
            added_at=NOW,
        ),
    ),
    updated_at=NOW,
)

ORDER_BOOK_SAMPLES: dict[str, Struct] = {
    "order-draft": OrderDraft(
        title="기어박스 하우징 가공",
        customer="다온 로보틱스",
        due_date="2025-12-05",
        fields={"quantity": "24"},
    ),
    "order-page": OrderPage(orders=(_order,), next="WO-2025-0002"),
    "import-report": ImportReport(
        orders=5,
        documents=8,
        failed=1,
        lines=(
            ImportLine(line=2, order_id=ORDER, ok=True),
            ImportLine(
                line=9,
                order_id=None,
                ok=False,
                code="VALIDATION_ERROR",
                detail="orderId 항목이 올바르지 않습니다.",
            ),
        ),
    ),
}
