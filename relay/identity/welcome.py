"""The first admin of a relay without users: a link that is told once, works once, and for an hour.

The secret is kept in memory alone: a relay that starts again tells a new link, and the one before is nothing.
"""

import hashlib
import hmac
import secrets

from relay.clock import Clock
from relay.contract.accounts import FirstAdmin, NewUser
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.users import User, Users

LIFE_SECONDS = 3600
SECRET_BYTES = 20


class Welcome:
    """Whoever has the link of this relay's terminal becomes its first admin."""

    def __init__(self, users: Users, clock: Clock) -> None:
        """Offer nothing yet."""
        self._users = users
        self._clock = clock
        self._hash: bytes | None = None
        self._until = 0.0

    async def offer(self) -> str | None:
        """Return a new secret, good for an hour from now; None where there are users."""
        if await self._users.is_anybody():
            return None
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self._hash, self._until = _hashed(secret), self._clock.monotonic() + LIFE_SECONDS
        return secret

    async def accept(self, wish: FirstAdmin) -> User:
        """Make the first admin. Raises WELCOME_ENDED, and VALIDATION_ERROR, after which the link still works."""
        is_open = self._hash is not None and self._clock.monotonic() < self._until
        if not is_open or not hmac.compare_digest(self._hash or b"", _hashed(wish.secret)):
            raise Refusal(Code.WELCOME_ENDED)
        # Whoever is second, by this link or the command line, finds somebody there (Users.add).
        added = await self._users.add(
            NewUser(name=wish.name, role="admin", password=wish.password), only_first=True
        )
        self._hash = None
        return await self._users.check(added.name, wish.password)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
