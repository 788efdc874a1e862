"""The time without the relay over HTTP: what a screen keeps for it, and what it tells afterwards."""

from aiohttp import web

from relay.contract.island import AS_OF_HEADER, IslandReceipts, IslandReport, Upcoming, UpcomingWish
from relay.contract.names import ScreenId
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.flow import Core
from relay.flows.display.islands import Islands
from relay.flows.display.upcoming import UpcomingOrders
from relay.web.access import caller_of
from relay.web.handler import answer, read_body

DEFAULT_PAGE = 50
LARGEST_PAGE = 200


class IslandRoutes:
    """The HTTP face of the upcoming documents and of the islands."""

    def __init__(self, core: Core, upcoming: UpcomingOrders, islands: Islands) -> None:
        """Speak for both."""
        self._core = core
        self._upcoming = upcoming
        self._islands = islands

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        screen = "/api/screens/{screenId}"
        return [
            web.get(f"{screen}/upcoming", self.upcoming),
            web.put(f"{screen}/upcoming", self.wish),
            web.get(f"{screen}/island", self.records),
            web.post(f"{screen}/island", self.take),
        ]

    async def upcoming(self, request: web.Request) -> web.Response:
        """Answer what may be scanned next at a screen; 304 to whoever has that list, with the time at which it held."""
        caller = await caller_of(request)
        wanted = request.match_info["screenId"]
        caller.require_member()
        caller.require(wanted, "view")
        listed = await self._upcoming.of(await self._core.screens.spelling(wanted))
        if any(each.value in {listed.mark, "*"} for each in request.if_none_match or ()):
            response = web.Response(status=304, headers={"Cache-Control": "no-store"})
        else:
            response = answer(Upcoming(as_of=listed.as_of, documents=listed.documents, query=listed.query))
        response.etag = listed.mark
        response.headers[AS_OF_HEADER] = str(listed.as_of)
        return response

    async def wish(self, request: web.Request) -> web.Response:
        """Keep which of the orders that are due belong to a screen."""
        caller = await caller_of(request)
        caller.require(request.match_info["screenId"], "admin")
        screen_id = await self._core.screens.spelling(request.match_info["screenId"])
        wish = await read_body(request, UpcomingWish)
        await self._upcoming.wish(screen_id, wish.query, caller)
        listed = await self._upcoming.of(screen_id)
        return answer(Upcoming(as_of=listed.as_of, documents=listed.documents, query=listed.query))

    async def records(self, request: web.Request) -> web.Response:
        """Answer a page of what a screen showed without the relay."""
        caller = await caller_of(request)
        wanted = request.match_info["screenId"]
        caller.require_member()
        caller.require(wanted, "view")
        limit = min(_number(request, "limit") or DEFAULT_PAGE, LARGEST_PAGE)
        before = _number(request, "cursor")
        return answer(await self._islands.page(ScreenId(wanted), limit=limit, before=before))

    async def take(self, request: web.Request) -> web.Response:
        """Put on record what this screen showed without the relay; the same id again changes nothing."""
        caller = await caller_of(request)
        wanted = request.match_info["screenId"]
        if caller.kind != "screen" or not caller.may_trigger(wanted):
            raise Refusal(Code.FORBIDDEN)
        screen_id = ScreenId(await self._core.screens.spelling(wanted))
        report = await read_body(request, IslandReport)
        receipts = await self._islands.take(screen_id, report, caller)
        return answer(IslandReceipts(receipts=tuple(receipts)))


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) == 0:
        raise invalid(name, "range")
    return int(text)
