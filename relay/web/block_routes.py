"""`/api/blocks`: an admin says whom the relay does not answer for a while."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from relay.contract.blocks import NewBlock
from relay.identity.blocks import Blocks
from relay.web.access import caller_of
from relay.web.handler import Handler, answer, read_body


class BlockRoutes:
    """The HTTP face of the block list."""

    def __init__(self, blocks: Blocks) -> None:
        """Speak for it."""
        self._blocks = blocks

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/blocks", self.list),
            web.post("/api/blocks", self.add),
            web.delete("/api/blocks/{blockId}", self.remove),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """List whom the relay does not answer."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._blocks.list())

    async def add(self, request: web.Request) -> web.Response:
        """Block somebody."""
        caller = await caller_of(request)
        caller.require_role("admin")
        return answer(
            await self._blocks.add(await read_body(request, NewBlock), caller, request.remote), status=201
        )

    async def remove(self, request: web.Request) -> web.Response:
        """Unblock somebody."""
        (await caller_of(request)).require_role("admin")
        await self._blocks.remove(request.match_info["blockId"])
        return web.Response(status=204)


def refuse_blocked(blocks: Blocks) -> Middleware:
    """Return what aiohttp calls around every handler, live lines' handshakes too: blocked addresses end there."""

    @web.middleware
    async def blocked(request: web.Request, handler: Handler) -> web.StreamResponse:
        blocks.check_address(request.remote)
        return await handler(request)

    return blocked
