"""What one person had shown: the deliveries that carry their name as the sender."""

from sqlalchemy import Connection, func, select

from relay.contract.personal import PersonDelivery
from relay.delivery.tables import delivery
from relay.storage.database import Database

MOST = 10_000


async def deliveries_of(database: Database, sender: str) -> tuple[int, tuple[PersonDelivery, ...]]:
    """Return how many there are of this sender (`user:NAME`), and the newest 10,000. Reads the whole table."""

    def read(connection: Connection) -> tuple[int, tuple[PersonDelivery, ...]]:
        own = delivery.c.sender == sender
        newest = select(delivery).where(own).order_by(delivery.c.created_at.desc(), delivery.c.id).limit(MOST)
        found = tuple(
            PersonDelivery(
                id=row.id,
                at=row.created_at,
                screen_id=row.screen_id,
                command=row.verb,
                state=row.state,
                order_id=row.order_id,
            )
            for row in connection.execute(newest)
        )
        return connection.execute(select(func.count()).select_from(delivery).where(own)).scalar_one(), found

    return await database.read(read)
