"""Filing a document as if: everything that filing checks is checked, and then all of it is taken back."""

from sqlalchemy import Connection, insert, select

from relay.contract.names import OrderId
from relay.contract.orders import OrderDraft
from relay.documents.tables import blobs
from relay.flows.display.filing import Filing, file_document
from relay.flows.display.orders import Orders, write_order


class _TakenBack(Exception):
    """Raised when all went well: a write that raises changes nothing."""


async def rehearse(orders: Orders, order_id: OrderId, filing: Filing, draft: OrderDraft) -> None:
    """File it and take it back. Raises what filing would (ALREADY_EXISTS, VALIDATION_ERROR)."""
    now_ms = orders.now_ms()

    def work(connection: Connection) -> None:
        write_order(connection, order_id, draft, now_ms)
        if filing.sha256 is not None:
            _pretend_file(connection, filing.sha256, now_ms)
        file_document(connection, order_id, filing, now_ms)
        raise _TakenBack

    try:
        await orders.attempt(work)
    except _TakenBack:
        return


def _pretend_file(connection: Connection, sha256: str, now_ms: int) -> None:
    if connection.execute(select(blobs.c.size).where(blobs.c.sha256 == sha256)).first() is None:
        connection.execute(
            insert(blobs).values(
                sha256=sha256, kind="pdf", media_type="", pages=1, size=0, name="", added_at=now_ms
            )
        )
