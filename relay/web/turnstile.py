"""How often who is known may trigger and upload: each person, program or device first, then the address of them all.

How it works: a request is counted for who makes it; what they may is counted for their address, too, whose ceiling is
high, because a whole plant may sit behind it. Who goes too fast uses up nothing of their neighbours' share. The relay's
own command line is not counted.
"""

from typing import Literal

from aiohttp import web

from relay.clock import Clock
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.settings import Settings
from relay.web.limits import Limits, address_key
from relay.web.quota import Quota

Errand = Literal["trigger", "upload"]
_UPLOADS = ("/screenshot", "/import", "/documents")


class Turnstile:
    """Counts triggers and uploads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Allow what the settings allow."""
        self._limits: dict[Errand, tuple[Limits, Limits]] = {
            "trigger": (
                Limits(clock, settings.triggers_per_minute),
                Limits(clock, settings.triggers_per_minute_of_address),
            ),
            "upload": (
                Limits(clock, settings.uploads_per_minute),
                Limits(clock, settings.uploads_per_minute_of_address),
            ),
        }

        self.quota = Quota(settings, clock)

    def count(self, errand: Errand, caller: Caller, remote: str | None) -> None:
        """Count one errand. Raises RATE_LIMITED with the time to wait; then none is counted."""
        if caller.kind == "api" and caller.role is not None:
            return
        by_caller, by_address = self._limits[errand]
        by_caller.take(caller.subject)
        try:
            by_address.take(address_key(remote))
        except Refusal:
            by_caller.give_back(caller.subject)
            raise

    def count_request(self, request: web.Request, caller: Caller) -> None:
        """Count a request, if it is an errand. Raises RATE_LIMITED."""
        if request.method not in {"POST", "PUT"}:
            return
        path = request.path
        if path == "/api/trigger":
            self.count("trigger", caller, request.remote)
        elif path.endswith(_UPLOADS):
            self.count("upload", caller, request.remote)
            if caller.role is None or caller.kind != "api":
                self.quota.count(request, caller)


TURNSTILE: web.AppKey[Turnstile] = web.AppKey("turnstile", Turnstile)
