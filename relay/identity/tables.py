"""Who may sign in: people, screens, their sessions, and API tokens. Times are UTC milliseconds; secrets only as hashes.

A `..._key` is a name as it is compared: Unicode-normalised and casefolded (see `identity.spelling`).
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from relay.storage.database import metadata

users = Table(
    "users",
    metadata,
    Column("user_key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    sqlite_strict=True,
)

screens = Table(
    "screens",
    metadata,
    Column("screen_key", Text, primary_key=True),
    Column("screen_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    sqlite_strict=True,
)

# A session is one sign-in, or one pairing: the family of all refresh tokens that follow from it. Its row is the whole
# memory of that family; deleting the row revokes it. A screen has one at most.
sessions = Table(
    "sessions",
    metadata,
    Column("session_id", LargeBinary, primary_key=True),
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE")),
    Column("screen_key", Text, ForeignKey("screens.screen_key", ondelete="CASCADE"), unique=True),
    Column("device", Text),
    Column("token_hash", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary),
    Column("previous_attempt", LargeBinary),
    Column("created_at", Integer, nullable=False),
    Column("used_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    # Of a person's: whether a browser holds it in its cookies (unknown where it was begun by a relay of before), from
    # where and by what it was begun, and when the password was last given.
    Column("is_page", Integer),
    Column("address", Text),
    Column("agent", Text),
    Column("proved_at", Integer),
    CheckConstraint("(user_key IS NULL) <> (screen_key IS NULL)", name="one_owner"),
    sqlite_strict=True,
)
Index("ix_sessions_user_key", sessions.c.user_key)
Index("ix_sessions_expires_at", sessions.c.expires_at)

# A person's last sign-in and the one before it (identity.notices); no foreign word but what their browser calls itself.
last_sign_ins = Table(
    "last_sign_ins",
    metadata,
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE"), primary_key=True),
    Column("at", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("before_at", Integer),
    Column("before_address", Text),
    Column("before_agent", Text),
    sqlite_strict=True,
)

# What changed about how a person signs in, until they have seen it (identity.notices); `session_id`: where it was done.
notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE"), nullable=False),
    Column("at", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("session_id", LargeBinary),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)
Index("ix_notices_user_key", notices.c.user_key)

# Phones that joined one screen for a shift (identity.guests); deleting the row revokes it.
guests = Table(
    "guests",
    metadata,
    Column("guest_id", Integer, primary_key=True),
    Column("session_id", LargeBinary, nullable=False, unique=True),
    Column("screen_key", Text, ForeignKey("screens.screen_key", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)
Index("ix_guests_screen_key", guests.c.screen_key)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("last_used_at", Integer),
    sqlite_strict=True,
)

# What a person may do with single screens and groups, where the role alone does not decide it (identity.grants).
user_grants = Table(
    "user_grants",
    metadata,
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE"), primary_key=True),
    Column("permission", Text, primary_key=True),
    sqlite_strict=True,
)

# A person's second factor (identity.second_factor): the key of their app, encrypted, and the last step that counted.
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE"), primary_key=True),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("last_step", Integer, nullable=False),
    Column("set_up_at", Integer, nullable=False),
    sqlite_strict=True,
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("user_key", Text, ForeignKey("users.user_key", ondelete="CASCADE"), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    sqlite_strict=True,
)
Index("ix_recovery_codes_user_key", recovery_codes.c.user_key)

screen_groups = Table(
    "screen_groups",
    metadata,
    Column("group_key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    sqlite_strict=True,
)

group_screens = Table(
    "group_screens",
    metadata,
    Column("group_key", Text, ForeignKey("screen_groups.group_key", ondelete="CASCADE"), primary_key=True),
    Column("screen_key", Text, ForeignKey("screens.screen_key", ondelete="CASCADE"), primary_key=True),
    sqlite_strict=True,
)
Index("ix_group_screens_screen_key", group_screens.c.screen_key)

# Whom the relay does not answer for a while (identity.blocks).
blocks = Table(
    "blocks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_strict=True,
)

# Who did what to what (identity.audit). Nothing refers to it and it refers to nothing: it outlives what it tells of.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)
Index("ix_audit_at", audit.c.at)
