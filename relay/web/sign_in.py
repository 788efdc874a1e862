"""`/api/auth`: login, refresh, logout, for programs that keep their own tokens."""

from aiohttp import web

from relay.contract.identity import Refresh, SignIn
from relay.identity.sessions import Sessions
from relay.web.door import Door
from relay.web.handler import answer, read_body
from relay.web.known_browsers import knock_of


class SignInRoutes:
    """The HTTP face of users' sessions."""

    def __init__(self, door: Door, sessions: Sessions) -> None:
        """Speak for these."""
        self._door = door
        self._sessions = sessions

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.post("/api/auth/login", self.login),
            web.post("/api/auth/refresh", self.refresh),
            web.post("/api/auth/logout", self.logout),
        ]

    async def login(self, request: web.Request) -> web.Response:
        """Exchange name and password for tokens."""
        body = await read_body(request, SignIn)
        user = await self._door.admit(knock_of(request), body.username, body.password, body.code)
        return answer(await self._sessions.open_for(user, request.headers.get("User-Agent", "")))

    async def refresh(self, request: web.Request) -> web.Response:
        """Exchange a refresh token for the next pair of tokens."""
        return answer(await self._sessions.refresh(await read_body(request, Refresh)))

    async def logout(self, request: web.Request) -> web.Response:
        """Revoke the session that a refresh token belongs to."""
        body = await read_body(request, Refresh)
        await self._sessions.logout(body.refresh_token)
        return web.Response(status=204)
