"""`/api/users` and `/api/tokens`: people and programs, added by an admin."""

from aiohttp import web

from relay.contract.accounts import NewApiToken, NewUser
from relay.identity.tokens import AccessTokens
from relay.identity.users import Users
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


class AccountRoutes:
    """The HTTP face of who may use this relay."""

    def __init__(self, users: Users, access: AccessTokens) -> None:
        """Speak for these."""
        self._users = users
        self._access = access

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.post("/api/users", self.add_user), web.post("/api/tokens", self.add_token)]

    async def add_user(self, request: web.Request) -> web.Response:
        """Add a person."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._users.add(await read_body(request, NewUser)), status=201)

    async def add_token(self, request: web.Request) -> web.Response:
        """Make an API token; this answer is the only time that it is told."""
        caller = await caller_of(request)
        caller.require_role("admin")
        wish = await read_body(request, NewApiToken)
        return answer(await self._access.issue_api_token(wish, caller), status=201)
