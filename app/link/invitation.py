"""Asks the relay for the tickets by which phones join this screen, each before the one before it has expired.

What must always hold: what is shown is good. While the relay cannot be reached, and where its admin does not want
guests, there is nothing to show. How long a ticket lives is counted in seconds from its arrival, so this machine's time
of day does not matter.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.credentials import Credentials, Revoked
from app.link.triggers import TOKEN_REFUSED
from relay.contract.joining import JoinTicket
from relay.contract.problems import Code

log = structlog.get_logger()

PATIENCE = timedelta(seconds=10)
# A ticket that is about to expire would be scanned in vain; the one before it stays good for as long.
RENEW_SHARE = 0.6
LEAST_SECONDS = 20.0
AGAIN_SECONDS = 15.0
# A relay of before has no guests; one of today may be told not to have any. Both may change with its next start.
_NEVER = frozenset({Code.GUESTS_NOT_ALLOWED.value, Code.NOT_FOUND.value, Code.FORBIDDEN.value})


class Invitation:
    """The ticket of the moment."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        shown: Callable[[JoinTicket | None], None],
        relay_now_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask with these credentials; `shown` hears each ticket, and None while there is none."""
        self._credentials = credentials
        self._shown = shown
        self._relay_now_ms = relay_now_ms
        self._sleep = sleep

    async def keep(self) -> None:
        """Have a ticket until cancelled; returns when the relay says that there shall be none."""
        while True:
            try:
                ticket = await self._ask()
            except RelayRefused as refusal:
                self._shown(None)
                if refusal.problem.code in _NEVER:
                    log.info("The relay wants no guests at this screen", code=refusal.problem.code)
                    return
                await self._sleep(AGAIN_SECONDS)
            except (RelayUnreachable, Revoked):
                self._shown(None)
                await self._sleep(AGAIN_SECONDS)
            else:
                self._shown(ticket)
                left = (ticket.expires_at - self._relay_now_ms()) / 1000
                await self._sleep(max(LEAST_SECONDS, left * RENEW_SHARE))

    async def _ask(self) -> JoinTicket:
        token = await self._credentials.token()
        path = f"/api/screens/{self._credentials.screen_id}/join"
        try:
            return await self._credentials.http.call(
                "POST", path, JoinTicket, token=token, patience=PATIENCE, may_repeat=True
            )
        except RelayRefused as refusal:
            if refusal.problem.code in TOKEN_REFUSED:
                self._credentials.expired(token)
            raise
