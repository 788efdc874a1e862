"""The journal of deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0002_delivery"
down_revision = "0001_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the journal, its mailboxes, deliveries and their history."""
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sqlite_strict=True,
    )
    op.create_table(
        "mailbox",
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("gen", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("recipient", name="pk_mailbox"),
        sqlite_strict=True,
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("slot", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("screen_id", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("document", sa.Text),
        sa.Column("revision", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("superseded_by", sa.Text),
        sa.Column("outcome", sa.LargeBinary),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.Column("sent_at", sa.Integer),
        sa.Column("received_at", sa.Integer),
        sa.Column("ended_at", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("recipient", "seq", name="uq_delivery_recipient_seq"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_delivery_open", "delivery", ["recipient", "seq"], sqlite_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_delivery_created", "delivery", ["created_at"])
    op.create_table(
        "delivery_history",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_history"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_delivery_history_delivery_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_delivery_history_delivery_id", "delivery_history", ["delivery_id"])


def downgrade() -> None:
    """Forget the journal."""
    for table in ("delivery_history", "delivery", "mailbox", "journal"):
        op.drop_table(table)
