"""What became of a trigger: one delivery with its history, and the list of them."""

import base64
import binascii

from aiohttp import web

from relay.contract.problems import Code
from relay.contract.reports import DeliveryPage
from relay.contract.wording import choose_language
from relay.delivery.courier import Courier
from relay.delivery.journal import Journal
from relay.delivery.records import Delivery
from relay.delivery.report import report
from relay.errors import Refusal, invalid
from relay.identity.caller import Caller
from relay.web.access import caller_of
from relay.web.handler import answer

MOST = 200


class DeliveryRoutes:
    """The HTTP face of the journal."""

    def __init__(self, courier: Courier, journal: Journal) -> None:
        """Read from both."""
        self._courier = courier
        self._journal = journal

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.get("/api/trigger/{id}", self.one), web.get("/api/deliveries", self.many)]

    async def one(self, request: web.Request) -> web.Response:
        """Answer one delivery with its history."""
        caller = await caller_of(request)
        id_ = request.match_info["id"].lower()
        delivery = await self._courier.find(id_)
        if not _may_see(caller, delivery):
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        stages = await self._journal.stages(id_)
        return answer(
            report(delivery, choose_language(request.headers.get("Accept-Language")), history=stages)
        )

    async def many(self, request: web.Request) -> web.Response:
        """Answer a page of deliveries, by screen, state and time."""
        caller = await caller_of(request)
        screen_id = request.query.get("screenId")
        if not (caller.has_role("viewer") or (screen_id is not None and caller.may_view(screen_id))):
            raise Refusal(Code.FORBIDDEN)
        limit = _number(request, "limit", 50)
        found = await self._journal.list(
            screen_id=screen_id,
            states=tuple(state for state in request.query.get("state", "").split(",") if state),
            since_ms=_number(request, "since", None),
            before=_read_cursor(request.query.get("cursor")),
            limit=min(limit or 50, MOST) + 1,
        )
        page = found[: min(limit or 50, MOST)]
        language = choose_language(request.headers.get("Accept-Language"))
        more = _write_cursor(page[-1]) if len(found) > len(page) else None
        return answer(DeliveryPage(deliveries=tuple(report(each, language) for each in page), next=more))


def _may_see(caller: Caller, delivery: Delivery) -> bool:
    return caller.may_view(delivery.screen_id) or caller.subject == delivery.sender


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
