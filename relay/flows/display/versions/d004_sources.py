"""Order sources, the orders that came from them, and the files of the watched folder."""

import sqlalchemy as sa
from alembic import op

revision = "d004_sources"
down_revision = "d003_certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "order_sources",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("draft", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "sourced_orders",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text),
        sa.Column("checked_at", sa.Integer, nullable=False),
        sa.Column("revision", sa.Text),
        sa.Column("etag", sa.Text),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.order_id"], name="fk_sourced_orders_order_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["order_sources.source_id"],
            name="fk_sourced_orders_source_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name="fk_sourced_orders_document_id",
            ondelete="SET NULL",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_sourced_orders_source_id", "sourced_orders", ["source_id"])
    op.create_table(
        "watched_files",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("words", sa.Text),
        sa.Column("at", sa.Integer, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget them; the orders stay."""
    op.drop_table("watched_files")
    op.drop_table("sourced_orders")
    op.drop_table("order_sources")
