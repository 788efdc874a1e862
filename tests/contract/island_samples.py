"""Samples of what is said about the time without the relay."""

from msgspec import Struct

from relay.contract.commands import DocumentRef
from relay.contract.island import (
    IslandPage,
    IslandReceipt,
    IslandReceipts,
    IslandRecord,
    IslandReport,
    IslandScan,
    Upcoming,
    UpcomingDocument,
    UpcomingHint,
    UpcomingWish,
)
from relay.contract.names import DisplayId, DocumentId, OrderId, Sha256, TriggerId, WindowId
from relay.contract.reports import DisplayName

_ID = TriggerId("0198c0de-7a11-7000-8000-000000000001")
_SHA256 = Sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
_DOCUMENT = DocumentId("0198c0de-d0c5-7000-8000-000000000003")
_ORDER = OrderId("WO-2025-0001")
_NOW = 1_760_000_000_000
_pdf = DocumentRef(
    id=_DOCUMENT, kind="pdf", url=f"/api/documents/{_SHA256}", sha256=_SHA256, pages=3, revision="C"
)

ISLAND_SAMPLES: dict[str, Struct] = {
    "upcoming": Upcoming(
        as_of=_NOW,
        documents=(
            UpcomingDocument(
                order_id=_ORDER, number=1, document=_pdf, why="due", size=48_211, due_date="2025-12-05"
            ),
        ),
        query="다온",
    ),
    "upcoming-hint": UpcomingHint(within_ms=30_000),
    "upcoming-wish": UpcomingWish(query="다온"),
    "island-report": IslandReport(
        scans=(
            IslandScan(
                id=_ID,
                order_id=_ORDER,
                number=1,
                document_id=_DOCUMENT,
                sha256=_SHA256,
                state="shown",
                scanned_ms=61_000,
                settled_ms=60_900,
                age_ms=10_800_000,
                as_of=_NOW,
                revision="C",
                title="작업지시서",
                display=DisplayName(
                    display_id=DisplayId("model:DELL U2419H:SN0001"), index=1, name="DELL U2419H"
                ),
                page=1,
            ),
            IslandScan(
                id=TriggerId("0198c0de-7a11-7000-8000-000000000002"),
                order_id=_ORDER,
                number=2,
                document_id=_DOCUMENT,
                sha256=_SHA256,
                state="failed",
                scanned_ms=31_000,
                settled_ms=30_900,
                age_ms=10_830_000,
                as_of=_NOW,
                is_exact=False,
                window_id=WindowId("plan"),
                code="DOCUMENT_UNREADABLE",
                error="파일이 손상되었습니다.",
            ),
        )
    ),
    "island-receipts": IslandReceipts(
        receipts=(
            IslandReceipt(id=_ID, state="recorded", newest=_pdf),
            IslandReceipt(id=_ID, state="known", code="ORDER_NOT_FOUND"),
        )
    ),
    "island-page": IslandPage(
        scans=(
            IslandRecord(
                id=_ID,
                screen_id="SCREEN-001",
                order_id=_ORDER,
                number=1,
                document_id=_DOCUMENT,
                sha256=_SHA256,
                state="failed",
                scanned_at=_NOW,
                settled_at=_NOW + 100,
                as_of=_NOW - 10_800_000,
                age_ms=10_800_000,
                reported_at=_NOW + 61_000,
                is_exact=True,
                revision="C",
                title="작업지시서",
                code="DOCUMENT_UNREADABLE",
            ),
        ),
        next="12",
    ),
}
