"""Files a document under an order: which of its documents it is, which revision, and whether it is there already.

Everything here runs inside one write of the database, so that a document is filed wholly or not at all.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select

from relay.contract.names import DocumentId, OrderId, Sha256
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.flows.display.naming import key_of, next_revision
from relay.flows.display.tables import documents, orders, revisions

# Without letters and digits that are taken for each other.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
ID_LENGTH = 16
MOST_DOCUMENTS = 999


@dataclass(frozen=True, slots=True)
class Filing:
    """What is to be filed: a file by its SHA-256, or a web address; `name` makes a title where there is none.

    `known_content` says when content without a revision of its own counts as filed already: when it is the `newest`
    revision (somebody sends twice), or `any` revision (a table is imported again).
    """

    name: str
    sha256: Sha256 | None = None
    url: str | None = None
    certificate_sha256: Sha256 | None = None
    title: str | None = None
    revision: str | None = None
    added_by: str = ""
    known_content: Literal["newest", "any"] = "newest"


@dataclass(frozen=True, slots=True)
class Filed:
    """Where it was filed; `is_new` is False when it had been there already."""

    document_id: DocumentId
    revision: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Revision:
    document_id: DocumentId
    title_key: str
    revision: str
    sha256: str | None
    url: str | None
    certificate_sha256: str | None


def file_document(connection: Connection, order_id: OrderId, filing: Filing, now_ms: int) -> Filed:
    """File it. Raises ORDER_NOT_FOUND; ALREADY_EXISTS when the revision is there with another content."""
    if connection.execute(select(orders.c.position).where(orders.c.order_id == order_id)).first() is None:
        raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)
    history = _history(connection, order_id)
    if filing.title is None and filing.known_content == "any" and (known := _same(filing, history)):
        return Filed(known.document_id, known.revision, is_new=False)
    document = _choose_document(connection, order_id, filing)
    past = [] if document is None else [each for each in history if each.document_id == document.document_id]
    if known := _already(filing, past, "" if document is None else document.title):
        return Filed(known.document_id, known.revision, is_new=False)
    revision = filing.revision or next_revision(
        past[-1].revision if past else None, {each.revision for each in past}
    )
    document_id = (
        document.document_id if document is not None else _open_document(connection, order_id, filing, now_ms)
    )
    connection.execute(
        insert(revisions).values(
            document_id=document_id,
            revision=revision,
            sha256=filing.sha256,
            url=filing.url,
            certificate_sha256=filing.certificate_sha256,
            added_by=filing.added_by,
            added_at=now_ms,
        )
    )
    return Filed(document_id, revision, is_new=True)


def _history(connection: Connection, order_id: OrderId) -> list[_Revision]:
    """Read all revisions of an order's documents, oldest first."""
    rows = connection.execute(
        select(
            documents.c.document_id,
            documents.c.title_key,
            revisions.c.revision,
            revisions.c.sha256,
            revisions.c.url,
            revisions.c.certificate_sha256,
        )
        .join(revisions, revisions.c.document_id == documents.c.document_id)
        .where(documents.c.order_id == order_id)
        .order_by(revisions.c.id)
    )
    return [_Revision(*row) for row in rows]


def _choose_document(connection: Connection, order_id: OrderId, filing: Filing) -> Row[Any, Any] | None:
    """Find the document that this is a revision of; None if it is a new one."""
    its = select(documents.c.document_id, documents.c.title).where(documents.c.order_id == order_id)
    title = filing.title
    if title is None:
        found = connection.execute(its.limit(2)).all()
        if len(found) == 1:
            return found[0]
        title = filing.name
    return connection.execute(its.where(documents.c.title_key == key_of(title))).first()


def _open_document(connection: Connection, order_id: OrderId, filing: Filing, now_ms: int) -> DocumentId:
    numbers = select(func.max(documents.c.number)).where(documents.c.order_id == order_id)
    number = (connection.execute(numbers).scalar() or 0) + 1
    if number > MOST_DOCUMENTS:
        raise Refusal(Code.VALIDATION_ERROR, field="orderId", reason="reason.too_many_documents")
    document_id = DocumentId("d_" + "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH)))
    title = filing.title or filing.name
    connection.execute(
        insert(documents).values(
            document_id=document_id,
            order_id=order_id,
            number=number,
            title=title,
            title_key=key_of(title),
            created_at=now_ms,
        )
    )
    return document_id


def _already(filing: Filing, past: list[_Revision], title: str) -> _Revision | None:
    """Find the revision that this is, if it is there; `past` is the document's, oldest first."""
    if filing.revision is not None:
        known = next((each for each in past if each.revision == filing.revision), None)
        if known is not None and not _has_content(known, filing):
            raise Refusal(
                Code.ALREADY_EXISTS, what="what.revision_differs", revision=known.revision, title=title
            )
        return known
    return _same(filing, past[-1:] if filing.known_content == "newest" else past)


def _same(filing: Filing, past: list[_Revision]) -> _Revision | None:
    return next(
        (
            each
            for each in reversed(past)
            if _has_content(each, filing) and filing.revision in {None, each.revision}
        ),
        None,
    )


def _has_content(known: _Revision, filing: Filing) -> bool:
    return (known.sha256, known.url, known.certificate_sha256) == (
        filing.sha256,
        filing.url,
        filing.certificate_sha256,
    )
