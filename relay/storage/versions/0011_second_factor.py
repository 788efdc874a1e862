"""Second factors of people, and the recovery codes for when one is lost."""

import sqlalchemy as sa
from alembic import op

revision = "0011_second_factor"
down_revision = "0010_guests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "second_factors",
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("key_sealed", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.Column("set_up_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_key", name="pk_second_factors"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_second_factors_user_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["user_key"], ["users.user_key"], name="fk_recovery_codes_user_key", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_recovery_codes_user_key", "recovery_codes", ["user_key"])


def downgrade() -> None:
    """Let a password alone be enough again."""
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
