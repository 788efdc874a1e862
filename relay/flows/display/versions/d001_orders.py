"""Orders, their documents and revisions."""

import sqlalchemy as sa
from alembic import op

revision = "d001_orders"
down_revision = None
branch_labels = ("display",)
depends_on = "0003_documents"


def upgrade() -> None:
    """Create the tables of the display flow."""
    op.create_table(
        "orders",
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("due_date", sa.Text),
        sa.Column("fields", sa.Text),
        sa.Column("searched", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_orders"),
        sa.UniqueConstraint("order_id", name="uq_orders_order_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "documents",
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_key", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("document_id", name="pk_documents"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.order_id"], name="fk_documents_order_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("order_id", "number", name="uq_documents_order_id_number"),
        sa.UniqueConstraint("order_id", "title_key", name="uq_documents_title_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("added_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name="fk_revisions_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_revisions_sha256"),
        sa.UniqueConstraint("document_id", "revision", name="uq_revisions_document_id_revision"),
        sa.CheckConstraint("(sha256 IS NULL) <> (url IS NULL)", name="ck_revisions_one_content"),
        sqlite_strict=True,
    )
    op.create_index("ix_revisions_newest", "revisions", ["document_id", "id"])
    op.create_index("ix_revisions_sha256", "revisions", ["sha256"])
