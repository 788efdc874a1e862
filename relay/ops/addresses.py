"""Where other machines reach this relay: what the admin set, or what this machine's network cards say."""

import ipaddress
import socket
from contextlib import suppress

import ifaddr

from relay.settings import Settings

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on
# Connecting a UDP socket sends nothing; it only asks the system which card would be used (RFC 1918 and 4193 addresses,
# which are never routed on the internet).
TARGETS = (
    (socket.AF_INET, "10.255.255.255"),
    (socket.AF_INET, "192.168.255.255"),
    (socket.AF_INET, "172.31.255.255"),
    (socket.AF_INET6, "fd00::1"),
)
# Networks within the machine: of Docker, podman, libvirt and LXC.
INNER = ("docker", "br-", "veth", "podman", "cni", "virbr", "lxc")


def served_addresses(settings: Settings, port: int) -> tuple[str, ...]:
    """Return the relay's own URLs in the order to try them; never empty."""
    scheme = "https" if settings.uses_tls else "http"
    if settings.host not in EVERYWHERE:
        return (f"{scheme}://{bracketed(settings.host)}:{port}",)
    with_ipv6 = settings.host != "0.0.0.0"  # noqa: S104 - compared with, not listened on
    found = lan_addresses(with_ipv6=with_ipv6) or ("127.0.0.1",)
    return tuple(f"{scheme}://{bracketed(address)}:{port}" for address in found)


def lan_addresses(*, with_ipv6: bool = False) -> tuple[str, ...]:
    """Return this machine's addresses on its networks: the one with the default route first, no loopback.

    A network without a gateway, such as a plant's that leads nowhere, has no route to any of the targets: what the
    cards have is taken then.
    """
    found: dict[str, None] = {}
    for family, target in TARGETS:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            found[str(probe.getsockname()[0])] = None
    with suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None):
            found[str(address[0])] = None
    reachable = tuple(text for text in found if _is_reachable(text, with_ipv6=with_ipv6))
    return reachable or tuple(text for text in _of_cards() if _is_reachable(text, with_ipv6=with_ipv6))


def _of_cards() -> tuple[str, ...]:
    """Name what every card has, IPv4 first; those of containers and virtual machines lead to no bench."""
    with suppress(OSError):
        cards = [card for card in ifaddr.get_adapters() if not card.nice_name.startswith(INNER)]
        addresses = [address for card in cards for address in card.ips]
        addresses.sort(key=lambda address: address.is_IPv6)
        return tuple(address.ip if isinstance(address.ip, str) else address.ip[0] for address in addresses)
    return ()


def bracketed(host: str) -> str:
    """Write a host as it stands in a URL; an IPv6 address needs brackets."""
    return f"[{host}]" if ":" in host else host


def _is_reachable(text: str, *, with_ipv6: bool) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 6 and not with_ipv6:
        return False
    return not (
        address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    )
