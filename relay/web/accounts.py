"""`/api/users` and `/api/tokens`: people and programs, added by an admin."""

from aiohttp import web

from relay.contract.accounts import NewApiToken, NewUser
from relay.identity.tokens import AccessTokens
from relay.identity.users import Users
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


def account_routes(users: Users, access: AccessTokens) -> list[web.RouteDef]:
    """Return the routes."""

    async def add_user(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("admin")
        return answer(await users.add(await read_body(request, NewUser)), status=201)

    async def add_token(request: web.Request) -> web.Response:
        caller = await caller_of(request)
        caller.require_role("admin")
        wish = await read_body(request, NewApiToken)
        return answer(await access.issue_api_token(wish, caller), status=201)

    return [web.post("/api/users", add_user), web.post("/api/tokens", add_token)]
