"""Has the relay use new keys, and the old ones verify for as long as their tokens live: nobody is signed out.

That is the key that signs access tokens and the secret that makes refresh tokens, both by one rotation.
"""

from sqlalchemy import func, select, union_all

from relay.clock import Clock
from relay.errors import StorageUnavailableError, invalid
from relay.identity.audit import about
from relay.identity.keys import VARIABLE, Keys
from relay.identity.tables import api_tokens, guests, sessions
from relay.identity.tokens import LENIENCE_MS, LIFE_SECONDS
from relay.storage.database import Database


async def rotate(keys: Keys, database: Database, clock: Clock) -> None:
    """Rotate. Raises VALIDATION_ERROR where the keys are given by the environment, StorageUnavailableError."""
    if keys.path is None:
        raise invalid(VARIABLE, "keys_sealed" if keys.is_sealed else "keys_given")
    # Of programs, of phones, and what refreshes a session: the tokens that are good for longer than 15 minutes.
    lasting = union_all(
        select(api_tokens.c.expires_at), select(guests.c.expires_at), select(sessions.c.expires_at)
    ).subquery()
    query = select(func.max(lasting.c.expires_at))
    last_ms = await database.read(lambda connection: connection.execute(query).scalar()) or 0
    now_ms = clock.now_ms()
    try:
        # At once and not on a thread: a second rotation in between would lose the key of the first.
        keys.rotate(now_ms, max(now_ms + LIFE_SECONDS * 1000, last_ms + LENIENCE_MS))
    except OSError as error:
        raise StorageUnavailableError(f"{keys.path}: {error}") from error
    about("keys", keys.current)
