"""One document of an order: its revisions, and how it is taken away. Everything here runs inside a transaction."""

from sqlalchemy import Connection, delete, select, update

from relay.contract.names import DocumentId, OrderId
from relay.contract.orders import DocumentHistory
from relay.contract.problems import Code
from relay.documents.tables import blobs
from relay.errors import Refusal
from relay.flows.display.orders import info_of
from relay.flows.display.tables import documents, revisions


def read_history(connection: Connection, order_id: OrderId, document_id: DocumentId) -> DocumentHistory:
    """Read every revision of an order's document, the newest first. Raises DOCUMENT_NOT_FOUND."""
    its = (documents.c.order_id == order_id) & (documents.c.document_id == document_id)
    document = connection.execute(select(documents).where(its)).first()
    if document is None:
        raise _missing(document_id)
    rows = connection.execute(
        select(
            documents.c.title,
            *revisions.c,
            blobs.c.kind,
            blobs.c.media_type,
            blobs.c.pages,
            blobs.c.size,
        )
        .select_from(
            documents.join(revisions, revisions.c.document_id == documents.c.document_id).outerjoin(
                blobs, blobs.c.sha256 == revisions.c.sha256
            )
        )
        .where(documents.c.document_id == document_id)
        .order_by(revisions.c.id.desc())
    )
    return DocumentHistory(
        document_id=document_id,
        order_id=order_id,
        number=document.number,
        title=document.title,
        revisions=tuple(info_of(row) for row in rows),
    )


def delete_document(connection: Connection, order_id: OrderId, document_id: DocumentId) -> None:
    """Take a document off its order with all its revisions; the files stay, for what was shown.

    Those behind it move up, because an order's documents are numbered without gaps. Raises DOCUMENT_NOT_FOUND.
    """
    its = (documents.c.order_id == order_id) & (documents.c.document_id == document_id)
    number = connection.execute(select(documents.c.number).where(its)).scalar()
    if number is None:
        raise _missing(document_id)
    connection.execute(delete(documents).where(its))
    behind = (
        select(documents.c.document_id, documents.c.number)
        .where(documents.c.order_id == order_id, documents.c.number > number)
        .order_by(documents.c.number)
    )
    # One after the other: no two may have the same number, not even while one statement runs.
    for row in connection.execute(behind).all():
        moved = update(documents).where(documents.c.document_id == row.document_id)
        connection.execute(moved.values(number=row.number - 1))


def _missing(document_id: DocumentId) -> Refusal:
    return Refusal(Code.DOCUMENT_NOT_FOUND, what="what.no_such_document", documentId=document_id)
