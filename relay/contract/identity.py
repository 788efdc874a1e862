"""Signing in, refreshing, and what a person sees of users and screens."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Label, Millis, WireScreenId
from relay.contract.reports import DisplayInfo, WindowInfo
from relay.contract.second_factor import FactorCode
from relay.contract.watching import LastOutcome

Role = Literal["admin", "lead", "operator", "viewer"]
ROLES: tuple[Role, ...] = ("admin", "lead", "operator", "viewer")


class SignIn(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`POST /api/auth/login`. Whoever has a second factor is asked for its `code` by SECOND_FACTOR_NEEDED."""

    username: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]
    code: FactorCode = ""


class Refresh(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`POST /api/auth/refresh`. The same `attempt` with the same token gets the same answer again.

    So a client whose answer was lost on the way is not taken for a thief; without it every token works once.
    """

    refresh_token: Annotated[str, Meta(min_length=1, max_length=500)]
    attempt: Annotated[str, Meta(min_length=16, max_length=100)] | None = None


class UserInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """A person, without secrets."""

    name: str
    role: Role


class Tokens(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An access token with its life in seconds, and the refresh token that follows it."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserInfo | None = None


class BrowserSession(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a page is told of its sign-in, whose tokens it never sees: `csrf_token` goes with every unsafe request.

    A person has `user`. A guest of a screen has not: `name` is what it is called, `screens` where it may trigger, and
    `expires_in` the seconds until it has to join again. With `factor_due` the person has to set up a second factor
    before anything else is answered. A person's ends at `ends_at` whatever they do, and after `idle_seconds` without
    use, if that is not 0.
    """

    csrf_token: str
    expires_in: int
    user: UserInfo | None = None
    guest: bool = False
    name: Label = ""
    screens: tuple[WireScreenId, ...] = ()
    factor_due: bool = False
    ends_at: Millis | None = None
    idle_seconds: int = 0


class SocketTicket(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a page signs in with on the socket, and there alone; its life in seconds."""

    token: str
    expires_in: int


class NewScreen(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/screens`."""

    screen_id: WireScreenId
    name: Label = ""


class ScreenChange(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`PATCH /api/screens/{screenId}`."""

    name: Label


class ScreenInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """A screen as people see it: who it is, whether it is there, and what it shows.

    `version` says against a `screen:status` which of the two is newer.
    """

    screen_id: str
    name: str
    paired: bool
    online: bool
    device: str | None = None
    last_seen_at: Millis | None = None
    app_version: str | None = None
    displays: tuple[DisplayInfo, ...] = ()
    windows: tuple[WindowInfo, ...] = ()
    version: int = 0
    last_outcome: LastOutcome | None = None
    paired_at: Millis | None = None
