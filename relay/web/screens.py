"""`/api/screens`: an admin adds, renames and deletes them; everybody who may look sees what they show."""

from collections.abc import Callable

from aiohttp import web

from relay.contract.accounts import ScreenList
from relay.contract.identity import NewScreen, ScreenChange
from relay.identity.screens import PresenceView, Screens
from relay.web.access import caller_of
from relay.web.handler import answer, read_body


def screen_routes(screens: Screens, presence: Callable[[str], PresenceView | None]) -> list[web.RouteDef]:
    """Return the routes; `presence` tells what is live, by the screen's id as it was added."""

    async def add(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("admin")
        screen = await screens.add(await read_body(request, NewScreen))
        return answer(screen.describe(presence(screen.screen_id)), status=201)

    async def list_all(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("viewer")
        found = await screens.list()
        return answer(
            ScreenList(screens=tuple(screen.describe(presence(screen.screen_id)) for screen in found))
        )

    async def get(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("viewer")
        screen = await screens.get(request.match_info["screenId"])
        return answer(screen.describe(presence(screen.screen_id)))

    async def change(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("admin")
        wish = await read_body(request, ScreenChange)
        screen = await screens.rename(request.match_info["screenId"], wish.name)
        return answer(screen.describe(presence(screen.screen_id)))

    async def delete(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("admin")
        await screens.delete(request.match_info["screenId"])
        return web.Response(status=204)

    return [
        web.post("/api/screens", add),
        web.get("/api/screens", list_all),
        web.get("/api/screens/{screenId}", get),
        web.patch("/api/screens/{screenId}", change),
        web.delete("/api/screens/{screenId}", delete),
    ]
