"""`/api/pair/requests`: workstations ask, admins decide."""

from aiohttp import web

from relay.contract.pairing_requests import PairingApproval, PairingAsk, PairingPoll
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import about
from relay.identity.caller import Caller
from relay.pairing.requests import Requests
from relay.web.access import caller_of
from relay.web.handler import answer, read_body
from relay.web.limits import Limits, address_key

# What a workstation is told while it is known: no guess, so it uses up none.
_KNOWN = {Code.AUTHORIZATION_PENDING, Code.SLOW_DOWN}


class RequestRoutes:
    """The HTTP face of the requests. What a stranger may try is counted per address."""

    def __init__(self, requests: Requests, limits: Limits) -> None:
        """Speak for these."""
        self._requests = requests
        self._limits = limits

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        one = "/api/pair/requests/{userCode}"
        return [
            web.post("/api/pair/requests", self.ask),
            web.post("/api/pair/requests/token", self.redeem),
            web.post("/api/pair/requests/cancel", self.cancel),
            web.get("/api/pair/requests", self.list_pending),
            web.get(one, self.look_up),
            web.post(f"{one}/approve", self.approve),
            web.post(f"{one}/deny", self.deny),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Take a workstation's request."""
        body = await read_body(request, PairingAsk)
        self._limits.take(f"ask {address_key(request.remote)}")
        return answer(await self._requests.ask(body.device, request.remote or ""), status=201)

    async def redeem(self, request: web.Request) -> web.Response:
        """Tell a workstation how its request stands, or hand it the credential."""
        body = await read_body(request, PairingPoll)
        key = f"redeem {address_key(request.remote)}"
        self._limits.take(key)
        try:
            grant = await self._requests.redeem(body.device_code)
        except Refusal as refusal:
            if refusal.code in _KNOWN:
                self._limits.give_back(key)
            raise
        self._limits.give_back(key)
        return answer(grant)

    async def cancel(self, request: web.Request) -> web.Response:
        """Forget a request that its workstation takes back."""
        self._limits.take(f"redeem {address_key(request.remote)}")
        await self._requests.cancel((await read_body(request, PairingPoll)).device_code)
        return web.Response(status=204)

    async def list_pending(self, request: web.Request) -> web.Response:
        """List who asks."""
        (await caller_of(request)).require_role("admin")
        return answer(await self._requests.pending())

    async def look_up(self, request: web.Request) -> web.Response:
        """Tell whose code this is."""
        await self._admin(request)
        found = await self._requests.look_up(request.match_info["userCode"])
        self._right(request)
        return answer(found)

    async def approve(self, request: web.Request) -> web.Response:
        """Approve the workstation that shows this code."""
        caller = await self._admin(request)
        wish = await read_body(request, PairingApproval)
        about("screen", wish.screen_id)
        approved = await self._requests.approve(request.match_info["userCode"], wish, caller)
        self._right(request)
        return answer(approved)

    async def deny(self, request: web.Request) -> web.Response:
        """Deny a request."""
        caller = await self._admin(request)
        await self._requests.deny(request.match_info["userCode"], caller)
        self._right(request)
        return web.Response(status=204)

    async def _admin(self, request: web.Request) -> Caller:
        caller = await caller_of(request)
        caller.require_role("admin")
        self._limits.take(f"user code {address_key(request.remote)}")
        return caller

    def _right(self, request: web.Request) -> None:
        self._limits.give_back(f"user code {address_key(request.remote)}")
