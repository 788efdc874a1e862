"""`POST /api/trigger`: put an order on a screen, and hear whether it is visible."""

import re
from datetime import timedelta

from aiohttp import web

from relay.contract.commands import Trigger
from relay.contract.wording import choose_language
from relay.errors import invalid
from relay.flows.display.service import Display
from relay.web.access import caller_of
from relay.web.handler import answer, read_body

DEFAULT_WAIT = timedelta(seconds=3)
LONGEST_WAIT = timedelta(seconds=60)
_PREFER = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,5})\"?(?:$|[,;\s])", re.IGNORECASE)


class DisplayRoutes:
    """The HTTP face of the display flow."""

    def __init__(self, display: Display) -> None:
        """Speak for this service."""
        self._display = display

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.post("/api/trigger", self.trigger)]

    async def trigger(self, request: web.Request) -> web.Response:
        """Accept a trigger: 202 once it is on disk, or 200 with the end state for those who wait."""
        caller = await caller_of(request)
        patience = _patience(request)
        trigger = await read_body(request, Trigger)
        delivery = await self._display.show(trigger, caller)
        language = choose_language(request.headers.get("Accept-Language"))
        if patience is None:
            return answer(self._display.word(delivery, language, waited=False), status=202)
        delivery = await self._display.wait(delivery, patience)
        report = self._display.word(delivery, language, waited=True)
        return answer(report, status=200 if delivery.has_ended else 202)


def _patience(request: web.Request) -> timedelta | None:
    """Read `?wait=shown&timeoutMs=` or `Prefer: wait=seconds` (RFC 7240); None for those who do not wait."""
    wait = request.query.get("wait")
    if wait is None:
        prefer = _PREFER.search(request.headers.get("Prefer", ""))
        return min(timedelta(seconds=int(prefer[1])), LONGEST_WAIT) if prefer else None
    if wait != "shown":
        raise invalid("wait", "choice")
    text = request.query.get("timeoutMs")
    if text is None:
        return DEFAULT_WAIT
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise invalid("timeoutMs", "range")
    return min(timedelta(milliseconds=int(text)), LONGEST_WAIT)
