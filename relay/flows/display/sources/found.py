"""Keeps what a source said about an order: as an order, a document and a revision like any other. In a transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from relay.contract.names import DocumentId, OrderId, Sha256
from relay.contract.orders import OrderDraft
from relay.errors import Refusal
from relay.flows.display.filing import Filing, file_document
from relay.flows.display.naming import LONGEST_LABEL, tidy
from relay.flows.display.orders import write_order
from relay.flows.display.sources.answers import Answer, Known
from relay.flows.display.sources.tables import sourced_orders
from relay.flows.display.spelling import read_date
from relay.flows.display.tables import documents, orders, revisions

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Sourced:
    """An order that came from a source, and when that source last spoke of it (UTC ms)."""

    source_id: str
    checked_at: int
    known: Known


def draft_of(order_id: OrderId, answer: Answer) -> OrderDraft:
    """Describe the order as its source does; a date that nobody can read is left out."""
    due_date = None
    if answer.due_date:
        try:
            due_date = read_date(answer.due_date)
        except Refusal:
            due_date = None
    return OrderDraft(
        title=tidy(answer.title or order_id)[:LONGEST_TEXT],
        customer=tidy(answer.customer or "")[:LONGEST_TEXT] or None,
        due_date=due_date,
    )


def keep_found(
    connection: Connection,
    order_id: OrderId,
    source_id: str,
    answer: Answer,
    *,
    sha256: Sha256 | None,
    etag: str | None,
    now_ms: int,
) -> Sourced:
    """Write the order and file its document; without `sha256` the document is the one that is here already."""
    write_order(connection, order_id, draft_of(order_id, answer), now_ms)
    before = connection.execute(select(sourced_orders).where(sourced_orders.c.order_id == order_id)).first()
    document_id = None if before is None else before.document_id
    if sha256 is not None:
        document_id = _file(
            connection,
            order_id,
            document_id,
            answer,
            sha256=sha256,
            added_by=f"source:{source_id}",
            now_ms=now_ms,
        )
    values = {
        "source_id": source_id,
        "document_id": document_id,
        "checked_at": now_ms,
        "revision": answer.revision,
        "etag": etag,
    }
    connection.execute(
        insert(sourced_orders)
        .values(order_id=order_id, **values)
        .on_conflict_do_update(index_elements=["order_id"], set_=values)
    )
    return Sourced(source_id, now_ms, Known(answer.revision, etag))


def forget_order(connection: Connection, order_id: OrderId) -> None:
    """Delete an order that its source has no more; the files stay, for what was shown."""
    connection.execute(delete(orders).where(orders.c.order_id == order_id))


def read_sourced(connection: Connection) -> dict[str, Sourced]:
    """Read which orders came from where."""
    return {
        row.order_id: Sourced(row.source_id, row.checked_at, Known(row.revision, row.etag))
        for row in connection.execute(select(sourced_orders))
    }


def _file(
    connection: Connection,
    order_id: OrderId,
    document_id: str | None,
    answer: Answer,
    *,
    sha256: Sha256,
    added_by: str,
    now_ms: int,
) -> DocumentId:
    """File the content as the newest revision, whatever has that name: what the source says now is what holds."""
    title = None
    past: list[tuple[str, str | None]] = []
    if document_id is not None:
        title = connection.execute(
            select(documents.c.title).where(documents.c.document_id == document_id)
        ).scalar()
        rows = connection.execute(
            select(revisions.c.revision, revisions.c.sha256)
            .where(revisions.c.document_id == document_id)
            .order_by(revisions.c.id)
        )
        past = [(row.revision, row.sha256) for row in rows]
    said = tidy(answer.revision or "")[: LONGEST_LABEL - 10] or None
    if past and past[-1][1] == sha256 and (said is None or _is_of(past[-1][0], said)):
        return DocumentId(str(document_id))
    filing = Filing(
        name=answer.name or order_id,
        sha256=sha256,
        title=title or tidy(answer.title or answer.name or order_id)[:LONGEST_LABEL],
        revision=None if said is None else _free(said, {name for name, _ in past}),
        added_by=added_by,
    )
    return file_document(connection, order_id, filing, now_ms).document_id


def _is_of(name: str, said: str) -> bool:
    return name == said or (name.startswith(f"{said}-") and name[len(said) + 1 :].isdigit())


def _free(said: str, used: set[str]) -> str:
    """A revision whose content the source has changed without another name gets a number behind it."""
    name, count = said, 1
    while name in used:
        count += 1
        name = f"{said}-{count}"
    return name
