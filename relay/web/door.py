"""The one place where a name, a password and the code of a second factor are judged, whoever asks for them.

What must always hold: nothing is said about a second factor before the password was right, and only who has proved both
is forgiven the tries of before. Codes of an app can be guessed, so a person's are also counted by themselves, which
nobody reaches without the password; a recovery code cannot, and is never made to wait there.
"""

import asyncio
from dataclasses import replace

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.audit import about
from relay.identity.past_sign_ins import PastSignIns
from relay.identity.second_factor import SecondFactors, is_of_app, tidy_code
from relay.identity.users import User, Users
from relay.web.account_tries import AccountTries
from relay.web.guesses import Guesses
from relay.web.known_browsers import Knock, KnownBrowsers
from relay.web.limits import Limits, address_key

# The place that guesses at codes are counted at, from wherever they come.
CODES = "code"


class Door:
    """Lets people in who know their password, and slows down who guesses."""

    def __init__(
        self,
        users: Users,
        limits: Limits,
        clock: Clock,
        browsers: KnownBrowsers,
        past: PastSignIns,
        *,
        factors: SecondFactors,
    ) -> None:
        """Judge by `users` and `factors`, count by address in `limits`, go on from the sign-ins of the `past`."""
        self.browsers = browsers
        self._users = users
        self._factors = factors
        self._codes = Guesses(clock)
        self._limits = limits
        self._guesses = Guesses(clock)
        self._tries = AccountTries(clock)
        self._past = past
        self._has_recalled = False
        self._recalling = asyncio.Lock()

    async def admit(self, knock: Knock, name: str, password: str, code: str) -> User:
        """Return who this is, to begin a session. Raises SIGN_IN_FAILED, or RATE_LIMITED with the time to wait.

        Raises SECOND_FACTOR_NEEDED, SECOND_FACTOR_WRONG or SECOND_FACTOR_USED after a right password.
        """
        user = await self.prove(knock, name, password, code)
        self._tries.know(name, knock.remote)
        return user

    async def prove(self, knock: Knock, name: str, password: str, code: str) -> User:
        """Return whose name and password, and whose code if they have a second factor, these are. Raises as `admit`."""
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
            about("user", user.name)
            if not code.strip() and await self._factors.is_set_up(user.name):
                # Half of a sign-in that goes well: it is no wrong one, and proves nothing yet.
                self._tries.right(tried)
                self._limits.give_back(key)
                raise Refusal(Code.SECOND_FACTOR_NEEDED)
            await self.prove_code(user.name, code)
        except Refusal as refusal:
            if refusal.code is Code.SIGN_IN_FAILED:
                # Somebody may have typed the password into the field of the name: only a known name is written down.
                about("user", known_name or "")
            raise
        self._limits.give_back(key)
        self._guesses.right(name, place)
        self._tries.right(tried)
        return replace(user, is_elsewhere=browser is None and not self._tries.knows(name, knock.remote))

    async def prove_own(self, knock: Knock, name: str, field: str, password: str, code: str = "") -> None:
        """Check the password of a person who is signed in, which they gave in this field.

        Raises as `admit`, but VALIDATION_ERROR for the field where the password is wrong: the session is not over.
        """
        try:
            await self.prove(knock, name, password, code)
        except Refusal as refusal:
            if refusal.code is not Code.SIGN_IN_FAILED:
                raise
            raise invalid(field, "password_wrong") from refusal

    async def prove_code(self, name: str, code: str) -> None:
        """Check the code of a person who has proved the password before. Raises as `admit`, after a right password."""
        if is_app_s := is_of_app(given := tidy_code(code)):
            self._codes.begin(name, CODES)
        await self._factors.prove(name, given)
        if is_app_s:
            self._codes.right(name, CODES)

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
