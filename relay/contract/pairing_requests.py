"""How a workstation that was offered nothing asks to be paired: the device flow of RFC 8628."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.names import Label, Millis, WireScreenId
from relay.contract.pairing import Device, Secret

RequestId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)", description="Names a request; it opens nothing.")
]


class PairingAsk(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /api/pair/requests`: a workstation asks; it need not know who is there to grant it."""

    device: Device


class PairingRequest(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer: `user_code` is for people, `device_code` is the workstation's own secret; times are in seconds.

    `qr_svg` is `verification_uri_complete` for those who cannot draw it themselves.
    """

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval: int
    expires_in: int
    qr_svg: str = ""


class PairingPoll(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /api/pair/requests/token`, and `/cancel`: the workstation asks how it stands, or takes its request back."""

    device_code: Secret


class PairingApproval(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/pair/requests/{userCode}/approve`.

    A screen that is not there is added, with `name`. One that is paired keeps its device unless `replace` says so.
    `check` is the check number that the workstation shows; if it is not this relay's, nothing is approved.
    """

    screen_id: WireScreenId
    name: Label = ""
    check: Annotated[str, Meta(max_length=40)] | None = None
    replace: bool = False


class PendingPairing(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A request as an admin sees it. Its code is not told: whoever approves reads it at the workstation itself."""

    request_id: RequestId
    device: Device
    address: str
    created_at: Millis
    expires_at: Millis
    screen_id: str | None = None


class PendingPairings(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/pair/requests`, oldest first. `check` is the check number of this relay's certificate."""

    requests: tuple[PendingPairing, ...]
    check: str | None = None
