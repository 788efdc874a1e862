"""`/api/trigger/{id}/screenshot`: a delivery's screen puts the picture, whoever may read the delivery gets it."""

from aiohttp import web

from relay.contract.problems import Code
from relay.delivery.courier import Courier
from relay.delivery.picture_store import Pictures
from relay.errors import Refusal
from relay.web.access import caller_of
from relay.web.handler import answer

CHUNK_BYTES = 64 * 1024


class PictureRoutes:
    """The HTTP face of the pictures."""

    def __init__(self, courier: Courier, pictures: Pictures) -> None:
        """Speak for both."""
        self._courier = courier
        self._pictures = pictures

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        path = "/api/trigger/{id}/screenshot"
        return [web.put(path, self.put), web.get(path, self.get)]

    async def put(self, request: web.Request) -> web.Response:
        """Take the picture that a delivery asked for, from its screen alone and while it is open."""
        caller = await caller_of(request)
        id_ = request.match_info["id"].lower()
        if caller.kind != "screen":
            raise Refusal(Code.FORBIDDEN)
        delivery = await self._courier.find(id_)
        if caller.name.casefold() != delivery.screen_id.casefold() or delivery.verb != "screenshot":
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        if delivery.has_ended:
            raise Refusal(Code.ALREADY_ENDED, id=id_)
        picture = await self._pictures.keep(
            id_, request.content_type, request.content.iter_chunked(CHUNK_BYTES)
        )
        return answer(picture, status=201)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Give out a picture, as long as it is kept."""
        caller = await caller_of(request)
        id_ = request.match_info["id"].lower()
        delivery = await self._courier.find(id_)
        if not caller.may_see_delivery(delivery.screen_id, delivery.sender):
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        kept = await self._pictures.find(delivery.id)
        headers = {
            "Content-Type": kept.media_type,
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(kept.path, headers=headers)
