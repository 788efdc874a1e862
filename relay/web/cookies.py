"""The cookies of a page that has signed in: its tokens, which no script can read, and only this relay is sent.

Over TLS they carry the prefixes that browsers enforce (RFC 6265bis, 4.1.3): nobody else on this host name, and nothing
without TLS, can plant them. Without TLS the names say so, and the relay takes them from there alone.
"""

import hmac

from aiohttp import web

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.identity.keys import Keys

KEYS: web.AppKey[Keys] = web.AppKey("keys", Keys)
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REFRESH_PATH = "/api/auth/browser"
# Longer than a person's refresh token lives; the relay decides, not the cookie.
KEPT_SECONDS = 2 * 24 * 3600


def access_cookie(request: web.Request) -> str | None:
    """Return the access token that the page's cookie holds."""
    return request.cookies.get(_access_name(request))


def refresh_cookie(request: web.Request) -> str | None:
    """Return the refresh token that the page's cookie holds; browsers send it to the sign-in alone."""
    return request.cookies.get(_refresh_name(request))


def set_cookies(request: web.Request, response: web.Response, access: str, refresh: str) -> None:
    """Hand a page its tokens."""
    for name, value, path in (
        (_access_name(request), access, "/"),
        (_refresh_name(request), refresh, REFRESH_PATH),
    ):
        response.set_cookie(
            name,
            value,
            path=path,
            max_age=KEPT_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )


def set_guest_cookie(request: web.Request, response: web.Response, access: str, seconds: int) -> None:
    """Hand a guest's page its one token, in place of whatever the page held."""
    name = _access_name(request)
    secure = request.secure
    response.set_cookie(
        name, access, path="/", max_age=seconds, httponly=True, samesite="Strict", secure=secure
    )
    response.del_cookie(
        _refresh_name(request), path=REFRESH_PATH, httponly=True, samesite="Strict", secure=secure
    )


def clear_cookies(request: web.Request, response: web.Response) -> None:
    """Take a page's tokens away."""
    for name, path in ((_access_name(request), "/"), (_refresh_name(request), REFRESH_PATH)):
        response.del_cookie(name, path=path, httponly=True, samesite="Strict", secure=request.secure)


def csrf_token(keys: Keys, session_id: str) -> str:
    """Return what a page of this session sends with every unsafe request, and no other site can know."""
    return keys.derive("csrf", bytes.fromhex(session_id))[:18].hex()


def require_csrf(request: web.Request, caller: Caller) -> None:
    """Check that an unsafe request with cookies comes from our own page. Raises CSRF_FAILED."""
    if request.method in SAFE_METHODS:
        return
    sent = request.headers.get(CSRF_HEADER, "")
    due = csrf_token(request.app[KEYS], caller.session_id or "")
    if not from_our_page(request) or not hmac.compare_digest(sent.encode(), due.encode()):
        raise Refusal(Code.CSRF_FAILED)


def from_our_page(request: web.Request) -> bool:
    """Tell whether the browser says that a page of this very origin asks (Fetch Metadata); silence counts as yes."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


def _access_name(request: web.Request) -> str:
    return "__Host-benchcast" if request.secure else "benchcast-plain"


def _refresh_name(request: web.Request) -> str:
    return "__Secure-benchcast-refresh" if request.secure else "benchcast-plain-refresh"
