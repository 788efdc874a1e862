"""`/api/screens`: an admin adds, renames and deletes them; everybody who may look sees what they show."""

from aiohttp import web

from relay.contract.accounts import ScreenList
from relay.contract.identity import NewScreen, ScreenChange
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.screens import Screens
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


class ScreenRoutes:
    """The HTTP face of the screens."""

    def __init__(self, screens: Screens) -> None:
        """Speak for these."""
        self._screens = screens

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        one = "/api/screens/{screenId}"
        return [
            web.post("/api/screens", self.add),
            web.get("/api/screens", self.list_all),
            web.get(one, self.get),
            web.patch(one, self.change),
            web.delete(one, self.delete),
        ]

    async def add(self, request: web.Request) -> web.Response:
        """Add a screen, not paired yet."""
        (await caller_of(request)).require_role("admin")
        screen = await self._screens.add(await read_body(request, NewScreen))
        return answer(self._screens.describe(screen), status=201)

    async def list_all(self, request: web.Request) -> web.Response:
        """Tell the screens that the caller may see."""
        caller = await caller_of(request)
        if caller.kind not in {"api", "guest"}:
            caller.require_role("viewer")
        elif not caller.views_all and not caller.viewed_keys:
            raise Refusal(Code.FORBIDDEN)
        found = (each for each in await self._screens.list() if caller.may_view(each.screen_id))
        return answer(ScreenList(screens=tuple(map(self._screens.describe, found))))

    async def get(self, request: web.Request) -> web.Response:
        """Tell one screen."""
        wanted = request.match_info["screenId"]
        (await caller_of(request)).require(wanted, "view")
        return answer(self._screens.describe(await self._screens.get(wanted)))

    async def change(self, request: web.Request) -> web.Response:
        """Rename a screen."""
        wanted = request.match_info["screenId"]
        (await caller_of(request)).require(wanted, "admin")
        wish = await read_body(request, ScreenChange)
        return answer(self._screens.describe(await self._screens.rename(wanted, wish.name)))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a screen, and with it its device's credential."""
        (await caller_of(request)).require_role("admin")
        await self._screens.delete(request.match_info["screenId"])
        return web.Response(status=204)
