"""Who really asks, when a reverse proxy passes the request on: what the admin's own proxies say, and nobody else.

How it works: each proxy adds the address that it was asked from at the right of the list. Going through it from the
right, addresses of trusted proxies are passed over; the first other one is who asks. Scheme and host are those of the
same place in their lists. The relay reads only the kind of header that its proxy writes (`proxy_headers`): the other
kind would come through from whoever asks, unchanged.

What must never happen: that a request that came past the proxies is believed, or one that says more than it may.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware
from multidict import CIMultiDictProxy

from relay.settings import Settings
from relay.web.handler import Handler

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# What a proxy says of an address that it hides or does not know (RFC 7239, 6.2 and 6.3): one bucket for all of them.
UNKNOWN = "unknown"
# A chain is never that long; what is left of it is somebody's invention.
MOST = 32
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PAIR = re.compile(r"\s*([A-Za-z]+)=(?:\"([^\"]*)\"|([^\s;,\"]*))\s*")
_FORWARDED_SPLIT = re.compile(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, and how; None where no proxy says it."""

    address: str
    scheme: str | None = None
    host: str | None = None


class Proxies:
    """The proxies that are believed."""

    def __init__(self, settings: Settings) -> None:
        """Believe those of the settings."""
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in settings.trusted_proxies)
        self._reads_forwarded = settings.proxy_headers == "forwarded"

    def origin(self, remote: str, headers: CIMultiDictProxy[str]) -> Origin | None:
        """Return who asks; None if that is whoever is at the other end of the line."""
        if not self._trusts(remote):
            return None
        hops = _forwarded(headers) if self._reads_forwarded else _x_forwarded(headers)
        if not hops:
            return None
        for hop in reversed(hops):
            if not self._trusts(hop.address):
                return hop
        return hops[0]

    @property
    def middleware(self) -> Middleware:
        """Return what aiohttp calls first of all, around every other middleware."""

        @web.middleware
        async def proxied(request: web.Request, handler: Handler) -> web.StreamResponse:
            origin = self.origin(request.remote or "", request.headers)
            if origin is None:
                return await handler(request)
            host = origin.host or request.host
            return await handler(
                request.clone(remote=origin.address, scheme=origin.scheme or request.scheme, host=host)
            )

        return proxied

    def _trusts(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks if network.version == address.version)


def _x_forwarded(headers: CIMultiDictProxy[str]) -> list[Origin]:
    addresses = _listed(headers, "X-Forwarded-For")
    schemes, hosts = _listed(headers, "X-Forwarded-Proto"), _listed(headers, "X-Forwarded-Host")
    # Proxies that pass a list on and those that put one word in its place both mean the end of it.
    return [
        Origin(_address(address), _scheme(_same_place(schemes, left)), _host(_same_place(hosts, left)))
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True)
    ]


def _forwarded(headers: CIMultiDictProxy[str]) -> list[Origin]:
    hops: list[Origin] = []
    for element in _FORWARDED_SPLIT.split(",".join(headers.getall("Forwarded", ())))[-MOST:]:
        said = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(element)}
        if "for" in said:
            hops.append(Origin(_address(said["for"]), _scheme(said.get("proto")), _host(said.get("host"))))
    return hops


def _listed(headers: CIMultiDictProxy[str], name: str) -> list[str]:
    words = [word.strip() for line in headers.getall(name, ()) for word in line.split(",")]
    return [word for word in words if word][-MOST:]


def _same_place(words: Sequence[str], places_from_right: int) -> str | None:
    return words[max(0, len(words) - places_from_right)] if words else None


def _address(text: str) -> str:
    """Return an address without brackets and port; UNKNOWN for what is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return UNKNOWN


def _scheme(text: str | None) -> str | None:
    return text.lower() if text is not None and text.lower() in {"http", "https"} else None


def _host(text: str | None) -> str | None:
    return text if text is not None and _HOST.fullmatch(text) else None
