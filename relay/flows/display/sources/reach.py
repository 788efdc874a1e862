"""Which machines a source may lead the relay to; a name is looked up once, checked, and connected to as it was checked.

Without this the relay would fetch whatever an ERP's answer names: its own machine, a router, a cloud's metadata
(server-side request forgery). Link-local, multicast and unspecified addresses are never reached; private ones and the
machine itself only where an admin has allowed it for the source.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from relay.flows.display.allowed import PORTS, host_of, is_allowed
from relay.flows.display.sources.answers import SourceError, Steps

# RFC 6052 and RFC 8215.
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class Pinned(AbstractResolver):
    """Resolves every name to the addresses that were checked."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """Give these."""
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Answer as a resolver does."""
        found: list[ResolveResult] = []
        for address in self._addresses:
            its = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family in {its, socket.AF_UNSPEC}:
                found.append(
                    {
                        "hostname": host,
                        "host": address,
                        "port": port,
                        "family": its,
                        "proto": 0,
                        "flags": socket.AI_NUMERICHOST,
                    }
                )
        return found

    async def close(self) -> None:
        """Have nothing to close."""


async def reach(url: str, hosts: Sequence[str], *, allow_private: bool, steps: Steps) -> Pinned:
    """Check an address and look its host up. Raises SourceError where it may not or cannot be reached."""
    if not is_allowed(url, hosts, ()):
        raise SourceError("what.source_host", host=host_of(url))
    parts = urlsplit(url)
    host = parts.hostname or ""
    return await reach_host(host, parts.port or PORTS[parts.scheme], allow_private=allow_private, steps=steps)


async def reach_host(host: str, port: int, *, allow_private: bool, steps: Steps) -> Pinned:
    """Look a host up and check where it leads. Raises SourceError."""
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError("what.source_name", host=host) from error
    addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
    good = [each for each in addresses if may_reach(each, allow_private=allow_private)]
    if not good:
        raise SourceError("what.source_private", host=host, address=addresses[0] if addresses else "")
    steps.good("source.step.reach", host=host, address=good[0])
    return Pinned(good)


def may_reach(address: str, *, allow_private: bool) -> bool:
    """Tell whether an address may be connected to."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _ipv4_within(ip) or ip
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    return allow_private or ip.is_global


def _ipv4_within(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a packet to it may end at: mapped, translated, 6to4 or Teredo."""
    if any(ip in network for network in _TRANSLATED):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
