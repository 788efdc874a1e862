"""The calls about an order's papers: revisions, previews, labels, the table to fill in."""

from relay.contract.call import Call
from relay.contract.orders import DocumentHistory

ORDER_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/orders/{orderId}/documents/{documentId}",
        "A document with every revision, the newest first.",
        "viewer",
        {200: DocumentHistory},
    ),
    Call(
        "DELETE",
        "/api/orders/{orderId}/documents/{documentId}",
        "Take a document off its order; those behind it move up.",
        "lead",
        {204: None},
    ),
    Call(
        "GET",
        "/api/documents/{sha256}/preview",
        "A page as a small PNG, 160, 480 or 1000 pixels wide.",
        "viewer",
        {200: None, 304: None},
        query=("page", "width"),
    ),
    Call(
        "GET",
        "/api/labels.pdf",
        "Labels with Code 128 and QR of each `orderId`, on A4 sheets or a 62 mm roll (`size`: a4, 62mm).",
        "viewer",
        {200: None},
        query=("orderId", "size", "lang"),
    ),
    Call(
        "GET",
        "/api/order-table.csv",
        "An empty table of orders to fill in and import.",
        "viewer",
        {200: None},
        query=("lang",),
    ),
)
