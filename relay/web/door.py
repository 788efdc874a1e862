"""The one place where a name and a password are judged: for programs, for pages, and for the page that pairs."""

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import about
from relay.identity.users import User, Users
from relay.web.guesses import Guesses
from relay.web.limits import Limits, address_key


class Door:
    """Lets people in who know their password, and slows down who guesses."""

    def __init__(self, users: Users, limits: Limits, clock: Clock) -> None:
        """Judge by `users`, count by address in `limits`."""
        self._users = users
        self._limits = limits
        self._guesses = Guesses(clock)

    async def admit(self, remote: str | None, name: str, password: str) -> User:
        """Return who this is. Raises SIGN_IN_FAILED, or RATE_LIMITED with the time to wait."""
        key = f"login {address_key(remote)}"
        try:
            self._limits.take(key)
            self._guesses.begin(name, remote)
            user = await self._users.check(name, password)
        except Refusal as refusal:
            if refusal.code is Code.SIGN_IN_FAILED:
                # Somebody may have typed the password into the field of the name: only a known name is written down.
                about("user", await self._users.known_name(name) or "")
            raise
        self._limits.give_back(key)
        self._guesses.right(name, remote)
        about("user", user.name)
        return user
