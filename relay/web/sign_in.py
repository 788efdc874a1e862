"""`/api/auth`: login, refresh, logout."""

from aiohttp import web

from relay.contract.identity import Refresh, SignIn
from relay.identity.sessions import Sessions
from relay.identity.spelling import name_key
from relay.identity.users import Users
from relay.web.handler import answer, read_body
from relay.web.limits import Attempts, address_key


def sign_in_routes(users: Users, sessions: Sessions, attempts: Attempts) -> list[web.RouteDef]:
    """Return the routes; `attempts` counts sign-ins per address and per name."""

    async def login(request: web.Request) -> web.Response:
        body = await read_body(request, SignIn)
        keys = address_key(request.remote), f"name:{name_key(body.username.strip())}"
        attempts.take(*keys)
        user = await users.check(body.username, body.password)
        attempts.give_back(*keys)
        return answer(await sessions.open_for(user))

    async def refresh(request: web.Request) -> web.Response:
        return answer(await sessions.refresh(await read_body(request, Refresh)))

    async def logout(request: web.Request) -> web.Response:
        body = await read_body(request, Refresh)
        await sessions.logout(body.refresh_token)
        return web.Response(status=204)

    return [
        web.post("/api/auth/login", login),
        web.post("/api/auth/refresh", refresh),
        web.post("/api/auth/logout", logout),
    ]
