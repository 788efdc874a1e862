"""The one place where a name and a password are judged: for programs, for pages, and for the page that pairs."""

import asyncio
from dataclasses import replace

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import about
from relay.identity.past_sign_ins import PastSignIns
from relay.identity.users import User, Users
from relay.web.account_tries import AccountTries
from relay.web.guesses import Guesses
from relay.web.known_browsers import Knock, KnownBrowsers
from relay.web.limits import Limits, address_key


class Door:
    """Lets people in who know their password, and slows down who guesses."""

    def __init__(
        self, users: Users, limits: Limits, clock: Clock, browsers: KnownBrowsers, past: PastSignIns
    ) -> None:
        """Judge by `users`, count by address in `limits`, go on from the sign-ins of the `past`."""
        self.browsers = browsers
        self._users = users
        self._limits = limits
        self._guesses = Guesses(clock)
        self._tries = AccountTries(clock)
        self._past = past
        self._has_recalled = False
        self._recalling = asyncio.Lock()

    async def admit(self, knock: Knock, name: str, password: str) -> User:
        """Return who this is, to begin a session. Raises SIGN_IN_FAILED, or RATE_LIMITED with the time to wait."""
        user = await self.prove(knock, name, password)
        self._tries.know(name, knock.remote)
        return user

    async def prove(self, knock: Knock, name: str, password: str) -> User:
        """Return whose name and password these are. Raises SIGN_IN_FAILED, or RATE_LIMITED with the time to wait."""
        await self._recall()
        key = f"login {address_key(knock.remote)}"
        browser = self.browsers.find(knock.cookie, name)
        place = address_key(knock.remote) if browser is None else f"browser:{browser}"
        known_name = await self._users.known_name(name)
        try:
            self._limits.take(key)
            self._guesses.begin(name, place)
            tried = self._tries.begin(name, knock.remote, browser, is_person=known_name is not None)
            user = await self._users.check(name, password)
        except Refusal as refusal:
            if refusal.code is Code.SIGN_IN_FAILED:
                # Somebody may have typed the password into the field of the name: only a known name is written down.
                about("user", known_name or "")
            raise
        self._limits.give_back(key)
        self._guesses.right(name, place)
        self._tries.right(tried)
        about("user", user.name)
        return replace(user, is_elsewhere=browser is None and not self._tries.knows(name, knock.remote))

    async def _recall(self) -> None:
        """Read once what the audit log has of the time before the start."""
        if self._has_recalled:
            return
        async with self._recalling:
            if self._has_recalled:
                return
            past = await self._past.read()
            self._tries.recall(past.failed, past.known)
            self._has_recalled = True
