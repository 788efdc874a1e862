"""The engine's durable timers, dead letters, and a history that keeps only what a delivery's own row does not say."""

import sqlalchemy as sa
from alembic import op

revision = "0005_engine"
down_revision = "0004_pairing"
branch_labels = None
depends_on = None

_BAD_ENDS = "state IN ('failed', 'expired', 'dead') AND discarded_at IS NULL AND retried_as IS NULL"


def upgrade() -> None:
    """Add what breaker and dead letters need; drop the lines of history that `delivery` tells by itself."""
    op.add_column("mailbox", sa.Column("shut_until", sa.Integer))
    op.add_column("journal", sa.Column("boot", sa.Text))
    op.add_column("journal", sa.Column("difference_ms", sa.Integer))
    for column in (
        sa.Column("retry_of", sa.Text),
        sa.Column("retried_as", sa.Text),
        sa.Column("discarded_at", sa.Integer),
    ):
        op.add_column("delivery", column)
    op.create_index("ix_delivery_dead_letters", "delivery", ["created_at"], sqlite_where=sa.text(_BAD_ENDS))
    op.execute(
        "DELETE FROM delivery_history WHERE (state = 'waiting' AND detail IS NULL)"
        " OR (state = 'sent' AND detail = 'attempt 1')"
        " OR (state NOT IN ('waiting', 'sent') AND detail IS NOT 'after its end')"
    )


def downgrade() -> None:
    """Forget what the engine added."""
    op.drop_index("ix_delivery_dead_letters", "delivery")
    for name in ("discarded_at", "retried_as", "retry_of"):
        op.drop_column("delivery", name)
    op.drop_column("mailbox", "shut_until")
    op.drop_column("journal", "difference_ms")
    op.drop_column("journal", "boot")
