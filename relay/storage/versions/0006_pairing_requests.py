"""Requests to be paired, and offers that remember having been used."""

import sqlalchemy as sa
from alembic import op

revision = "0006_pairing_requests"
down_revision = "0005_engine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the requests; let an offer say that it was used instead of being gone."""
    op.add_column("offers", sa.Column("used_at", sa.Integer))
    op.create_table(
        "pairing_requests",
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("user_hash", sa.LargeBinary, nullable=False),
        sa.Column("device_hash", sa.LargeBinary, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("screen_key", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.Column("redeemed_at", sa.Integer),
        sa.PrimaryKeyConstraint("request_id", name="pk_pairing_requests"),
        sa.UniqueConstraint("user_hash", name="uq_pairing_requests_user_hash"),
        sa.UniqueConstraint("device_hash", name="uq_pairing_requests_device_hash"),
        sa.ForeignKeyConstraint(
            ["screen_key"],
            ["screens.screen_key"],
            name="fk_pairing_requests_screen_key",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the requests, and the offers that were used."""
    op.drop_table("pairing_requests")
    op.execute("DELETE FROM offers WHERE used_at IS NOT NULL")
    op.drop_column("offers", "used_at")
