"""Decides which web pages may be shown on a screen; pure, and stricter than a browser wherever the two might differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from relay.contract.problems import Code
from relay.errors import Refusal

PORTS = {"http": 80, "https": 443}
# A browser drops tabs and line feeds from an address and reads a backslash as a slash: such an address is not what it
# seems.
_SUSPECT = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int


def is_allowed(url: str, hosts: Sequence[str], own_addresses: Sequence[str]) -> bool:
    """Tell whether the page may be shown: it is the relay's own, or `hosts` has a pattern for it.

    Patterns are `host` (any port), `host:port`, `*.domain` (what lies below the domain, not itself) and `*`.
    """
    place = _place_of(url)
    if place is None:
        return False
    if place in (_place_of(address) for address in own_addresses):
        return True
    return any(_matches(place, pattern.strip()) for pattern in hosts)


def require_allowed(url: str, hosts: Sequence[str], own_addresses: Sequence[str]) -> None:
    """Raise URL_NOT_ALLOWED unless the page may be shown."""
    if not is_allowed(url, hosts, own_addresses):
        raise Refusal(Code.URL_NOT_ALLOWED, host=host_of(url))


def host_of(url: str) -> str:
    """Name the address's host (and port, where it is given) for a person, without any user name or password."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return (host or url)[:200]


def _place_of(url: str) -> _Place | None:
    if _SUSPECT.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or "@" in parts.netloc or not (host := _host(parts)):
        return None
    return _Place(host, port if port is not None else PORTS[parts.scheme])


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return _plain(f"[{host}]" if ":" in host else host)


def _plain(host: str) -> str:
    """Spell a host as the network knows it; empty if no name or address can be spelt like that."""
    host = host.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    host = host.removesuffix(".")
    return host if _HOST.fullmatch(host) else ""


def _matches(place: _Place, pattern: str) -> bool:
    if pattern == "*":
        return True
    name, colon, port = pattern.rpartition(":")
    if not colon or port.endswith("]"):
        name = pattern
    elif port != str(place.port):
        return False
    if name.startswith("*."):
        domain = _plain(name[2:])
        return bool(domain) and place.host.endswith(f".{domain}")
    wanted = _plain(name)
    return bool(wanted) and place.host == wanted
