"""An ERP that is asked over HTTP: one GET per order, its answer a document or JSON that says where the document is."""

import base64
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from relay.contract.names import OrderId
from relay.contract.sources import HttpSource
from relay.flows.display.naming import stem_of
from relay.flows.display.sources.answers import Answer, Body, Known, SourceError, Steps
from relay.flows.display.sources.dotted import find_text, read_path
from relay.flows.display.sources.fetching import Fetching, origin_of, read_limited

PLACE = "{orderId}"


class HttpConnector:
    """Asks as these settings say."""

    def __init__(self, source: HttpSource, secret: str, seconds: float) -> None:
        """Prepare to ask; `seconds` is how long the source may take to begin its answer. Raises PathError."""
        self._template = source.url_template
        self._document = read_path(source.document_path)
        self._rest = {
            name: read_path(path)
            for name, path in (
                ("title", source.title_path),
                ("revision", source.revision_path),
                ("customer", source.customer_path),
                ("due_date", source.due_date_path),
            )
            if path.strip()
        }
        origin = origin_of(source.url_template)
        host = urlsplit(source.url_template).netloc.rpartition("@")[2]
        self._fetching = Fetching(
            (host, *source.hosts), source.allow_private, seconds, origin, _headers(source, secret)
        )

    async def ask(self, order_id: OrderId, known: Known, steps: Steps) -> Answer | None:
        """Ask for an order; None where the source does not know it. Raises SourceError."""
        url = self._template.replace(PLACE, quote(order_id, safe=""))
        steps.good("source.step.address", url=url)
        if not self._document:
            return await self._ask_for_file(url, known, steps)
        more = {"Accept": "application/json"}
        async with self._fetching.open(url, steps, more) as response:
            if response.status in {204, 404, 410}:
                return None
            content = await read_limited(response)
            base = str(response.url)
        try:
            told: Any = msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise SourceError("what.source_json") from error
        where = find_text(told, self._document)
        if where is None:
            return None
        rest = {name: find_text(told, path) for name, path in self._rest.items()}
        steps.good("source.step.found", url=where[:300], revision=rest.get("revision") or "–")
        address = urljoin(base, where)
        is_same = known.revision is not None and known.revision == rest.get("revision")
        etag = known.etag if is_same else None
        opened = partial(self._fetching.document, address, etag, steps)
        return Answer(opened, name=stem_of(urlsplit(address).path), **rest)

    async def _ask_for_file(self, url: str, known: Known, steps: Steps) -> Answer | None:
        """The answer itself is the document: look whether there is one, and open it when it is wanted."""
        async with self._fetching.open(url, steps, {"Range": "bytes=0-0"}) as response:
            if response.status in {204, 404, 410}:
                return None

        def opened() -> AbstractAsyncContextManager[Body]:
            return self._fetching.document(url, known.etag, steps)

        return Answer(opened)


def _headers(source: HttpSource, secret: str) -> dict[str, str]:
    match source.auth:
        case "none":
            return {}
        case "basic":
            pair = f"{source.username}:{secret}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        case "bearer":
            return {"Authorization": f"Bearer {secret}"}
        case "header":
            return {source.header_name: secret}
