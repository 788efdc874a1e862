"""Offers: at most one per screen, so that a new one withdraws the older. Its secrets are kept as keyed hashes only."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from relay.identity.tables import screens
from relay.storage.database import metadata

offers = Table(
    "offers",
    metadata,
    Column("screen_key", Text, ForeignKey(screens.c.screen_key, ondelete="CASCADE"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    sqlite_strict=True,
)
