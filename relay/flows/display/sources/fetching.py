"""Fetches over HTTP for a source: only where it may, redirected only within the same origin, and never too much."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import ClientResponse

from relay.flows.display.allowed import PORTS, host_of
from relay.flows.display.sources.answers import Body, SourceError, Steps
from relay.flows.display.sources.reach import reach
from relay.settings import MIB

MOST_REDIRECTS = 3
MOST_JSON_BYTES = 2 * MIB
CHUNK_BYTES = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
REFUSED = frozenset({401, 403, 407})


@dataclass(frozen=True, slots=True)
class Fetching:
    """How a source fetches. `headers` (with its secret) go to `origin` alone; `seconds` are for each wait."""

    hosts: Sequence[str]
    allow_private: bool
    seconds: float
    origin: tuple[str, str, int] | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @asynccontextmanager
    async def open(
        self, url: str, steps: Steps, more: dict[str, str] | None = None
    ) -> AsyncGenerator[ClientResponse]:
        """Open an address and follow it within its origin. Raises SourceError for everything that stands in the way."""
        async with AsyncExitStack() as stack:
            for _ in range(MOST_REDIRECTS + 1):
                response = await self._once(stack, url, steps, more or {})
                if response.status not in REDIRECTS:
                    _check_status(response)
                    yield response
                    return
                onward = urljoin(url, response.headers.get("Location", ""))
                if origin_of(onward) != origin_of(url):
                    raise SourceError("what.source_redirect", host=host_of(onward))
                steps.good("source.step.redirect", path=urlsplit(onward).path[:200])
                url = onward
            raise SourceError("what.source_redirects")

    async def _once(
        self, stack: AsyncExitStack, url: str, steps: Steps, more: dict[str, str]
    ) -> ClientResponse:
        resolver = await reach(url, self.hosts, allow_private=self.allow_private, steps=steps)
        own = self.headers if self.origin is not None and origin_of(url) == self.origin else {}
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=1),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=self.seconds, sock_read=self.seconds),
                trust_env=False,
            )
        )
        try:
            asked = session.get(url, headers={**more, **own}, allow_redirects=False)
            response = await stack.enter_async_context(asked)
        except TimeoutError as error:
            raise SourceError("what.source_slow", seconds=f"{self.seconds:g}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceError("what.source_away", host=host_of(url), reason=type(error).__name__) from error
        steps.good("source.step.answer", status=response.status, type=response.content_type)
        return response

    @asynccontextmanager
    async def document(self, url: str, etag: str | None, steps: Steps) -> AsyncGenerator[Body]:
        """Open a document; the very one that is here already comes without content."""
        more = {"If-None-Match": etag} if etag else {}
        async with self.open(url, steps, more) as response:
            if response.status == 304:
                yield Body(None, etag)
            elif response.status in {204, 404, 410}:
                raise SourceError("what.source_no_document", status=response.status)
            else:
                yield Body(chunks_of(response), response.headers.get("ETag"))


async def chunks_of(response: ClientResponse) -> AsyncGenerator[bytes]:
    """Give the content in chunks. Raises SourceError where it breaks off."""
    try:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            yield chunk
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SourceError("what.source_broke_off") from error


async def read_limited(response: ClientResponse) -> bytes:
    """Read an answer that is no document. Raises SourceError where it is larger than any such answer."""
    content = bytearray()
    async for chunk in chunks_of(response):
        content += chunk
        if len(content) > MOST_JSON_BYTES:
            raise SourceError("what.source_huge")
    return bytes(content)


def origin_of(url: str) -> tuple[str, str, int]:
    """Tell scheme, host and port. Raises SourceError for what is no web address."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise SourceError("what.source_address", host=url[:100]) from error


def _check_status(response: ClientResponse) -> None:
    if response.status in REFUSED:
        raise SourceError("what.source_refused", status=response.status)
    if response.status >= 500 or (response.status >= 400 and response.status not in {404, 410}):
        raise SourceError("what.source_status", status=response.status)
