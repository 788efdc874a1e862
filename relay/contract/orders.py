"""Orders and their documents, as they travel."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.names import DocumentKind, Label, Millis, WireOrderId, WireSha256, WireUrl

Text = Annotated[str, Meta(max_length=500)]
IsoDate = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)")]


class OrderDraft(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`PUT /api/orders/{orderId}`."""

    title: Text
    customer: Text | None = None
    due_date: IsoDate | None = None
    fields: Annotated[dict[Annotated[str, Meta(max_length=100)], Text], Meta(max_length=50)] | None = None


class NewWebDocument(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`POST /api/orders/{orderId}/documents` with a JSON body: a web address as a document.

    `certificate_sha256` excuses one certificate of its host, for this document alone.
    """

    url: WireUrl
    title: Label | None = None
    revision: Label | None = None
    certificate_sha256: WireSha256 | None = None


class DocumentInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One revision of a document. `sha256` is absent for web addresses, whose content is not ours to keep."""

    document_id: str
    kind: DocumentKind
    title: str
    revision: str
    url: str
    pages: int | None = None
    sha256: WireSha256 | None = None
    media_type: str | None = None
    size: int | None = None
    added_at: Millis | None = None
    certificate_sha256: WireSha256 | None = None


class DocumentHistory(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/orders/{orderId}/documents/{documentId}`: every revision of a document, the newest first."""

    document_id: str
    order_id: WireOrderId
    number: int
    title: str
    revisions: tuple[DocumentInfo, ...]


class OrderOrigin(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where an order comes from that nobody wrote here; `checked_at` is when that source last confirmed it."""

    source_id: str
    name: str
    checked_at: Millis
    is_stale: bool = False


class OrderInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An order with its documents (the newest revision of each, in the order they were added)."""

    order_id: WireOrderId
    title: str
    customer: str | None = None
    due_date: str | None = None
    fields: dict[str, str] | None = None
    documents: tuple[DocumentInfo, ...] = ()
    updated_at: Millis | None = None
    origin: OrderOrigin | None = None


class OrderPage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of orders; `next` is the cursor of the following page, absent on the last one."""

    orders: tuple[OrderInfo, ...]
    next: str | None = None


class ImportLine(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What became of one line of an imported table; `line` counts from 1 and includes the heading."""

    line: int
    order_id: str | None
    ok: bool
    code: str | None = None
    detail: str | None = None


class ImportReport(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The result of an import, line by line."""

    orders: int
    documents: int
    failed: int
    lines: tuple[ImportLine, ...] = ()
