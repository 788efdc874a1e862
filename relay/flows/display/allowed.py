"""Decides which web pages may be shown on a screen; pure, and stricter than a browser wherever the two might differ.

The bench opens the page, with its own name server, and asks the same list again for every redirect; the relay only
looks at a page's headers, and more warily (framing). So nothing can be fetched through the relay, and what a name leads
to is decided at the bench: a host on the list is believed to lead where its owner says, now and later (DNS rebinding
included). What the list leaves open, by `*` or `*.domain`, never covers addresses that are not the internet's
(`localhost`, 127/8, 10/8, fe80::/10, ...), however they are spelt; those are named one by one, or allowed as a whole by
`url_private`.
"""

import ipaddress
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
# What the two ways to spell names of other scripts read differently (UTS 46, deviation characters).
_DEVIATING = frozenset("\u00df\u03c2\u200c\u200d")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int


def is_allowed(
    url: str, hosts: Sequence[str], own_addresses: Sequence[str], *, private: bool = False
) -> bool:
    """Tell whether the page may be shown: it is the relay's own, or `hosts` has a pattern for it.

    Patterns are `host` (any port), `host:port`, `*.domain` (what lies below the domain, not itself) and `*`. Those with
    a star cover private addresses only where `private` is true.
    """
    place = _place_of(url)
    if place is None:
        return False
    if place in (_place_of(address) for address in own_addresses):
        return True
    is_open = private or not _is_private(place.host)
    return any(
        _matches(place, pattern.strip()) and (is_open or not pattern.strip().startswith("*"))
        for pattern in hosts
    )


def require_allowed(
    url: str, hosts: Sequence[str], own_addresses: Sequence[str], *, private: bool = False
) -> None:
    """Raise URL_NOT_ALLOWED unless the page may be shown."""
    if not is_allowed(url, hosts, own_addresses, private=private):
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
    if _DEVIATING & set(host):
        return ""
    host = host.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host):
        return ""
    if host.startswith("["):
        return _plain_ipv6(host[1:-1])
    return _plain_ipv4(host) if _NUMBER.fullmatch(host.rpartition(".")[2]) else host


def _plain_ipv6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return ""
    return str(address.ipv4_mapped) if address.ipv4_mapped is not None else f"[{address.compressed}]"


def _plain_ipv4(host: str) -> str:
    """Read what a browser takes for an address: up to four numbers, each decimal, octal or hexadecimal (WHATWG URL)."""
    words = host.split(".")
    if len(words) > 4 or not all(_NUMBER.fullmatch(word) for word in words):
        return ""
    try:
        numbers = [_number(word) for word in words]
    except ValueError:
        return ""
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return ""
    value = numbers[-1] + sum(number << (24 - 8 * place) for place, number in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


def _number(word: str) -> int:
    if word[:2].lower() == "0x":
        return int(word[2:] or "0", 16)
    return int(word, 8 if len(word) > 1 and word[0] == "0" else 10)


def _is_private(host: str) -> bool:
    """Tell whether a host, spelt plainly, is an address that is not the internet's, or this machine's name."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None and not inner.is_global:
            return True
    return not address.is_global or address.is_multicast


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
