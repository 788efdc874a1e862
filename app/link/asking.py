"""Asks a relay to be paired without having been offered anything, and waits until an admin has decided (RFC 8628).

How it works: the relay gives a code for people and a secret for us; what is shown is the code, a QR of the page where
an admin approves, and the number of the certificate that this bench sees, which the admin compares. Then the relay is
asked every few seconds, however often it is restarted in between. A code that has expired is replaced by a new one.

What must always hold: all of it goes to the certificate that was seen first, which is also the one that is pinned in
the end. How long a code lives is counted in seconds from its arrival, so this machine's time of day does not matter.

What it must never do: show an address that the relay has named. Until the admin has compared the number nobody knows
whose words these are, so the page's address is made from the one that the person here has given.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.clock import monotonic
from app.link.credentials import Claimed
from app.link.pairing import claimed
from app.link.relay_http import Nothing, RelayHttp
from app.link.trust import Seen, look, system_now_ms
from app.stage.asking import Asking
from app.stage.scan_result import PairingStep
from relay.contract.pairing import Device, Grant, RelayAddress
from relay.contract.pairing_requests import PairingAsk, PairingPoll, PairingRequest
from relay.contract.problems import Code
from relay.contract.wording import DEFAULT_LANGUAGE, Language

log = structlog.get_logger()

PATIENCE = timedelta(seconds=10)
CANCEL_PATIENCE = timedelta(seconds=1)
# RFC 8628, 3.5.
SLOWER_SECONDS = 5
LEAST_SECONDS = 1
# Ways in which a relay that is restarting, busy or out of reach answers: nothing is decided, so we go on asking.
_LATER = {Code.AUTHORIZATION_PENDING, Code.RATE_LIMITED, Code.RELAY_UNAVAILABLE, Code.INTERNAL_ERROR}
_AWAY = {"refused", "timeout", "address", "answer"}
_ANEW = {Code.PAIRING_EXPIRED, Code.PAIRING_INVALID}


@dataclass
class _Open:
    """A request that is open, and when it ends by our own count of seconds."""

    request: PairingRequest
    ends_at: float
    interval: float


async def ask(
    relay: RelayAddress,
    device: Device,
    *,
    shown: Callable[[Asking], None],
    language: Callable[[], Language] = lambda: DEFAULT_LANGUAGE,
    on_step: Callable[[PairingStep, str], None] = lambda _step, _detail: None,
    now_ms: Callable[[], int] = system_now_ms,
    seconds: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Claimed:
    """Ask until an admin has decided; `shown` is told what a person needs to see. Raises RelayRefused or
    RelayUnreachable. Cancelling it takes the request back.
    """
    on_step(PairingStep.REACH, ", ".join(relay.addresses))
    seen = await look(relay, now_ms=now_ms)
    on_step(PairingStep.TRUST, seen.address)
    http = RelayHttp(seen.relay, language=language)
    http.found(seen.address)
    asking = _Conversation(http, seen, device, shown=shown, seconds=seconds, sleep=sleep)
    try:
        if seen.check is None:
            on_step(PairingStep.CLAIM, seen.address)
        granted = await asking.until_decided()
        # An admin who approves has compared the number: only now the certificate is more than seen.
        on_step(PairingStep.CLAIM, seen.address)
        return granted
    except asyncio.CancelledError:
        await asking.take_back()
        raise
    finally:
        await http.close()


class _Conversation:
    """What is said with one relay until it is decided."""

    def __init__(
        self,
        http: RelayHttp,
        seen: Seen,
        device: Device,
        *,
        shown: Callable[[Asking], None],
        seconds: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._http = http
        self._seen = seen
        self._device = device
        self._shown = shown
        self._seconds = seconds
        self._sleep = sleep
        self._open: _Open | None = None
        self._is_away = False

    async def until_decided(self) -> Claimed:
        """Ask, and ask again with a new code whenever one has expired."""
        self._open = await self._begin()
        while True:
            self._show()
            granted = await self._wait(self._open)
            if granted is not None:
                return granted
            log.info("The code has expired; there is a new one")
            self._open = await self._begin_patiently(self._open)

    async def take_back(self) -> None:
        """Tell the relay that nobody waits any more; if it does not hear, the request expires by itself."""
        if self._open is not None:
            poll = PairingPoll(device_code=self._open.request.device_code)
            with suppress(RelayRefused, RelayUnreachable):
                await self._http.call(
                    "POST", "/api/pair/requests/cancel", Nothing, body=poll, patience=CANCEL_PATIENCE
                )

    async def _begin(self) -> _Open:
        body = PairingAsk(device=self._device)
        begun = self._seconds()
        request = await self._http.call(
            "POST", "/api/pair/requests", PairingRequest, body=body, patience=PATIENCE, may_repeat=False
        )
        return _Open(request, begun + request.expires_in, max(LEAST_SECONDS, request.interval))

    async def _begin_patiently(self, former: _Open) -> _Open:
        while True:
            try:
                return await self._begin()
            except RelayRefused as refused:
                if refused.problem.code not in _LATER:
                    raise
                await self._sleep(max(former.interval, (refused.problem.retry_after_ms or 0) / 1000))
            except RelayUnreachable as unreachable:
                if unreachable.step not in _AWAY:
                    raise
                self._show(is_away=True)
                await self._sleep(former.interval)

    async def _wait(self, at: _Open) -> Claimed | None:
        """Ask until this request has ended; None if it has expired."""
        poll = PairingPoll(device_code=at.request.device_code)
        while self._seconds() < at.ends_at:
            await self._sleep(at.interval)
            asked_at = self._seconds()
            try:
                grant = await self._http.call(
                    "POST", "/api/pair/requests/token", Grant, body=poll, patience=PATIENCE
                )
            except RelayRefused as refused:
                code = refused.problem.code
                if code in _ANEW:
                    return None
                if code == Code.SLOW_DOWN:
                    at.interval += SLOWER_SECONDS
                elif code not in _LATER:
                    raise
                self._show()
            except RelayUnreachable as unreachable:
                if unreachable.step not in _AWAY:
                    raise
                self._show(is_away=True)
            else:
                return claimed(grant, self._seen, asked_at=asked_at, address=self._http.good_address)
        return None

    def _show(self, *, is_away: bool = False) -> None:
        at = self._open
        assert at is not None
        page = f"{self._seen.address}/pair"
        check = self._seen.check
        code = at.request.user_code
        address = f"{page}?code={code}" + (f"&check={check.replace(' ', '')}" if check else "")
        left = max(0, round(at.ends_at - self._seconds()))
        self._shown(Asking(code=code, page=page, qr=address, check=check, seconds_left=left, is_away=is_away))
