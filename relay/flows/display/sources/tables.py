"""The sources, the orders that came from them, and the files of the watched folder that were dealt with."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from relay.storage.database import metadata

order_sources = Table(
    "order_sources",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    # A SourceDraft without its secret, as JSON.
    Column("draft", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    sqlite_strict=True,
)

sourced_orders = Table(
    "sourced_orders",
    metadata,
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", Text, ForeignKey("order_sources.source_id", ondelete="CASCADE"), nullable=False),
    # The one document of the order that the source speaks of; gone when somebody deleted it.
    Column("document_id", Text, ForeignKey("documents.document_id", ondelete="SET NULL")),
    Column("checked_at", Integer, nullable=False),
    # What the source called the revision, and by what it knows that the file is the same.
    Column("revision", Text),
    Column("etag", Text),
    sqlite_strict=True,
)
Index("ix_sourced_orders_source_id", sourced_orders.c.source_id)

watched_files = Table(
    "watched_files",
    metadata,
    Column("name", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("order_id", Text),
    # Null: it was filed. Else the problem, with the values of its sentence as JSON.
    Column("code", Text),
    Column("words", Text),
    Column("at", Integer, nullable=False),
    sqlite_strict=True,
)
