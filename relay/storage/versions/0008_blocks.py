"""Whom the relay does not answer for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0008_blocks"
down_revision = "0007_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "blocks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Answer everybody again."""
    op.drop_table("blocks")
