"""Offers, at most one per screen, requests of workstations, tickets for phones; secrets as keyed hashes only."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from relay.identity.tables import screens, sessions
from relay.storage.database import metadata

# A new offer withdraws the older one of its screen. A used one stays until then, so that whoever comes late hears why.
offers = Table(
    "offers",
    metadata,
    Column("screen_key", Text, ForeignKey(screens.c.screen_key, ondelete="CASCADE"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("used_at", Integer),
    sqlite_strict=True,
)

# What screens show to phones that may join them (pairing.joining). It ends with the session that made it.
join_tickets = Table(
    "join_tickets",
    metadata,
    Column("ticket_hash", LargeBinary, primary_key=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("screen_key", Text, ForeignKey(screens.c.screen_key, ondelete="CASCADE"), nullable=False),
    Column("session_id", LargeBinary, ForeignKey(sessions.c.session_id, ondelete="CASCADE")),
    Column("made_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("joined", Integer, nullable=False),
    sqlite_strict=True,
)
Index("ix_join_tickets_screen_key", join_tickets.c.screen_key)

# `state`: open, approved (not fetched yet), redeemed, or denied. `device` is the Device as JSON.
pairing_requests = Table(
    "pairing_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("user_hash", LargeBinary, nullable=False, unique=True),
    Column("device_hash", LargeBinary, nullable=False, unique=True),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("screen_key", Text, ForeignKey(screens.c.screen_key, ondelete="CASCADE")),
    Column("decided_by", Text),
    Column("redeemed_at", Integer),
    sqlite_strict=True,
)
