"""Deeds that matter so much that a person in a browser has to have given the password lately (ASVS 4.0.3, 3.7.1).

A screen that was left open, and a session that somebody took over, are then not enough for them. Programs are not
concerned: nobody is there to be asked.
"""

from typing import Literal

from aiohttp import web

from relay.contract.identity import Role
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.identity.tokens import AccessTokens

# By method and route: whose deed it is. Anybody else is refused by the deed itself, and need not be asked before.
SENSITIVE: dict[str, Role | Literal["everybody"]] = {
    "POST /api/users": "admin",
    "PATCH /api/users/{name}": "admin",
    "DELETE /api/users/{name}": "admin",
    "DELETE /api/users/{name}/second-factor": "admin",
    "POST /api/tokens": "admin",
    "DELETE /api/screens/{screenId}": "admin",
    "POST /api/keys/rotate": "admin",
    "GET /api/backups/{name}": "admin",
    "DELETE /api/backups/{name}": "admin",
    "PATCH /api/settings": "admin",
    "GET /api/auth/browser/proof": "everybody",
    "DELETE /api/auth/sessions": "everybody",
    "DELETE /api/auth/sessions/{sessionId}": "everybody",
}


def require_fresh(request: web.Request, caller: Caller, access: AccessTokens) -> None:
    """Raise REAUTHENTICATION_NEEDED where the password was given too long ago for what is asked."""
    resource = request.match_info.route.resource
    if caller.page is None or resource is None:
        return
    least = SENSITIVE.get(f"{'GET' if request.method == 'HEAD' else request.method} {resource.canonical}")
    if least is None or (least != "everybody" and not caller.has_role(least)):
        return
    if not access.is_fresh(caller):
        raise Refusal(Code.REAUTHENTICATION_NEEDED)
