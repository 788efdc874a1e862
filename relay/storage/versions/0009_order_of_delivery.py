"""Deliveries are found by their order without reading all of them, in any letter case."""

import sqlalchemy as sa
from alembic import op

revision = "0009_order_of_delivery"
down_revision = "0008_blocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_delivery_order",
        "delivery",
        [sa.text("order_id COLLATE NOCASE"), "created_at"],
        sqlite_where=sa.text("order_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_delivery_order", "delivery")
