"""Which addresses a web document may load from: its own host and the hosts that came with the command,
nothing else.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_EMBEDDED = frozenset({"data", "blob"})  # parts of the page itself, never fetched from anywhere


class WebRules:
    """Knows what one page may load. A host without a port means the usual ports, 80 and 443."""

    def __init__(self, url: str, hosts: Iterable[str]) -> None:
        """Allow the host of `url`, and `hosts` (`host` or `host:port`)."""
        own = urlsplit(url)
        self._allowed: set[tuple[str, int]] = set()
        for host in (own.netloc.rpartition("@")[2], *hosts):
            self._allow(host)

    def allows(self, url: str, *, page: bool) -> bool:
        """Tell whether `url` may be loaded; `page` is true for what becomes a page or a frame of it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if parts.scheme in _EMBEDDED:
            return not page
        if parts.scheme not in _PORTS or (page and parts.scheme not in {"http", "https"}):
            return False
        return ((parts.hostname or "").lower(), port or _PORTS[parts.scheme]) in self._allowed

    def _allow(self, host: str) -> None:
        try:
            parts: SplitResult = urlsplit(f"//{host}")
            name, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return
        if name:
            self._allowed |= {(name, port)} if port else {(name, 80), (name, 443)}
