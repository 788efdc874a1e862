"""`/api/auth`: login, refresh, logout; and what stands beside it, people and API tokens."""

from aiohttp import web

from relay.contract.identity import Refresh, SignIn
from relay.identity.sessions import Sessions
from relay.identity.tokens import AccessTokens
from relay.identity.users import Users
from relay.web.accounts import AccountRoutes
from relay.web.handler import answer, read_body
from relay.web.limits import Limits, sign_in_keys


class SignInRoutes:
    """The HTTP face of users and their sessions. Sign-ins are counted per address and per name."""

    def __init__(self, users: Users, sessions: Sessions, access: AccessTokens, limits: Limits) -> None:
        """Speak for these."""
        self._users = users
        self._sessions = sessions
        self._limits = limits
        self._accounts = AccountRoutes(users, access)

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.post("/api/auth/login", self.login),
            web.post("/api/auth/refresh", self.refresh),
            web.post("/api/auth/logout", self.logout),
            *self._accounts.table(),
        ]

    async def login(self, request: web.Request) -> web.Response:
        """Exchange name and password for tokens."""
        body = await read_body(request, SignIn)
        keys = sign_in_keys(request.remote, body.username)
        self._limits.take(*keys)
        user = await self._users.check(body.username, body.password)
        self._limits.give_back(*keys)
        return answer(await self._sessions.open_for(user))

    async def refresh(self, request: web.Request) -> web.Response:
        """Exchange a refresh token for the next pair of tokens."""
        return answer(await self._sessions.refresh(await read_body(request, Refresh)))

    async def logout(self, request: web.Request) -> web.Response:
        """Revoke the session that a refresh token belongs to."""
        body = await read_body(request, Refresh)
        await self._sessions.logout(body.refresh_token)
        return web.Response(status=204)
