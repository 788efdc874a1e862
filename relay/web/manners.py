"""How a request must speak: no word of its query twice, JSON under no other name, by a method that is known there.

How it works: `relay.web.handler` asks here before a request reaches its call, `relay.web.audited` when none took it.
What is said twice is refused, for one reader would take the first and another the last (a proxy that checks, a program
that logs). A method that its address does not know is refused by the router; here it comes to the log, at most once a
minute for each address, so that nobody fills a disk with it.

A body whose type is not said is taken for JSON, and so is a form's: `curl -d`, Python's urllib and PowerShell send
JSON under that name unless told otherwise. A cookie counts for nothing without the page's own token, so what a foreign
form sends is nobody's.
"""

from collections import OrderedDict

import structlog
from aiohttp import web

from relay.clock import Clock
from relay.errors import invalid

log = structlog.get_logger()

JSON = "application/json"
TAKEN_FOR_JSON = frozenset({JSON, "application/octet-stream", "application/x-www-form-urlencoded"})
# What may be said several times: labels of several orders.
SEVERAL = frozenset({("/api/labels.pdf", "orderId")})
REPEATED_SECONDS = 60.0
ADDRESSES_KEPT = 1_000


def require_single(request: web.Request) -> None:
    """Check that nothing in the query is said twice. Raises VALIDATION_ERROR with the word's name."""
    query = request.query
    if len(query) < 2:
        return
    seen: set[str] = set()
    for name, _ in query.items():  # noqa: PERF102 - the keys of a multidict name each word once
        if name in seen and (request.path, name) not in SEVERAL:
            raise invalid(name, "twice")
        seen.add(name)


def require_json(request: web.Request) -> None:
    """Check that a body does not call itself something else than JSON. Raises HTTPUnsupportedMediaType (415)."""
    said = request.headers.get("Content-Type")
    if said is None or said == JSON:
        return
    media_type = request.content_type
    if media_type not in TAKEN_FOR_JSON and not media_type.endswith("+json"):
        raise web.HTTPUnsupportedMediaType


class StrangeMethods:
    """Puts in the log who asks with methods that nobody here knows."""

    def __init__(self, clock: Clock) -> None:
        """Nobody has asked."""
        self._clock = clock
        self._heard: OrderedDict[str, float] = OrderedDict()

    def note(self, request: web.Request, refused: web.HTTPMethodNotAllowed) -> None:
        """Write it down, unless the same address was heard within the minute."""
        address, now = request.remote or "", self._clock.monotonic()
        before = self._heard.get(address)
        if before is not None and now - before < REPEATED_SECONDS:
            return
        self._heard[address] = now
        self._heard.move_to_end(address)
        while len(self._heard) > ADDRESSES_KEPT:
            self._heard.popitem(last=False)
        # Its path may hold a secret (a link of welcome), so it is left out.
        log.warning(
            "A method that this address does not know was refused",
            method=request.method[:16],
            allowed=refused.headers.get("Allow", ""),
            address=address,
        )
