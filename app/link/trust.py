"""Looks at a relay before anything is said to it: is somebody there, and whose certificate does it show?

How it works: one TLS handshake with the system's authorities. If they vouch for the relay, that is that. If the
certificate is of the relay's own making, a second handshake only reads it, and what is found is to be pinned: for a
relay that a link pins, it has to be that very certificate; else a person has to compare its number (`Seen.check`).
A certificate that an authority has signed, and that is over or for another name, is refused and never compared.

What it must never do: send anything but handshakes before the certificate is known, or ask the system's proxy. The one
exception says nothing of us: to tell a wrong clock from an old certificate, whoever is there is asked for the time.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import structlog

from app.errors import RelayUnreachable
from app.link.pinned import keeps, newcomer_pin
from app.link.relay_http import bad_certificate, explain, other_certificate
from relay.contract.pairing import RelayAddress
from relay.contract.pairing_check import check_number

log = structlog.get_logger()

# For name, connection and handshake; a relay that is only slow shall not look like none.
LOOK_SECONDS = 6.0
CLOCK_OFF = timedelta(minutes=5)


@dataclass(frozen=True)
class Seen:
    """Who is there: the relay with its pin if it needs one. `check` is to be compared by a person, if there is one."""

    relay: RelayAddress
    address: str
    check: str | None = None


def system_now_ms() -> int:
    """Return this machine's UTC milliseconds, right or wrong."""
    return time.time_ns() // 1_000_000


async def look(relay: RelayAddress, *, now_ms: Callable[[], int] = system_now_ms) -> Seen:
    """Look at the relay's addresses in order until one can be trusted or compared. Raises RelayUnreachable."""
    failures: list[RelayUnreachable] = []
    pin = relay.fingerprint
    usable = [address for address in relay.addresses if pin is None or address.startswith("https://")]
    if not usable:
        raise RelayUnreachable("in_clear", ", ".join(relay.addresses), "a pinned relay needs https")
    for address in usable:
        try:
            fingerprint = await _look_at(address, pin, now_ms)
        except RelayUnreachable as failure:
            log.info("No relay here", step=failure.step, address=failure.address, reason=failure.reason)
            failures.append(failure)
            continue
        return await _seen(relay, address, fingerprint)
    # What was wrong with somebody who answered says more than that nobody answered elsewhere.
    silent = {"address", "refused", "timeout"}
    raise next((failure for failure in failures if failure.step not in silent), failures[-1])


async def _seen(relay: RelayAddress, address: str, fingerprint: str | None) -> Seen:
    others = [other for other in relay.addresses if other != address]
    if fingerprint is None:
        return Seen(RelayAddress(addresses=(address, *others), name=relay.name), address)
    encrypted = tuple(other for other in others if other.startswith("https://"))
    found = RelayAddress(addresses=(address, *encrypted), fingerprint=fingerprint, name=relay.name)
    if relay.fingerprint is not None:
        return Seen(found, address)
    return Seen(found, address, await asyncio.to_thread(check_number, fingerprint))


async def _look_at(address: str, pin: str | None, now_ms: Callable[[], int]) -> str | None:
    """Return what to pin, None where an authority vouches or nothing is encrypted. Raises RelayUnreachable."""
    try:
        if not address.startswith("https://"):
            await _connect(address, None)
            return None
        if pin is not None:
            shown = await _connect(address, _unverified())
            if not await asyncio.to_thread(keeps, shown, pin):
                got = await asyncio.to_thread(newcomer_pin, shown)
                raise other_certificate(address, pin.lower(), got)
            return pin.lower()
        try:
            await _connect(address, await asyncio.to_thread(ssl.create_default_context))
        except ssl.SSLCertVerificationError as error:
            return await _own_certificate(address, bad_certificate(error, address), now_ms)
        return None
    except (OSError, ValueError) as error:
        raise explain(error, address) from error


async def _own_certificate(address: str, failure: RelayUnreachable, now_ms: Callable[[], int]) -> str:
    """Return the fingerprint of a certificate that no authority knows; raise `failure` for any other fault."""
    match failure.step:
        case "untrusted":
            return await asyncio.to_thread(newcomer_pin, await _connect(address, _unverified()))
        case "expired" | "not_yet":
            raise await _wrong_clock(address, now_ms()) or failure
        case _:
            raise failure


async def _wrong_clock(address: str, now_ms: int) -> RelayUnreachable | None:
    """Ask whoever is there for the time; if it is far from this PC's, the clock is to blame."""
    parts = urlsplit(address)
    with suppress(OSError, ValueError, TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=_unverified(), server_hostname=parts.hostname
            )
            try:
                writer.write(
                    f"HEAD /health HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
                )
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            finally:
                writer.transport.abort()
        dates = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("date:")]
        theirs = parsedate_to_datetime(dates[0].strip()) if dates else None
        ours = datetime.fromtimestamp(now_ms / 1000, UTC)
        if theirs is not None and abs(theirs - ours) > CLOCK_OFF:
            form = "%Y-%m-%d %H:%M UTC"
            return RelayUnreachable(
                "clock",
                address,
                "this machine's clock",
                ours=ours.strftime(form),
                theirs=theirs.strftime(form),
            )
    return None


def _unverified() -> ssl.SSLContext:
    """Read a certificate without believing it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _connect(address: str, context: ssl.SSLContext | None) -> bytes:
    """Connect, and return the certificate (DER; empty without TLS). Raises OSError, also for TLS."""
    parts = urlsplit(address)
    port = parts.port or (443 if context else 80)
    async with asyncio.timeout(LOOK_SECONDS):
        _reader, writer = await asyncio.open_connection(
            parts.hostname, port, ssl=context, server_hostname=parts.hostname if context else None
        )
    try:
        tls = writer.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        return certificate or b""
    finally:
        # A polite TLS farewell may take as long as the other side likes.
        writer.transport.abort()
