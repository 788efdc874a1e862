"""The second factor of a person: codes of an authenticator app, and recovery codes for when it is lost."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Millis

SecondFactorDemand = Literal["optional", "admins", "everybody"]
# Room for a recovery code that somebody types with spaces.
FactorCode = Annotated[str, Meta(max_length=64)]


class SecondFactor(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/auth/second-factor`: one's own; without `set_up_at` there is none."""

    set_up_at: Millis | None = None
    recovery_codes_left: int = 0
    # The relay's admin asks for one, and nothing else is answered until it is set up.
    demanded: bool = False


class FactorWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`POST /api/auth/second-factor`: begin to set one up, by the password."""

    current_password: Annotated[str, Meta(min_length=1, max_length=1000)]


class FactorDraft(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to it, the only time that the key is told: `uri` as a QR code for the app, `key` for typing.

    It counts from `POST /api/auth/second-factor/confirm` with a code of it on, within ten minutes.
    """

    uri: str
    key: str
    qr_svg: str
    expires_at: Millis


class FactorProof(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A code: six digits of the app, or a recovery code where one is set up already."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class RecoveryCodes(Struct, frozen=True, kw_only=True, rename="camel"):
    """New recovery codes, told this once; each works once, and those of before are void."""

    codes: tuple[str, ...]
