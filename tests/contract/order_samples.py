"""Samples of what crosses the wire about an order's papers and where an order comes from."""

from msgspec import Struct

from relay.contract.commands import DocumentRef, Navigate
from relay.contract.names import DocumentId, OrderId, ScreenId, Sha256, TriggerId
from relay.contract.orders import DocumentHistory, DocumentInfo, OrderInfo, OrderOrigin
from relay.contract.sources import (
    HttpSource,
    SourceDraft,
    SourceInfo,
    SourceList,
    SourceOrder,
    SourceQuestion,
    SourceTrial,
    SqlSource,
    TrialStep,
    WatchedFile,
    WatchedFolder,
)

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

_HTTP = HttpSource(
    url_template="https://erp.example/api/orders/{orderId}",
    document_path="data.document.url",
    revision_path="data.revision",
    auth="header",
    header_name="X-Api-Key",
    username="reader",
    title_path="data.name",
    customer_path="data.customer",
    due_date_path="data.due",
    allow_private=True,
    hosts=("files.erp.example",),
)
_SQL = SqlSource(
    url="postgresql://reader@erp.example/erp",
    query="SELECT path, rev AS revision FROM orders WHERE no = :orderId",
    folder="/srv/drawings",
    hosts=("files.erp.example",),
    allow_private=True,
)

ORDER_SAMPLES |= {
    "source-draft": SourceDraft(name="ERP", http=_HTTP, secret="s3cret"),
    "source-draft-sql": SourceDraft(
        name="PDM", sql=_SQL, is_enabled=False, cache_seconds=60, timeout_ms=1000
    ),
    "watched-folder-away": WatchedFolder(
        path="/srv/orders", filed=0, files=(), problem="The folder cannot be read: No such file or directory"
    ),
    "source-list": SourceList(
        sources=(
            SourceInfo(
                source_id="s_abcdefgh2345",
                name="ERP",
                is_enabled=True,
                cache_seconds=300,
                timeout_ms=3000,
                has_secret=True,
                orders=12,
                http=_HTTP,
                answered_at=_NOW,
            ),
            SourceInfo(
                source_id="s_bcdefgh23456",
                name="PDM",
                is_enabled=False,
                cache_seconds=0,
                timeout_ms=3000,
                has_secret=False,
                orders=0,
                sql=_SQL,
                is_resting=True,
                failed_at=_NOW,
                detail="It did not answer within 3 seconds.",
            ),
        )
    ),
    "source-order": SourceOrder(source_ids=("s_bcdefgh23456", "s_abcdefgh2345")),
    "source-question": SourceQuestion(order_id=_ORDER),
    "source-trial": SourceTrial(
        found=True, steps=(TrialStep(title="Answer", ok=True, ms=12, detail="200, application/json"),)
    ),
    "watched-folder": WatchedFolder(
        path="/srv/orders",
        filed=1,
        files=(
            WatchedFile(name="WO-1.pdf", state="waiting"),
            WatchedFile(
                name="WO-2.pdf",
                state="failed",
                order_id=_ORDER,
                at=_NOW,
                code="DOCUMENT_UNREADABLE",
                detail="The document cannot be opened.",
            ),
        ),
    ),
    "navigate-unconfirmed": Navigate(
        id=TriggerId("0198c0de-0000-7000-8000-00000000feed"),
        seq=7,
        screen_id=ScreenId("SCREEN-001"),
        timestamp=_NOW,
        expires_at=_NOW + 900_000,
        order_id=_ORDER,
        document=DocumentRef(id=DocumentId(_DOCUMENT), kind="pdf", url=f"/api/documents/{_SHA256}"),
        as_of=_NOW - 3_600_000,
    ),
}
