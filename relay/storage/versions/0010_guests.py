"""Phones that joined a screen for a shift, and the tickets by which they do."""

import sqlalchemy as sa
from alembic import op

revision = "0010_guests"
down_revision = "0009_order_of_delivery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "guests",
        sa.Column("guest_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.LargeBinary, nullable=False),
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("guest_id", name="pk_guests"),
        sa.UniqueConstraint("session_id", name="uq_guests_session_id"),
        sa.ForeignKeyConstraint(
            ["screen_key"], ["screens.screen_key"], name="fk_guests_screen_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_guests_screen_key", "guests", ["screen_key"])
    op.create_table(
        "join_tickets",
        sa.Column("ticket_hash", sa.LargeBinary, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("session_id", sa.LargeBinary),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.Column("joined", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name="pk_join_tickets"),
        sa.UniqueConstraint("code_hash", name="uq_join_tickets_code_hash"),
        sa.ForeignKeyConstraint(
            ["screen_key"], ["screens.screen_key"], name="fk_join_tickets_screen_key", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name="fk_join_tickets_session_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_join_tickets_screen_key", "join_tickets", ["screen_key"])


def downgrade() -> None:
    """Let no phone in without a sign-in."""
    op.drop_table("join_tickets")
    op.drop_table("guests")
