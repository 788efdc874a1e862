"""What screens keep for the time without the relay, and the scans of that time."""

import sqlalchemy as sa
from alembic import op

revision = "d002_island"
down_revision = "d001_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, and find what is due without reading every order."""
    op.create_table(
        "upcoming_wish",
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("screen_key", name="pk_upcoming_wish"),
        sqlite_strict=True,
    )
    op.create_table(
        "island_scan",
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("screen_id", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("revision", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("scanned_at", sa.Integer, nullable=False),
        sa.Column("settled_at", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Integer, nullable=False),
        sa.Column("age_ms", sa.Integer, nullable=False),
        sa.Column("is_exact", sa.Integer, nullable=False),
        sa.Column("reported_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_island_scan"),
        sa.UniqueConstraint("id", name="uq_island_scan_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_island_scan_screen_key", "island_scan", ["screen_key", "position"])
    op.create_index("ix_orders_due_date", "orders", ["due_date"])


def downgrade() -> None:
    """Forget what was added."""
    op.drop_index("ix_orders_due_date", "orders")
    op.drop_table("island_scan")
    op.drop_table("upcoming_wish")
