"""What became of a trigger: one delivery with its history, the list of them, and the dead letters among them."""

import base64
import binascii

from aiohttp import web

from relay.contract.problems import Code
from relay.contract.reports import DeliveryPage
from relay.contract.wording import Language, choose_language
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.journal import Journal
from relay.delivery.records import Delivery, recipient_of
from relay.delivery.report import report
from relay.errors import Refusal, invalid
from relay.identity.caller import Caller
from relay.web.access import caller_of
from relay.web.handler import answer

MOST = 200


class DeliveryRoutes:
    """The HTTP face of the journal."""

    def __init__(self, courier: Courier, journal: Journal, dead_letters: DeadLetters) -> None:
        """Speak for all three."""
        self._courier = courier
        self._journal = journal
        self._dead_letters = dead_letters

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/trigger/{id}", self.one),
            web.delete("/api/trigger/{id}", self.cancel),
            web.get("/api/deliveries", self.many),
            web.get("/api/dead-letters", self.dead_letters),
            web.post("/api/dead-letters/{id}/retry", self.retry),
            web.delete("/api/dead-letters/{id}", self.discard),
        ]

    async def one(self, request: web.Request) -> web.Response:
        """Answer one delivery with its history."""
        delivery = await self._visible(request, await caller_of(request))
        stages = await self._journal.stages(delivery)
        return answer(report(delivery, _language(request), history=stages))

    async def cancel(self, request: web.Request) -> web.Response:
        """Take back a delivery that no screen has acknowledged."""
        caller = await caller_of(request)
        delivery = await self._visible(request, caller)
        _require(caller, delivery)
        return answer(report(await self._courier.cancel(delivery.id), _language(request)))

    async def many(self, request: web.Request) -> web.Response:
        """Answer a page of deliveries, by screen, state and time."""
        return await self._page(request, only_dead_letters=False)

    async def dead_letters(self, request: web.Request) -> web.Response:
        """Answer a page of the deliveries that ended badly and that nobody has dealt with."""
        return await self._page(request, only_dead_letters=True)

    async def retry(self, request: web.Request) -> web.Response:
        """Send a dead letter again, as a new delivery."""
        caller = await caller_of(request)
        delivery = await self._visible(request, caller)
        _require(caller, delivery)
        retried = await self._dead_letters.retry(delivery.id, caller.subject)
        return answer(report(retried, _language(request)), status=202)

    async def discard(self, request: web.Request) -> web.Response:
        """Lay a dead letter aside."""
        caller = await caller_of(request)
        delivery = await self._visible(request, caller)
        _require(caller, delivery)
        await self._dead_letters.discard(delivery.id)
        return web.Response(status=204)

    async def _visible(self, request: web.Request, caller: Caller) -> Delivery:
        id_ = request.match_info["id"].lower()
        delivery = await self._courier.find(id_)
        if not caller.may_see_delivery(delivery.screen_id, delivery.sender):
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return delivery

    async def _page(self, request: web.Request, *, only_dead_letters: bool) -> web.Response:
        caller = await caller_of(request)
        caller.require_member()
        screen_id = request.query.get("screenId")
        # Without a screen it is about all that the caller may see.
        is_reader = caller.has_role("viewer") or caller.views_all or bool(caller.viewed_keys)
        may = is_reader if screen_id is None else caller.may_view(screen_id)
        if not may:
            raise Refusal(Code.FORBIDDEN)
        limit = min(_number(request, "limit", 50) or 50, MOST)
        found = await self._journal.list(
            screen_id=screen_id,
            among=None if caller.views_all else tuple(map(recipient_of, caller.viewed_keys)),
            states=tuple(state for state in request.query.get("state", "").split(",") if state),
            since_ms=_number(request, "since", None),
            until_ms=_number(request, "until", None),
            order_id=request.query.get("orderId") or None,
            before=_read_cursor(request.query.get("cursor")),
            only_dead_letters=only_dead_letters,
            limit=limit + 1,
        )
        page = found[:limit]
        more = _write_cursor(page[-1]) if len(found) > len(page) else None
        language = _language(request)
        reports = [report(await self._courier.stands(each), language) for each in page]
        return answer(DeliveryPage(deliveries=tuple(reports), next=more))


def _language(request: web.Request) -> Language:
    return choose_language(request.headers.get("Accept-Language"))


def _require(caller: Caller, delivery: Delivery) -> None:
    """Let those change a delivery who may trigger on its screen."""
    if not caller.may_trigger(delivery.screen_id):
        raise Refusal(Code.FORBIDDEN)


def _number(request: web.Request, name: str, default: int | None) -> int | None:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or (name == "limit" and int(text) == 0):
        raise invalid(name, "range")
    return int(text)


def _write_cursor(delivery: Delivery) -> str:
    return base64.urlsafe_b64encode(f"{delivery.created_at}:{delivery.id}".encode()).decode()


def _read_cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    try:
        created_at, _, id_ = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(":")
        return int(created_at), id_
    except (ValueError, binascii.Error) as error:
        raise invalid("cursor", "pattern") from error
