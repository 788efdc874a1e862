"""Who is making this request: the bearer token, or the cookie of our own page, checked; nothing else is believed."""

from aiohttp import web

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import by
from relay.identity.caller import Caller
from relay.identity.tokens import AccessTokens
from relay.web.cookies import access_cookie, require_csrf
from relay.web.sensitive import require_fresh
from relay.web.turnstile import TURNSTILE

ACCESS: web.AppKey[AccessTokens] = web.AppKey("access_tokens", AccessTokens)


async def caller_of(request: web.Request, *, to_set_up: bool = False) -> Caller:
    """Read and check `Authorization: Bearer`, else a page's cookie. Raises TOKEN_INVALID, TOKEN_EXPIRED, CSRF_FAILED.

    Raises SECOND_FACTOR_MISSING for who has to set one up, but for what is needed to do so (`to_set_up`), and
    REAUTHENTICATION_NEEDED for a deed that matters, from a browser, long after the password was given.

    A program's token is sent by nobody but the program; a cookie is sent by any page that is open, so an unsafe
    request with it has to prove that it is ours.
    """
    if (header := request.headers.get("Authorization")) is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(Code.TOKEN_INVALID)
        caller = await request.app[ACCESS].verify(token.strip(), to_set_up=to_set_up)
        by(caller.subject)
        require_fresh(request, caller, request.app[ACCESS])
        _count(request, caller)
        return caller
    cookie = access_cookie(request)
    if cookie is None:
        raise Refusal(Code.TOKEN_INVALID)
    caller = await request.app[ACCESS].verify(cookie, to_set_up=to_set_up)
    by(caller.subject)
    require_csrf(request, caller)
    require_fresh(request, caller, request.app[ACCESS])
    _count(request, caller)
    return caller


def _count(request: web.Request, caller: Caller) -> None:
    turnstile = request.app.get(TURNSTILE)
    if turnstile is not None:
        turnstile.count_request(request, caller)
