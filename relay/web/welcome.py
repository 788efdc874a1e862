"""`/api/auth/welcome`: whoever has the link that `serve` printed becomes the first admin, in the browser."""

from aiohttp import web

from relay.contract.accounts import FirstAdmin
from relay.identity.welcome import Welcome
from relay.web.browser import BrowserRoutes, require_our_page
from relay.web.handler import read_body
from relay.web.limits import Limits, address_key


class WelcomeRoutes:
    """The HTTP face of the welcome. Tries are counted per address."""

    def __init__(self, welcome: Welcome, browser: BrowserRoutes, limits: Limits) -> None:
        """Speak for these."""
        self._welcome = welcome
        self._browser = browser
        self._limits = limits

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [web.post("/api/auth/welcome", self.accept)]

    async def accept(self, request: web.Request) -> web.Response:
        """Make the first admin, and sign them in."""
        require_our_page(request)
        wish = await read_body(request, FirstAdmin)
        self._limits.take(f"login {address_key(request.remote)}")
        return await self._browser.begin(request, await self._welcome.accept(wish))
