"""What the time without the relay leaves behind, and what a screen is to keep for it. Times are UTC milliseconds."""

from sqlalchemy import Column, Index, Integer, Table, Text

from relay.storage.database import metadata

# Which of the orders that are due belong to a screen, as an admin said it by a search; no row means all of them.
upcoming_wish = Table(
    "upcoming_wish",
    metadata,
    Column("screen_key", Text, primary_key=True),
    Column("query", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Integer, nullable=False),
    sqlite_strict=True,
)

# Exactly what was seen at a screen that had no relay. Each has a delivery of the same id in the journal.
island_scan = Table(
    "island_scan",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("screen_key", Text, nullable=False),
    Column("screen_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("revision", Text),
    Column("title", Text),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("scanned_at", Integer, nullable=False),
    Column("settled_at", Integer, nullable=False),
    Column("as_of", Integer, nullable=False),
    Column("age_ms", Integer, nullable=False),
    # 1: its times were counted by a clock that nobody can set. 0: they are the workstation's own time of day.
    Column("is_exact", Integer, nullable=False),
    Column("reported_at", Integer, nullable=False),
    sqlite_strict=True,
)
Index("ix_island_scan_screen_key", island_scan.c.screen_key, island_scan.c.position)
