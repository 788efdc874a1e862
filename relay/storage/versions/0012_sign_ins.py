"""What sessions people have and where, when they last signed in, and what changed about how they do."""

import sqlalchemy as sa
from alembic import op

revision = "0012_sign_ins"
down_revision = "0011_second_factor"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to sessions what a person wants to know of theirs, and create the tables."""
    op.add_column("sessions", sa.Column("is_page", sa.Integer))
    op.add_column("sessions", sa.Column("address", sa.Text))
    op.add_column("sessions", sa.Column("agent", sa.Text))
    op.add_column("sessions", sa.Column("proved_at", sa.Integer))
    op.create_table(
        "last_sign_ins",
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("before_at", sa.Integer),
        sa.Column("before_address", sa.Text),
        sa.Column("before_agent", sa.Text),
        sa.PrimaryKeyConstraint("user_key", name="pk_last_sign_ins"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_last_sign_ins_user_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("session_id", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_notices_user_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_user_key", "notices", ["user_key"])


def downgrade() -> None:
    """Tell people nothing of that."""
    op.drop_table("notices")
    op.drop_table("last_sign_ins")
    with op.batch_alter_table("sessions") as sessions:
        for name in ("proved_at", "agent", "address", "is_page"):
            sessions.drop_column(name)
