"""Asks a web page whether it lets itself be framed: screens in a browser can only show those, and cannot find out.

What must never happen: that the relay is led to a machine that nobody allowed. Only addresses that may be triggered are
asked, redirects are judged like addresses, and every host is looked up once, checked, and connected to as it was
checked; a private one only where an admin named it. Of the answer only two headers are read, and one word is told.
"""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
from aiohttp import web
from multidict import CIMultiDictProxy

from relay.contract.framing import Framing
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.flow import Core
from relay.flows.display.allowed import PORTS, is_allowed, require_allowed
from relay.flows.display.sources.answers import SourceError, Steps
from relay.flows.display.sources.reach import reach_host
from relay.web.access import caller_of
from relay.web.handler import answer

SECONDS = 8.0
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_URL = 2000
Verdict = Literal["allowed", "refused", "away"]


class FramingRoutes:
    """`GET /api/framing`."""

    def __init__(self, core: Core) -> None:
        """Judge by the relay's list of allowed hosts."""
        self._core = core

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.get("/api/framing", self.ask)]

    async def ask(self, request: web.Request) -> web.Response:
        """Tell whether the page at `url` would be shown in a frame of the screen's page."""
        if not (await caller_of(request)).may_read_documents():
            raise Refusal(Code.FORBIDDEN)
        url = request.query.get("url", "")
        if not url or len(url) > LONGEST_URL:
            raise invalid("url", "length")
        self._require(url)
        own = (f"{request.scheme}://{request.host}", *self._core.own_addresses())
        return answer(Framing(framing=await self._inquire(url, own)))

    def _require(self, url: str) -> None:
        settings = self._core.settings
        require_allowed(url, settings.url_hosts, self._core.own_addresses(), private=settings.url_private)

    async def _inquire(self, url: str, own: Sequence[str]) -> Verdict:
        for _ in range(MOST_REDIRECTS + 1):
            if is_allowed(url, (), self._core.own_addresses()):
                return "refused"  # no page of this relay's lets itself be framed
            try:
                status, headers = await self._head(url)
            except (SourceError, aiohttp.ClientError, OSError, TimeoutError, ValueError):
                return "away"
            if status not in REDIRECTS or "Location" not in headers:
                return "allowed" if lets_itself_be_framed(headers, url, own) else "refused"
            url = urljoin(url, headers["Location"])
            self._require(url)
        return "away"

    async def _head(self, url: str) -> tuple[int, CIMultiDictProxy[str]]:
        settings, parts = self._core.settings, urlsplit(url)
        named = [each for each in settings.url_hosts if not each.strip().startswith("*")]
        resolver = await reach_host(
            parts.hostname or "",
            parts.port or PORTS[parts.scheme],
            allow_private=settings.url_private or is_allowed(url, named, ()),
            steps=Steps(),
        )
        # The screen's own browser judges the page's certificate; here it is only about two headers.
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=1, ssl=False)
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                trust_env=False,
            ) as session,
            # Not HEAD: too many servers answer that otherwise, or not at all. The body is left unread.
            session.get(url, allow_redirects=False) as response,
        ):
            return response.status, response.headers


def lets_itself_be_framed(headers: CIMultiDictProxy[str], url: str, own: Sequence[str]) -> bool:
    """Judge by `frame-ancestors` (CSP 3, 6.4.2.1), which wins over `X-Frame-Options` (HTML, 7.1.3), as browsers do.

    `own` are the origins that the framing page may have.
    """
    policies = [
        sources
        for header in headers.getall("Content-Security-Policy", [])
        for policy in header.split(",")
        if (sources := _ancestors(policy)) is not None
    ]
    if policies:
        page = urlsplit(url)
        return all(
            any(_matches(source, urlsplit(each), page) for source in sources for each in own)
            for sources in policies
        )
    options = {
        part.strip().lower() for header in headers.getall("X-Frame-Options", []) for part in header.split(",")
    }
    return not options & {"deny", "sameorigin"}


def _ancestors(policy: str) -> list[str] | None:
    for directive in policy.split(";"):
        name, _, value = directive.strip().partition(" ")
        if name.lower() == "frame-ancestors":
            return value.lower().split()
    return None


def _matches(source: str, own: SplitResult, page: SplitResult) -> bool:
    if source == "*":
        return True
    if source == "'self'":
        return (own.scheme, own.netloc) == (page.scheme, page.netloc)
    if source.endswith(":") and "/" not in source:
        return own.scheme == source[:-1]
    scheme, separator, rest = source.rpartition("://")
    if separator and scheme != own.scheme:
        return False
    host, colon, port = rest.partition("/")[0].partition(":")
    if colon and port != "*" and port != str(own.port or PORTS[own.scheme]):
        return False
    if not colon and (own.port or PORTS[own.scheme]) != PORTS[own.scheme]:
        return False
    name = (own.hostname or "").lower()
    return name.endswith(host[1:]) if host.startswith("*.") else name == host
