"""Turns an offer (the text of a QR, a link, or an address with a code) into this bench's credential.

A link pins the relay's certificate. A typed code cannot, so the certificate's number is compared by the person who
types it, and is pinned then (app/link/trust.py).
"""

import platform
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from app.link.clock import monotonic
from app.link.credential_store import Credential, new_secret
from app.link.credentials import AccessToken, Claimed
from app.link.relay_http import RelayHttp, other_certificate
from app.link.trust import Seen, look, system_now_ms
from app.stage.scan_result import PairingStep, PairingWish
from relay.contract.names import ScreenId
from relay.contract.pairing import Claim, Device, Grant, NotAPairingLink, RelayAddress, read_link, tidy_secret
from relay.contract.wording import DEFAULT_LANGUAGE, Language

__all__ = [
    "NotAPairingLink",
    "NotConfirmed",
    "Offered",
    "claim",
    "claimed",
    "read_address",
    "read_code",
    "read_offer",
    "read_wish",
    "this_device",
]

log = structlog.get_logger()

PATIENCE = timedelta(seconds=15)
RELAY_PORT = 8440  # where a relay listens unless its admin says otherwise
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class NotConfirmed(Exception):
    """The person at the bench did not find the relay's number where it should be."""


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What an offer says: which relay, the secret to claim with, and the screen if it names one."""

    relay: RelayAddress
    token: str
    screen_id: str | None = None


def read_wish(wish: PairingWish) -> Offered:
    """Read what the operator gave: a link, or an address and a code. Raises NotAPairingLink."""
    return read_code(wish.address or "", wish.code or "") if wish.link is None else read_offer(wish.link)


def read_offer(link: str) -> Offered:
    """Read a pairing link. Raises NotAPairingLink with the name of the part that is missing."""
    read = read_link(link)
    relay = read.relay
    if relay.fingerprint is not None:
        digest = b""
        with suppress(ValueError):
            digest = bytes.fromhex(relay.fingerprint)
        if len(digest) != 32:
            # A damaged pin must not silently become none.
            raise NotAPairingLink("token")
    return Offered(relay=relay, token=read.token, screen_id=read.screen_id)


def read_code(address: str, code: str) -> Offered:
    """Read what a person typed. Raises NotAPairingLink with `address` or `code`."""
    token = tidy_secret(code)
    if len(token) < 4:
        raise NotAPairingLink("code")
    return Offered(relay=read_address(address), token=token)


def read_address(address: str) -> RelayAddress:
    """Read the relay's address as a person typed it. Raises NotAPairingLink with `address`.

    Without a scheme it is https; only this very machine is also tried without encryption. Without scheme and port a
    relay's own port is tried first.
    """
    text = address.strip()
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:  # a torn bracket of an IPv6 address, or a port that is no number
        raise NotAPairingLink("address") from error
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"} or not host or any(map(str.isspace, text)):
        raise NotAPairingLink("address")
    place = parts.netloc.lower()
    if has_scheme:
        return RelayAddress(addresses=(f"{scheme}://{place}",))
    places = (place,) if port is not None else (f"{place}:{RELAY_PORT}", place)
    in_clear = tuple(f"http://{each}" for each in places) if host in _LOOPBACK else ()
    return RelayAddress(addresses=(*(f"https://{each}" for each in places), *in_clear))


def this_device(*, app_version: str, displays: int | None = None, monitors: Sequence[str] = ()) -> Device:
    """Describe this workstation for the admin; `monitors` are their names for people."""
    return Device(
        name=platform.node()[:200],
        platform=platform.platform()[:200],
        app_version=app_version,
        displays=displays,
        monitors=tuple(name[:200] for name in monitors[:16]),
    )


async def claim(
    offered: Offered,
    device: Device,
    *,
    confirm: Callable[[Seen], Awaitable[bool]] | None = None,
    language: Language = DEFAULT_LANGUAGE,
    on_step: Callable[[PairingStep, str], None] = lambda _step, _detail: None,
    now_ms: Callable[[], int] = system_now_ms,
) -> Claimed:
    """Ask the relay for the credential. Raises RelayRefused, RelayUnreachable or NotConfirmed.

    A relay that nobody vouches for is shown to `confirm` before it hears the secret; without `confirm` it never does.
    An offer works once, so the request is never repeated by itself once the relay may have heard it.
    """
    on_step(PairingStep.REACH, ", ".join(offered.relay.addresses))
    seen = await look(offered.relay, now_ms=now_ms)
    on_step(PairingStep.TRUST, seen.address)
    if seen.check is not None and (confirm is None or not await confirm(seen)):
        raise NotConfirmed
    on_step(PairingStep.CLAIM, seen.address)
    http = RelayHttp(seen.relay, language=lambda: language)
    request = Claim(
        token=offered.token,
        screen_id=ScreenId(offered.screen_id) if offered.screen_id else None,
        device=device,
    )
    try:
        asked_at = monotonic()
        grant = await http.call("POST", "/api/pair", Grant, body=request, patience=PATIENCE, may_repeat=False)
        address = http.good_address
    finally:
        await http.close()
    return claimed(grant, seen, asked_at=asked_at, address=address)


def claimed(grant: Grant, seen: Seen, *, asked_at: float, address: str | None) -> Claimed:
    """Make the credential of a grant. Raises RelayUnreachable if the relay names another certificate than was seen."""
    own, pin = grant.relay.fingerprint, seen.relay.fingerprint
    if own is not None and pin is not None and own.lower() != pin:
        # Whoever passes our words on to the relay forgot to change this one.
        raise other_certificate(seen.address, own.lower(), pin)
    log.info("The bench is paired", screen_id=grant.screen_id, address=address)
    credential = Credential(
        screen_id=grant.screen_id,
        refresh_token=grant.refresh_token,
        secret=new_secret(),
        relay=_relay_of(grant, seen.relay, address),
    )
    return Claimed(
        credential, AccessToken.issued(grant.token, asked_at=asked_at, lasts_seconds=grant.expires_in)
    )


def _relay_of(grant: Grant, seen: RelayAddress, worked: str | None) -> RelayAddress:
    """Remember the address that worked first, then what the relay says of itself, then the rest of the offer.

    The pin is what came by another way than the network, or what a person compared; never what the relay says.
    """
    found = (*((worked,) if worked else ()), *grant.relay.addresses, *seen.addresses)
    pin = seen.fingerprint
    usable = tuple(
        address for address in dict.fromkeys(found) if pin is None or address.startswith("https://")
    )
    return RelayAddress(addresses=usable, fingerprint=pin, name=grant.relay.name)
