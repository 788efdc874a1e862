"""What an admin sends to add people and API tokens, and lists of what there is."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.identity import Role, ScreenInfo
from relay.contract.names import Label, Millis

TOKEN_SCOPE_PATTERN = r"^(orders|trigger:(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63}))$(?!\n)"  # noqa: S105 - a form, not a secret

TokenScope = Annotated[str, Meta(pattern=TOKEN_SCOPE_PATTERN)]


class NewUser(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`POST /api/users`."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    password: Annotated[str, Meta(min_length=8, max_length=1000)]


class NewApiToken(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/tokens`: a token for a program that triggers; `trigger:*` is every screen, `orders` the order book."""

    scopes: Annotated[tuple[TokenScope, ...], Meta(min_length=1, max_length=50)]
    name: Label = ""
    days: Annotated[int, Meta(ge=1, le=3650)] = 365


class ApiToken(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to it, the only time that the token itself is told."""

    token_id: str
    token: str
    name: str
    scopes: tuple[str, ...]
    expires_at: Millis


class ScreenList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/screens`."""

    screens: tuple[ScreenInfo, ...]
