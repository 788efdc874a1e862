"""The frame around every request that says who does what, and puts on record what no room has noted by itself.

How it works: the frame opens a `doing` for the request; `caller_of` says whose it is, rooms note their changes in their
own transactions, or the note that the frame says is due. What then was done without a note, and what was refused for
want of a right, is recorded here.

What must never happen: a request that fails because of the record, and a flood of refusals that washes the log out:
the same refusal of the same caller is written once a minute. What screens and programs show is in the deliveries, with
their sender; only triggers of people and guests are here too.
"""

from collections import OrderedDict

from aiohttp import web
from aiohttp.typedefs import Middleware

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import DONE, Audit, Doing, Due, doing
from relay.web.attacks import Attacks
from relay.web.cookies import SAFE_METHODS
from relay.web.deeds import SECRET_PARTS, Deed, deed_of
from relay.web.handler import Handler
from relay.web.manners import StrangeMethods

REPEATED_SECONDS = 60.0
REFUSALS_KEPT = 2_000
# Refusals that say that somebody tried what he may not; the others are mistakes.
TELLING = frozenset(
    {
        Code.FORBIDDEN,
        Code.CSRF_FAILED,
        Code.SIGN_IN_FAILED,
        Code.REAUTHENTICATION_NEEDED,
        Code.RATE_LIMITED,
        Code.LAST_ADMIN,
        Code.WELCOME_ENDED,
        Code.PAIRING_INVALID,
        Code.PAIRING_EXPIRED,
        Code.PAIRING_USED,
        Code.PAIRING_DENIED,
        Code.SCREEN_PAIRED,
        Code.CERTIFICATE_MISMATCH,
        Code.URL_NOT_ALLOWED,
        Code.JOIN_INVALID,
        Code.JOIN_EXPIRED,
        Code.GUESTS_NOT_ALLOWED,
        Code.SECOND_FACTOR_WRONG,
        Code.SECOND_FACTOR_USED,
    }
)


class Frame:
    """Stands around every request; `frame.middleware` goes into the application."""

    def __init__(self, audit: Audit, clock: Clock, attacks: Attacks) -> None:
        """Record in this log, and count refusals there."""
        self._audit = audit
        self._attacks = attacks
        self._clock = clock
        self._strange = StrangeMethods(clock)
        self._refused: OrderedDict[tuple[str, ...], float] = OrderedDict()

    @property
    def middleware(self) -> Middleware:
        """Return what aiohttp calls around every handler."""

        @web.middleware
        async def audited(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            if resource is None:
                try:
                    return await handler(request)
                except web.HTTPMethodNotAllowed as refused:
                    self._strange.note(request, refused)
                    raise
            deed = deed_of(request.method, resource.canonical)
            with doing(request.remote or "") as now:
                if deed.is_kept and request.method not in SAFE_METHODS:
                    now.due = Due(deed.action, deed.kind, _target_of(request), _is_in_deliveries(deed))
                try:
                    response = await handler(request)
                except Refusal as refusal:
                    if refusal.code in TELLING:
                        await self._refusal(request, now, deed, refusal)
                    raise
                # A GET that does something says what it is about (`about`).
                is_deed = request.method not in SAFE_METHODS or now.target
                if is_deed and not now.is_noted and deed.is_kept and not _is_elsewhere(deed, now):
                    await self._audit.record(_targeted(request, now, deed), deed.action, DONE)
                return response

        return audited

    async def _refusal(self, request: web.Request, now: Doing, deed: Deed, refusal: Refusal) -> None:
        action = deed.action or f"{request.method} {request.path}"
        await self.record(_targeted(request, now, deed), action, refusal.code.value)

    async def record(self, now: Doing, action: str, outcome: str) -> None:
        """Put a deed on record, or that it was refused; the same refusal once a minute."""
        if outcome != DONE:
            self._attacks.refused(now.actor, now.address, action, outcome)
            key = (now.actor, now.address, action, now.target, outcome)
            at = self._clock.monotonic()
            before = self._refused.get(key)
            if before is not None and at - before < REPEATED_SECONDS:
                return
            self._refused[key] = at
            self._refused.move_to_end(key)
            while len(self._refused) > REFUSALS_KEPT:
                self._refused.popitem(last=False)
        await self._audit.record(now, action, outcome)


def _is_elsewhere(deed: Deed, now: Doing) -> bool:
    """Tell whether the deliveries are the record: of what screens and programs triggered."""
    return _is_in_deliveries(deed) and not now.actor.startswith(("user:", "guest:"))


def _is_in_deliveries(deed: Deed) -> bool:
    return deed.action.startswith(("screen.trigger", "delivery."))


def _target_of(request: web.Request) -> str:
    """Name what a request is about, as its address says it."""
    named = [text for part, text in request.match_info.items() if part not in SECRET_PARTS]
    return named[0] if named else ""


def _targeted(request: web.Request, now: Doing, deed: Deed) -> Doing:
    """Fill in what the request is about from its address, unless its handler said it."""
    if not now.target:
        now.target_kind, now.target = deed.kind, _target_of(request)
    return now
