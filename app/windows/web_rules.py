"""Which addresses a web document may load from: its own host and the hosts that came with the command,
nothing else.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_EMBEDDED = frozenset({"data", "blob"})  # parts of the page itself, never fetched from anywhere


class WebRules:
    """Knows what one page may load.

    A host without a port means the usual ports, 80 and 443. `*.domain` is whatever lies below the domain, `*` every
    host; both mean the same for ports.
    """

    def __init__(self, url: str, hosts: Iterable[str]) -> None:
        """Allow the host of `url`, and `hosts` (`host`, `host:port`, `*.domain`, `*.domain:port` or `*`)."""
        own = urlsplit(url)
        self._allowed: set[tuple[str, int]] = set()
        self._domains: set[tuple[str, int]] = set()
        self._own = address_of(url)
        for host in (own.netloc.rpartition("@")[2], *hosts):
            self._allow(host)

    def allows(self, url: str, *, page: bool) -> bool:
        """Tell whether `url` may be loaded; `page` is true for what becomes a page or a frame of it."""
        try:
            scheme = urlsplit(url).scheme
        except ValueError:
            return False
        if scheme in _EMBEDDED:
            return not page
        if page and scheme not in {"http", "https"}:
            return False
        place = address_of(url)
        if place is None:
            return False
        host, port = place
        return place in self._allowed or any(
            port == wanted and (domain == "*" or host.endswith(domain)) for domain, wanted in self._domains
        )

    def is_own(self, url: str) -> bool:
        """Tell whether `url` lies on the document's own host, on any port."""
        place = address_of(url)
        return self._own is not None and place is not None and place[0] == self._own[0]

    def _allow(self, host: str) -> None:
        try:
            parts: SplitResult = urlsplit(f"//{host}")
            name, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return
        if not name:
            return
        kind = self._allowed
        if name == "*" or name.startswith("*."):
            kind, name = self._domains, name.removeprefix("*") or "*"
        kind |= {(name, port)} if port else {(name, 80), (name, 443)}


def address_of(url: str) -> tuple[str, int] | None:
    """Read host and port out of an address that is fetched from the network; None for every other one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.hostname.lower(), port or _PORTS[parts.scheme]
