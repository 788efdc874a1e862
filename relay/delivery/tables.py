"""The journal's tables. All times are UTC milliseconds; `ended_at` is null exactly while a delivery is open.

The durable timers are columns of what they are about: `delivery.expires_at`, `delivery.attempts` (how far up the ladder
of retries it is) and `mailbox.shut_until` (the circuit breaker). `delivery_history` keeps only what these rows do not
say: retries, lost lines, what a screen told after the end.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    and_,
    collate,
)

from relay.storage.database import metadata

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", Text, nullable=False),
    # Which boot of the machine wrote last, and how far its wall clock then was ahead of the clock that only grows.
    Column("boot", Text),
    Column("difference_ms", Integer),
    sqlite_strict=True,
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("head", Integer, nullable=False),
    Column("gen", Integer, nullable=False),
    Column("shut_until", Integer),
    sqlite_strict=True,
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("slot", Text),
    Column("verb", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("sender", Text, nullable=False),
    Column("screen_id", Text, nullable=False),
    Column("order_id", Text),
    Column("document", Text),
    Column("revision", Text),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("superseded_by", Text),
    Column("outcome", LargeBinary),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("sent_at", Integer),
    Column("received_at", Integer),
    Column("ended_at", Integer),
    Column("retry_of", Text),
    Column("retried_as", Text),
    Column("discarded_at", Integer),
    UniqueConstraint("recipient", "seq"),
    sqlite_strict=True,
)
Index("ix_delivery_open", delivery.c.recipient, delivery.c.seq, sqlite_where=delivery.c.ended_at.is_(None))
Index("ix_delivery_created", delivery.c.created_at)
# People type an order's number in any letter case.
Index(
    "ix_delivery_order",
    collate(delivery.c.order_id, "NOCASE"),
    delivery.c.created_at,
    sqlite_where=delivery.c.order_id.is_not(None),
)
is_dead_letter = and_(
    delivery.c.state.in_(("failed", "expired", "dead")),
    delivery.c.discarded_at.is_(None),
    delivery.c.retried_as.is_(None),
)
Index("ix_delivery_dead_letters", delivery.c.created_at, sqlite_where=is_dead_letter)

history = Table(
    "delivery_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Text, ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("at", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text),
    sqlite_strict=True,
)
Index("ix_delivery_history_delivery_id", history.c.delivery_id)
