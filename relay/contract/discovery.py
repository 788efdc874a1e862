"""How a relay says on its own network that it is there (DNS-SD, RFC 6763), and how a workstation reads that.

Nothing of it is believed: anybody on the network can say it. It saves typing an address, and no more.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SERVICE = "_benchcast._tcp.local."
PROTOCOL = "1"
LONGEST = 63  # bytes of one DNS label
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Announced:
    """What one relay says of itself: `addresses` are URLs in the order to try them."""

    instance: str
    name: str
    version: str
    addresses: tuple[str, ...]
    fingerprint: str | None = None


def txt_record(*, name: str, version: str, port: int, fingerprint: str | None) -> dict[str, str]:
    """Write what a relay announces beside its addresses. A relay without TLS has no `https`."""
    record = {"txtvers": PROTOCOL, "version": version, "name": _cut(name, 200)}
    if fingerprint is None:
        return record | {"http": str(port)}
    return record | {"https": str(port), "sha256": fingerprint}


def instance_name(name: str, host: str) -> str:
    """Name the announcement, as one DNS label that leaves room for the number that tells twins apart."""
    return _cut(f"{name} ({host})".replace(".", "-"), LONGEST - 5)


def read_announcement(
    instance: str, properties: Mapping[str, str | None], hosts: Iterable[str]
) -> Announced | None:
    """Read what somebody announced; None if it is no relay that this version could speak to."""
    scheme = "https" if properties.get("https") else "http"
    port = properties.get(scheme) or ""
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        return None
    addresses = tuple(f"{scheme}://{literal}:{port}" for host in hosts if (literal := _literal(host)))
    if not addresses:
        return None
    fingerprint = (properties.get("sha256") or "").lower()
    is_whole = len(fingerprint) == 64 and not set(fingerprint) - set("0123456789abcdef")
    return Announced(
        instance=instance,
        name=_plain(properties.get("name")) or "Benchcast",
        version=_plain(properties.get("version")),
        addresses=addresses,
        fingerprint=fingerprint if is_whole else None,
    )


def _literal(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # A link-local address of IPv6 means nothing without the network card that it was heard on.
    if address.is_unspecified or address.is_multicast or (address.version == 6 and address.is_link_local):
        return None
    return f"[{address}]" if address.version == 6 else str(address)


def _plain(text: str | None) -> str:
    """Show of a stranger's text what can be shown."""
    return "".join(sign if sign.isprintable() else " " for sign in text or "").strip()[:_LONGEST_NAME]


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode("utf-8", "ignore")
