"""The audit log, groups of screens, what single people may do with them, and when an API token was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0007_access"
down_revision = "0006_pairing_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.add_column("api_tokens", sa.Column("last_used_at", sa.Integer))
    op.create_table(
        "user_grants",
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("permission", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_key", "permission", name="pk_user_grants"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_user_grants_user_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "screen_groups",
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_key", name="pk_screen_groups"),
        sqlite_strict=True,
    )
    op.create_table(
        "group_screens",
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_key", "screen_key", name="pk_group_screens"),
        sa.ForeignKeyConstraint(
            ["group_key"], ["screen_groups.group_key"], name="fk_group_screens_group_key", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["screen_key"], ["screens.screen_key"], name="fk_group_screens_screen_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_group_screens_screen_key", "group_screens", ["screen_key"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("target_kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Forget who did what, the groups and the grants."""
    for table in ("audit", "group_screens", "screen_groups", "user_grants"):
        op.drop_table(table)
    op.drop_column("api_tokens", "last_used_at")
