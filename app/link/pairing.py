"""Turns an offer (the text of a QR, a link, or an address with a code) into this bench's credential."""

import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from app.link.clock import monotonic
from app.link.credential_store import Credential, new_secret
from app.link.credentials import AccessToken, Claimed
from app.link.relay_http import RelayHttp
from app.stage.scan_result import PairingStep, PairingWish
from relay.contract.names import ScreenId
from relay.contract.pairing import Claim, Device, Grant, NotAPairingLink, RelayAddress, read_link, tidy_secret
from relay.contract.wording import DEFAULT_LANGUAGE, Language

__all__ = ["NotAPairingLink", "Offered", "claim", "read_code", "read_offer", "read_wish", "this_device"]

log = structlog.get_logger()

PATIENCE = timedelta(seconds=15)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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
    """Read what a person typed. Raises NotAPairingLink with `address` or `code`.

    Without a scheme the address is https; only this very machine is also tried without encryption.
    """
    text = address.strip()
    token = tidy_secret(code)
    if len(token) < 4:
        raise NotAPairingLink("code")
    if "://" not in text:
        parts = urlsplit(f"https://{text}")
        also = (f"http://{parts.netloc}",) if parts.hostname in _LOOPBACK else ()
        addresses = (f"https://{parts.netloc}", *also)
    else:
        parts = urlsplit(text)
        addresses = (f"{parts.scheme.lower()}://{parts.netloc.lower()}",)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or any(map(str.isspace, text)):
        raise NotAPairingLink("address")
    return Offered(relay=RelayAddress(addresses=addresses), token=token)


def this_device(*, app_version: str, displays: int | None = None) -> Device:
    """Describe this workstation for the admin."""
    return Device(
        name=platform.node()[:200],
        platform=platform.platform()[:200],
        app_version=app_version,
        displays=displays,
    )


async def claim(
    offered: Offered,
    device: Device,
    *,
    language: Language = DEFAULT_LANGUAGE,
    on_step: Callable[[PairingStep, str], None] = lambda _step, _detail: None,
) -> Claimed:
    """Ask the relay for the credential. Raises RelayRefused or RelayUnreachable.

    An offer works once, so the request is never repeated by itself once the relay may have heard it.
    """
    http = RelayHttp(offered.relay, language=lambda: language)
    request = Claim(
        token=offered.token,
        screen_id=ScreenId(offered.screen_id) if offered.screen_id else None,
        device=device,
    )
    on_step(PairingStep.REACH, ", ".join(http.addresses()))
    try:
        asked_at = monotonic()
        grant = await http.call("POST", "/api/pair", Grant, body=request, patience=PATIENCE, may_repeat=False)
        address = http.good_address
    finally:
        await http.close()
    on_step(PairingStep.CLAIM, grant.screen_id)
    log.info("The bench is paired", screen_id=grant.screen_id, address=address)
    credential = Credential(
        screen_id=grant.screen_id,
        refresh_token=grant.refresh_token,
        secret=new_secret(),
        relay=_relay_of(grant, offered, address),
    )
    return Claimed(
        credential, AccessToken.issued(grant.token, asked_at=asked_at, lasts_seconds=grant.expires_in)
    )


def _relay_of(grant: Grant, offered: Offered, worked: str | None) -> RelayAddress:
    """Remember the address that worked first, then what the relay says of itself, then the rest of the offer.

    The pin is the offer's alone: it came by another way than the network.
    """
    found = (*((worked,) if worked else ()), *grant.relay.addresses, *offered.relay.addresses)
    pin = offered.relay.fingerprint
    usable = tuple(
        address for address in dict.fromkeys(found) if pin is None or address.startswith("https://")
    )
    return RelayAddress(addresses=usable, fingerprint=pin, name=grant.relay.name)
