"""Who is making this request: the bearer token, checked; nothing else is believed."""

from aiohttp import web

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.identity.tokens import AccessTokens

ACCESS: web.AppKey[AccessTokens] = web.AppKey("access_tokens", AccessTokens)


async def caller_of(request: web.Request) -> Caller:
    """Read and check `Authorization: Bearer`. Raises TOKEN_INVALID or TOKEN_EXPIRED."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(Code.TOKEN_INVALID)
    return await request.app[ACCESS].verify(token.strip())
