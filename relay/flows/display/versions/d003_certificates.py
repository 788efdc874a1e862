"""The certificate that a web document's own host may show although nobody vouches for it."""

import sqlalchemy as sa
from alembic import op

revision = "d003_certificates"
down_revision = "d002_island"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("revisions", sa.Column("certificate_sha256", sa.Text))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("revisions", "certificate_sha256")
