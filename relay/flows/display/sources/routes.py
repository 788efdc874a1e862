"""Where orders come from, over HTTP: the sources for admins, the watched folder for whoever keeps the orders."""

from aiohttp import web

from relay.clock import Clock
from relay.contract.sources import (
    SourceDraft,
    SourceInfo,
    SourceList,
    SourceOrder,
    SourceQuestion,
    WatchedFolder,
)
from relay.contract.wording import Language, choose_language
from relay.documents.documents import Documents
from relay.flows.display.sources.book import SourceBook
from relay.flows.display.sources.lookup import Lookup
from relay.flows.display.sources.trying import try_source
from relay.flows.display.sources.watched_folder import Watcher
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


class SourceRoutes:
    """The HTTP face of the sources."""

    def __init__(
        self, book: SourceBook, lookup: Lookup, files: Documents, clock: Clock, watcher: Watcher | None
    ) -> None:
        """Speak for these sources and, where there is one, this watcher."""
        self._book = book
        self._lookup = lookup
        self._files = files
        self._clock = clock
        self._watcher = watcher

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/sources", self.many),
            web.post("/api/sources", self.add),
            web.put("/api/sources", self.arrange),
            web.put("/api/sources/{sourceId}", self.change),
            web.delete("/api/sources/{sourceId}", self.remove),
            web.post("/api/sources/{sourceId}/try", self.try_out),
            web.get("/api/watched-folder", self.watched),
            web.post("/api/watched-folder/retry", self.retry),
        ]

    async def many(self, request: web.Request) -> web.Response:
        """List the sources and how each does."""
        await self._admit(request)
        return answer(SourceList(sources=await self._infos(request)))

    async def add(self, request: web.Request) -> web.Response:
        """Add a source behind the others."""
        await self._admit(request)
        source_id = await self._book.put(None, await read_body(request, SourceDraft))
        await self._lookup.forget()
        return answer(await self._info(request, source_id), status=201)

    async def change(self, request: web.Request) -> web.Response:
        """Change a source."""
        await self._admit(request)
        source_id = request.match_info["sourceId"]
        await self._book.put(source_id, await read_body(request, SourceDraft))
        await self._lookup.forget()
        return answer(await self._info(request, source_id))

    async def arrange(self, request: web.Request) -> web.Response:
        """Put the sources in order."""
        await self._admit(request)
        await self._book.arrange((await read_body(request, SourceOrder)).source_ids)
        await self._lookup.forget()
        return answer(SourceList(sources=await self._infos(request)))

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a source."""
        await self._admit(request)
        await self._book.remove(request.match_info["sourceId"])
        await self._lookup.forget()
        return web.Response(status=204)

    async def try_out(self, request: web.Request) -> web.Response:
        """Ask a source for an order, and tell every step."""
        await self._admit(request)
        source = self._book.find(request.match_info["sourceId"])
        question = await read_body(request, SourceQuestion)
        language = _language(request)
        return answer(await try_source(source, question.order_id, self._files, self._clock, language))

    async def watched(self, request: web.Request) -> web.Response:
        """Say what became of the files of the watched folder."""
        (await caller_of(request)).require_role("lead")
        return answer(await self._watched(request))

    async def retry(self, request: web.Request) -> web.Response:
        """Read again what failed."""
        (await caller_of(request)).require_role("lead")
        if self._watcher is not None:
            await self._watcher.retry()
        return answer(await self._watched(request))

    async def _watched(self, request: web.Request) -> WatchedFolder:
        if self._watcher is None:
            return WatchedFolder(filed=0, files=())
        return await self._watcher.tell(_language(request))

    async def _admit(self, request: web.Request) -> None:
        (await caller_of(request)).require_role("admin")
        await self._lookup.load()

    async def _infos(self, request: web.Request) -> tuple[SourceInfo, ...]:
        return await self._book.describe(_language(request), self._clock.monotonic())

    async def _info(self, request: web.Request, source_id: str) -> SourceInfo:
        return next(each for each in await self._infos(request) if each.source_id == source_id)


def _language(request: web.Request) -> Language:
    return choose_language(request.headers.get("Accept-Language"))
