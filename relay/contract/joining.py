"""How a phone becomes a guest of one screen: the ticket that the screen shows, and what comes of it."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.names import Label, Millis, WireScreenId
from relay.contract.pairing import Secret

GuestName = Annotated[str, Meta(max_length=40)]


class JoinTicket(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /api/screens/{screenId}/join`: good for several phones until it expires.

    `link` is what `qr_svg` says, with the ticket in its fragment; `code` is the same ticket for whoever has to type it.
    """

    link: str
    ticket: str
    code: str
    expires_at: Millis
    qr_svg: str


class Join(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`POST /api/join`: `ticket` is what the link carries, or the short code. The answer is a BrowserSession."""

    ticket: Secret
    name: GuestName = ""


class GuestInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """A phone that joined: `name` is what its deliveries and the audit log call it, behind `guest:`."""

    guest_id: Annotated[int, Meta(ge=1)]
    name: Label
    screen_id: WireScreenId
    address: str
    created_at: Millis
    expires_at: Millis
    online: bool


class GuestList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/screens/{screenId}/guests`: newest first."""

    guests: tuple[GuestInfo, ...]
