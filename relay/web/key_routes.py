"""`/api/keys`: an admin has the relay sign with a new key."""

from aiohttp import web

from relay.clock import Clock
from relay.contract.accounts import SigningKeys
from relay.identity.key_rotation import rotate
from relay.identity.keys import Keys
from relay.storage.database import Database
from relay.web.access import caller_of
from relay.web.handler import answer


class KeyRoutes:
    """The HTTP face of the relay's own keys."""

    def __init__(self, keys: Keys, database: Database, clock: Clock) -> None:
        """Speak for these."""
        self._keys = keys
        self._database = database
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.post("/api/keys/rotate", self.rotate)]

    async def rotate(self, request: web.Request) -> web.Response:
        """Sign with a new key from now on."""
        (await caller_of(request)).require_role("admin")
        await rotate(self._keys, self._database, self._clock)
        return answer(SigningKeys(current=self._keys.current, retired=tuple(sorted(self._keys.retired))))
