"""How a workstation gets its credential: the offer, its link, the claim and the grant."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import Meta, Struct

from relay.contract.names import Label, Millis, WireScreenId

# Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O, U, so that a misread letter is repaired.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REPAIR = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})

Secret = Annotated[str, Meta(min_length=4, max_length=200)]


class Device(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who is asking: shown to the admin, kept in the audit."""

    name: Label
    platform: Label = ""
    app_version: Label = ""
    displays: Annotated[int, Meta(ge=0, le=64)] | None = None
    # What a person would call each monitor, such as `DELL U2419H 1920 × 1080`.
    monitors: Annotated[tuple[Label, ...], Meta(max_length=16)] = ()
    # The screen that it says it was, or shall be: an admin is offered that one. It proves nothing.
    screen_id: WireScreenId | None = None
    # A page in a browser: it sees no certificate, so it shows no check number.
    is_browser: bool = False


class Claim(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`POST /api/pair`: `token` is the link's long secret or the short code; the code works without a screen id."""

    token: Secret
    screen_id: WireScreenId | None = None
    device: Device = Device(name="")


class RelayAddress(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where the relay is: addresses in the order to try them, and its certificate's SHA-256 (hex) if it has one."""

    addresses: tuple[str, ...]
    fingerprint: str | None = None
    name: str = "Benchcast"


class Grant(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to a claim: the workstation's credential. `expires_in` is the access token's life in seconds."""

    screen_id: WireScreenId
    token: str
    refresh_token: str
    expires_in: int
    relay: RelayAddress


class Offer(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`POST /api/screens/{screenId}/pairing`: single use, ten minutes. `check` is the certificate's check number.

    Whoever types the code at a bench compares it there, for a code cannot carry the fingerprint that the link carries.
    """

    link: str
    code: str
    token: str
    expires_at: Millis
    qr_svg: str
    check: str | None = None


class Entrance(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of the relay that a browser elsewhere opens, and its address as a QR code (SVG)."""

    kind: Literal["screen", "phone"]
    url: str
    qr_svg: str


class EntranceList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/entrances`: where a browser becomes a screen, and where a phone scans."""

    entrances: tuple[Entrance, ...]


class PairingLink(Struct, frozen=True, kw_only=True):
    """What a pairing link says, in whichever letter case a scanner or Caps Lock left it."""

    screen_id: str
    token: str
    relay: RelayAddress


class NotAPairingLink(ValueError):
    """The text is no pairing link of ours; the message names the missing part: `address`, `screenId` or `token`."""


def tidy_secret(text: str) -> str:
    """Read a token or code as Crockford meant it: any letter case, I and L as 1, O as 0, dashes and spaces dropped."""
    return "".join(text.upper().translate(_REPAIR).split())


def write_link(screen_id: str, token: str, relay: RelayAddress) -> str:
    """Write the link of an offer. The secret parts stand in the fragment, which a browser never sends."""
    fragment = f"token={token}"
    if relay.fingerprint:
        fragment += f"&sha256={relay.fingerprint.upper()}"
    for other in relay.addresses[1:]:
        fragment += f"&also={quote(other, safe='')}"
    return f"{relay.addresses[0]}/api/pair?screenId={quote(screen_id, safe='')}#{fragment}"


def read_link(text: str) -> PairingLink:
    """Read a pairing link (http, https or benchcast scheme), also one whose letter case was inverted by Caps Lock.

    Raises NotAPairingLink with the name of the part that is missing.
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError as error:  # a torn bracket of an IPv6 address
        raise NotAPairingLink("address") from error
    scheme = parts.scheme.lower()
    fields: dict[str, list[str]] = {}
    for key, value in parse_qsl(parts.query) + parse_qsl(parts.fragment):
        fields.setdefault(key.lower(), []).append(value)

    def first(name: str) -> str | None:
        return fields.get(name, [None])[0]

    addresses = [value.lower() for value in fields.get("also", [])]
    if scheme in {"http", "https"} and parts.netloc:
        addresses.insert(0, f"{scheme}://{parts.netloc.lower()}")
    elif scheme == "benchcast" and (relay := first("relay")):
        addresses.insert(0, relay.lower().rstrip("/"))
    else:
        raise NotAPairingLink("address")
    screen_id, token = first("screenid"), first("token")
    if not screen_id:
        raise NotAPairingLink("screenId")
    if not token:
        raise NotAPairingLink("token")
    fingerprint = first("sha256")
    return PairingLink(
        screen_id=screen_id,
        token=tidy_secret(token),
        relay=RelayAddress(
            addresses=tuple(addresses), fingerprint=fingerprint.lower() if fingerprint else None
        ),
    )
