"""People, screens, their sessions, and API tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001_identity"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create users, screens, sessions and API tokens."""
    op.create_table(
        "users",
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_key", name="pk_users"),
        sqlite_strict=True,
    )
    op.create_table(
        "screens",
        sa.Column("screen_key", sa.Text, nullable=False),
        sa.Column("screen_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("screen_key", name="pk_screens"),
        sqlite_strict=True,
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.LargeBinary, nullable=False),
        sa.Column("user_key", sa.Text),
        sa.Column("screen_key", sa.Text),
        sa.Column("device", sa.Text),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary),
        sa.Column("previous_attempt", sa.LargeBinary),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("used_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sa.UniqueConstraint("screen_key", name="uq_sessions_screen_key"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_sessions_user_key", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["screen_key"], ["screens.screen_key"], name="fk_sessions_screen_key", ondelete="CASCADE"
        ),
        sa.CheckConstraint("(user_key IS NULL) <> (screen_key IS NULL)", name="ck_sessions_one_owner"),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_user_key", "sessions", ["user_key"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget everybody."""
    for table in ("api_tokens", "sessions", "screens", "users"):
        op.drop_table(table)
