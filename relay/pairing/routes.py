"""Screens, the offers of them, and `/api/pair`, where a workstation claims one."""

import re

from aiohttp import web

from relay.contract.codec import convert
from relay.contract.names import SCREEN_ID_PATTERN
from relay.contract.pairing import Claim, Grant
from relay.contract.wording import choose_language
from relay.identity.audit import about
from relay.identity.screens import Screens
from relay.pairing.offers import Offers
from relay.pairing.page import pairing_page
from relay.web.access import caller_of
from relay.web.handler import answer, read_body
from relay.web.limits import Limits, address_key
from relay.web.screens import ScreenRoutes

LONGEST_DEVICE_NAME = 200


class PairingRoutes:
    """The HTTP face of screens and their offers. Claims are counted per address."""

    def __init__(self, screens: Screens, offers: Offers, limits: Limits) -> None:
        """Speak for these."""
        self._screens = ScreenRoutes(screens)
        self._offers = offers
        self._limits = limits

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            *self._screens.table(),
            web.post("/api/screens/{screenId}/pairing", self.offer),
            web.post("/api/pair", self.claim),
            # A HEAD is a question about a page; answered like a GET, it would use the offer up.
            web.get("/api/pair", self.open_link, allow_head=False),
        ]

    async def offer(self, request: web.Request) -> web.Response:
        """Offer a screen to whoever gets the link."""
        caller = await caller_of(request)
        caller.require(request.match_info["screenId"], "admin")
        return answer(await self._offers.make(request.match_info["screenId"], caller), status=201)

    async def claim(self, request: web.Request) -> web.Response:
        """Claim a screen."""
        return answer(await self._claim(request, await read_body(request, Claim)))

    async def open_link(self, request: web.Request) -> web.Response:
        """Answer a link: a program that asks for JSON claims by it, a browser gets a page that explains."""
        screen_id = request.query.get("screenId")
        if not _wants_json(request.headers.getall("Accept", [])):
            named = screen_id if screen_id and re.search(SCREEN_ID_PATTERN, screen_id) else None
            return pairing_page(choose_language(request.headers.get("Accept-Language")), named)
        fields: dict[str, object] = {
            "token": request.query.get("token", ""),
            "device": {"name": request.headers.get("User-Agent", "")[:LONGEST_DEVICE_NAME]},
        }
        if screen_id is not None:
            fields["screenId"] = screen_id
        return answer(await self._claim(request, convert(fields, Claim)))

    async def _claim(self, request: web.Request, claim: Claim) -> Grant:
        key = f"pair {address_key(request.remote)}"
        self._limits.take(key)
        grant = await self._offers.claim(claim)
        self._limits.give_back(key)
        about("screen", grant.screen_id)
        return grant


def _wants_json(accept: list[str]) -> bool:
    """Tell a program, which names JSON and no page, from a browser, which names pages (RFC 9110, 12.5.1)."""
    kinds = {part.partition(";")[0].strip().lower() for line in accept for part in line.split(",")}
    return "application/json" in kinds and "text/html" not in kinds
