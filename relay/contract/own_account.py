"""What a person sees of their own account: their sessions, their last sign-in, and what changed about signing in."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Millis
from relay.contract.second_factor import FactorCode

NoticeKind = Literal[
    "password",
    "role",
    "name",
    "factor_on",
    "factor_off",
    "recovery_codes",
    "recovery_used",
    "code_reused",
    "elsewhere",
]


class PastSignIn(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A sign-in: when, from which address, and what the browser or program calls itself."""

    at: Millis
    address: str = ""
    agent: str = ""


class Notice(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A change that the person is to know of: `by` whom, as the audit log names them, and from where.

    `detail` is the new role or the new name.
    """

    id: int
    at: Millis
    kind: NoticeKind
    by: str
    address: str = ""
    detail: str = ""


class OwnAccount(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/auth/account`. `last_sign_in` is the one before the newest, `notices` those not dismissed yet."""

    notices: tuple[Notice, ...]
    last_sign_in: PastSignIn | None = None


class OwnSession(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One of a person's sessions. `is_page`: in a browser, not in a program. `ends_at`: if it is not used before."""

    id: str
    begun_at: Millis
    used_at: Millis
    ends_at: Millis
    is_page: bool = False
    is_this: bool = False
    address: str = ""
    agent: str = ""


class OwnSessions(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/auth/sessions`: the newest first."""

    sessions: tuple[OwnSession, ...]


class Proof(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/auth/browser/proof`: the password again, before a deed that matters. `code` as in a sign-in."""

    password: Annotated[str, Meta(min_length=1, max_length=1000)]
    code: FactorCode = ""
