"""`/api/join` and `/api/screens/{screenId}/join|guests`: tickets for phones, and the phones that came by them."""

from collections.abc import Callable, Iterable

from aiohttp import web

from relay.contract.joining import GuestList, Join
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import by
from relay.identity.caller import Caller
from relay.identity.guests import Guests
from relay.identity.screens import Screens
from relay.pairing.joining import Joining
from relay.web.access import caller_of
from relay.web.browser import BrowserRoutes, guest_of, require_our_page
from relay.web.handler import answer, read_body
from relay.web.limits import Limits, address_key

LONGEST_NUMBER = 15


class JoinRoutes:
    """The HTTP face of joining. What a stranger may try is counted per address."""

    def __init__(
        self,
        joining: Joining,
        guests: Guests,
        screens: Screens,
        browser: BrowserRoutes,
        *,
        limits: Limits,
        online: Callable[[], Iterable[Caller]],
    ) -> None:
        """Speak for these; `online` tells who has a live line."""
        self._joining = joining
        self._guests = guests
        self._screens = screens
        self._browser = browser
        self._limits = limits
        self._online = online

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        guests = "/api/screens/{screenId}/guests"
        return [
            web.post("/api/screens/{screenId}/join", self.make_ticket),
            web.post("/api/join", self.join),
            web.get(guests, self.list_guests),
            web.delete(guests, self.end_all),
            web.delete(f"{guests}/{{guestId}}", self.end),
        ]

    async def make_ticket(self, request: web.Request) -> web.Response:
        """Make a ticket for phones. No guest invites others."""
        caller = await caller_of(request)
        caller.require_member()
        caller.require(request.match_info["screenId"], "trigger")
        self._limits.take(f"ticket {caller.subject}")
        return answer(await self._joining.make(request.match_info["screenId"], caller), status=201)

    async def join(self, request: web.Request) -> web.Response:
        """Make whoever asks from a page of ours a guest of the ticket's screen."""
        require_our_page(request)
        body = await read_body(request, Join)
        key = f"join {address_key(request.remote)}"
        self._limits.take(key)
        former = await guest_of(request, self._guests.access)
        guest = await self._joining.join(body.ticket, body.name, request.remote or "", former)
        self._limits.give_back(key)
        by(f"guest:{guest.name}")
        return await self._browser.begin_as_guest(request, guest)

    async def list_guests(self, request: web.Request) -> web.Response:
        """List the guests of a screen."""
        screen_id = await self._administered(request)
        return answer(GuestList(guests=await self._guests.of_screen(screen_id, self._online())))

    async def end_all(self, request: web.Request) -> web.Response:
        """End every guest of a screen."""
        await self._joining.end_all(await self._administered(request))
        return web.Response(status=204)

    async def end(self, request: web.Request) -> web.Response:
        """End one guest."""
        screen_id, number = await self._administered(request), request.match_info["guestId"]
        if not (number.isascii() and number.isdigit()) or len(number) > LONGEST_NUMBER:
            raise Refusal(Code.GUEST_NOT_FOUND)
        await self._guests.end(screen_id, int(number))
        return web.Response(status=204)

    async def _administered(self, request: web.Request) -> str:
        wanted = request.match_info["screenId"]
        (await caller_of(request)).require(wanted, "admin")
        return await self._screens.spelling(wanted)
