"""Says of orders which source they came from. Runs inside a read."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection, select

from relay.contract.orders import OrderOrigin
from relay.contract.sources import SourceDraft
from relay.flows.display.sources.tables import order_sources, sourced_orders


def read_origins(
    connection: Connection, order_ids: Sequence[str], is_stale: Callable[[str], bool]
) -> dict[str, OrderOrigin]:
    """Return the origin of each of these orders that has one."""
    chosen = (
        select(
            sourced_orders.c.order_id,
            sourced_orders.c.source_id,
            sourced_orders.c.checked_at,
            order_sources.c.draft,
        )
        .join(order_sources, order_sources.c.source_id == sourced_orders.c.source_id)
        .where(sourced_orders.c.order_id.in_(order_ids))
    )
    return {
        row.order_id: OrderOrigin(
            source_id=row.source_id,
            name=msgspec.json.decode(row.draft, type=SourceDraft).name,
            checked_at=row.checked_at,
            is_stale=is_stale(row.order_id),
        )
        for row in connection.execute(chosen)
    }
