"""Offers to pair a screen."""

import sqlalchemy as sa
from alembic import op

revision = "0004_pairing"
down_revision = "0003_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the offers."""
    op.create_table(
        "offers",
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("screen_key", name="pk_offers"),
        sa.UniqueConstraint("token_hash", name="uq_offers_token_hash"),
        sa.UniqueConstraint("code_hash", name="uq_offers_code_hash"),
        sa.ForeignKeyConstraint(
            ["screen_key"], ["screens.screen_key"], name="fk_offers_screen_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the offers."""
    op.drop_table("offers")
