"""What an admin sends to add people and API tokens, and lists of what there is."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.identity import Role, ScreenInfo
from relay.contract.names import Label, Millis, WireScreenId
from relay.contract.second_factor import FactorCode

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_GROUP = r"[^\s\x00-\x1f\x7f:*/?#%]{1,64}"
_PERMISSION = rf"(screen:(\*|{_ID})|group:{_GROUP}):(view|trigger|admin)"
GROUP_PATTERN = rf"^{_GROUP}$(?!\n)"
PERMISSION_PATTERN = rf"^{_PERMISSION}$(?!\n)"
TOKEN_SCOPE_PATTERN = rf"^(orders|metrics|trigger:(\*|{_ID})|{_PERMISSION})$(?!\n)"

TokenScope = Annotated[str, Meta(pattern=TOKEN_SCOPE_PATTERN)]
Permission = Annotated[
    str,
    Meta(pattern=PERMISSION_PATTERN, description="What somebody may do with a screen or a group of screens."),
]
GroupName = Annotated[str, Meta(pattern=GROUP_PATTERN)]
UserName = Annotated[str, Meta(min_length=1, max_length=100)]
NewPassword = Annotated[str, Meta(min_length=8, max_length=1000)]
Permissions = Annotated[tuple[Permission, ...], Meta(max_length=500)]


class NewUser(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/users`. Without permissions of their own a person has what the role gives at every screen."""

    name: UserName
    role: Role
    password: NewPassword
    permissions: Permissions = ()


class UserChange(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`PATCH /api/users/{name}`: what is given is changed. A new password ends the person's sessions.

    Permissions replace the ones before; none at all means the role at every screen again.
    """

    name: UserName | None = None
    role: Role | None = None
    password: NewPassword | None = None
    permissions: Permissions | None = None


class UserRow(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A person as an admin sees them. `restricted` says that the permissions decide about screens, not the role."""

    name: str
    role: Role
    created_at: Millis
    sessions: int = 0
    last_seen_at: Millis | None = None
    restricted: bool = False
    permissions: tuple[str, ...] = ()
    second_factor: bool = False


class UserList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/users`."""

    users: tuple[UserRow, ...]


class OwnPassword(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/auth/password`: one's own; every other session of the person ends. `code` as in a sign-in."""

    current_password: Annotated[str, Meta(min_length=1, max_length=1000)]
    password: NewPassword
    code: FactorCode = ""


class PasswordRules(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/auth/password`: how many characters a password that is chosen now may have."""

    least: int
    most: int


class FirstAdmin(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`POST /api/auth/welcome`: the first admin of a relay without users, by the link that `serve` printed."""

    secret: Annotated[str, Meta(min_length=1, max_length=200)]
    name: UserName
    password: NewPassword


class NewApiToken(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/tokens`: a token for a program.

    `orders` is the order book, `trigger:*` and `trigger:{screen}` let it trigger (and see what became of it); the
    permissions of people (`screen:{id}:view`, `group:{name}:trigger`) go as well.
    """

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


class ApiTokenRow(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An API token as it is listed: all but the token. `last_used_at` is true to the minute."""

    token_id: str
    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: Millis
    expires_at: Millis
    last_used_at: Millis | None = None


class ApiTokenList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/tokens`."""

    tokens: tuple[ApiTokenRow, ...]


class GroupDraft(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`PUT /api/groups/{name}`: the screens that are in it from now on, and a new name if it shall have one.

    What people and programs are permitted at the group goes with its name.
    """

    screens: Annotated[tuple[WireScreenId, ...], Meta(max_length=10_000)]
    name: GroupName | None = None


class ScreenGroup(Struct, frozen=True, kw_only=True, rename="camel"):
    """A group of screens; of those that the reader may see."""

    name: str
    screens: tuple[str, ...]


class GroupList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/groups`."""

    groups: tuple[ScreenGroup, ...]


class SigningKeys(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /api/keys/rotate`: the key that signs from now on; `retired` still verify what they have signed."""

    current: str
    retired: tuple[str, ...]


class ScreenList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/screens`."""

    screens: tuple[ScreenInfo, ...]
