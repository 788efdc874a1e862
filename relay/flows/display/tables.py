"""Orders, their documents, and every revision of each. An order's documents are numbered from 1 without gaps."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from relay.documents.tables import blobs
from relay.storage.database import metadata

orders = Table(
    "orders",
    metadata,
    # Counts up, so that a page of orders can say where the next one begins.
    Column("position", Integer, primary_key=True),
    Column("order_id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("customer", Text),
    Column("due_date", Text),
    Column("fields", Text),
    # What a search looks into: id, title and customer, Unicode-normalised and casefolded.
    Column("searched", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    sqlite_strict=True,
)

Index("ix_orders_due_date", orders.c.due_date)

documents = Table(
    "documents",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.order_id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    # The title as it is compared: Unicode-normalised and casefolded.
    Column("title_key", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("order_id", "number"),
    UniqueConstraint("order_id", "title_key", name="uq_documents_title_key"),
    sqlite_strict=True,
)

# The newest revision of a document is the one with the highest id; that one is shown.
revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.document_id", ondelete="CASCADE"), nullable=False),
    Column("revision", Text, nullable=False),
    Column("sha256", Text, ForeignKey(blobs.c.sha256)),
    Column("url", Text),
    # The certificate that a web page's own host may show although nobody vouches for it.
    Column("certificate_sha256", Text),
    Column("added_by", Text, nullable=False),
    Column("added_at", Integer, nullable=False),
    UniqueConstraint("document_id", "revision"),
    CheckConstraint("(sha256 IS NULL) <> (url IS NULL)", name="one_content"),
    sqlite_strict=True,
)
Index("ix_revisions_newest", revisions.c.document_id, revisions.c.id)
Index("ix_revisions_sha256", revisions.c.sha256)
