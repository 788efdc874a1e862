"""What a screen keeps for the time without its relay, and what it tells afterwards of scans that nobody else saw."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.commands import DocumentRef
from relay.contract.names import (
    MAIN_WINDOW,
    Label,
    Millis,
    PageNumber,
    WireDocumentId,
    WireOrderId,
    WireSha256,
    WireTriggerId,
    WireWindowId,
)
from relay.contract.reports import DisplayName, ProblemCode

MOST_UPCOMING = 200
MOST_SCANS = 100
# The header that says when an unchanged list (304) was looked at, UTC milliseconds of the relay.
AS_OF_HEADER = "Benchcast-As-Of"

DocumentNumber = Annotated[int, Meta(ge=1, le=999, description="The order's documents count from 1.")]


class UpcomingDocument(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A document that may be scanned next. `why`: the screen showed it lately, or its order is due."""

    order_id: WireOrderId
    number: DocumentNumber
    document: DocumentRef
    why: Literal["shown", "due"]
    size: Annotated[int, Meta(ge=0)] | None = None
    due_date: str | None = None


class Upcoming(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is due next for a screen, the likeliest first; every revision in it was the newest at `as_of`."""

    as_of: Millis
    documents: Annotated[tuple[UpcomingDocument, ...], Meta(max_length=MOST_UPCOMING)] = ()
    query: str = ""


class UpcomingHint(Struct, frozen=True, kw_only=True, rename="camel"):
    """`upcoming`: the list may have changed; ask for it after a random part of `within_ms`."""

    within_ms: Millis


class UpcomingWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`PUT /api/screens/{screenId}/upcoming`: of the orders that are due, only those that this search finds.

    It looks into id, title and customer, as `GET /api/orders?q=` does; empty means all of them.
    """

    query: Annotated[str, Meta(max_length=200)]


class IslandScan(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A scan that a screen answered from its own memory, and what was seen there.

    Times are durations before this report: `scanned_ms` since the scan, `settled_ms` since its outcome, `age_ms` what
    lay between the scan and the relay's last word that this revision was the newest. With `is_exact` they were counted
    by a clock that nobody can set; without, the PC has been started anew since, and they are its own time of day.
    """

    id: WireTriggerId
    order_id: WireOrderId
    number: DocumentNumber
    document_id: WireDocumentId
    sha256: WireSha256
    state: Literal["shown", "failed", "superseded"]
    scanned_ms: Millis
    settled_ms: Millis
    age_ms: Millis
    as_of: Millis
    is_exact: bool = True
    revision: Label | None = None
    title: Label | None = None
    window_id: WireWindowId = MAIN_WINDOW
    code: ProblemCode | None = None
    error: Annotated[str, Meta(max_length=1000)] | None = None
    display: DisplayName | None = None
    page: PageNumber | None = None


class IslandReport(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/screens/{screenId}/island`: scans of the time without the relay, the oldest first."""

    scans: Annotated[tuple[IslandScan, ...], Meta(min_length=1, max_length=MOST_SCANS)]


class IslandReceipt(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What became of one reported scan. `newest` is what the relay would show for it now; absent with its `code`.

    `known`: it was reported before, or its trigger had come through. `refused`: the id is somebody else's delivery.
    """

    id: WireTriggerId
    state: Literal["recorded", "known", "refused"]
    newest: DocumentRef | None = None
    code: ProblemCode | None = None


class IslandReceipts(Struct, frozen=True, kw_only=True, rename="camel"):
    """The receipts, in the order of the report."""

    receipts: tuple[IslandReceipt, ...]


class IslandRecord(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A scan without the relay, as it is on record; times are UTC milliseconds of the relay."""

    id: WireTriggerId
    screen_id: str
    order_id: WireOrderId
    number: DocumentNumber
    document_id: WireDocumentId
    sha256: WireSha256
    state: Literal["shown", "failed", "superseded"]
    scanned_at: Millis
    settled_at: Millis
    as_of: Millis
    age_ms: Millis
    reported_at: Millis
    is_exact: bool
    revision: Label | None = None
    title: Label | None = None
    code: ProblemCode | None = None


class IslandPage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Scans without the relay, the newest first; `next` is the cursor of the following page, absent on the last."""

    scans: tuple[IslandRecord, ...]
    next: str | None = None
