"""Files by their content."""

import sqlalchemy as sa
from alembic import op

revision = "0003_documents"
down_revision = "0002_delivery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of blobs."""
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("added_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
        sqlite_strict=True,
    )
