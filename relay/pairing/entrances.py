"""`/api/entrances`: where a browser becomes a screen, and where a phone scans; for whoever sets one up."""

from collections.abc import Callable
from typing import Literal

from aiohttp import web

from relay.contract.pairing import Entrance, EntranceList, RelayAddress
from relay.web.access import caller_of
from relay.web.handler import answer
from relay.web.pages import PAGES
from relay.web.qr import draw_qr

KINDS: dict[str, Literal["screen", "phone"]] = {"/screen/": "screen", "/scan/": "phone"}


def entrance_routes(relay: Callable[[], RelayAddress], phones: Callable[[], str]) -> list[web.RouteDef]:
    """List the routes; `phones` says where phones reach the relay, which may be elsewhere than benches do."""

    async def entrances(request: web.Request) -> web.Response:
        (await caller_of(request)).require_role("lead")
        found: list[Entrance] = []
        for path, kind in KINDS.items():
            if path in PAGES:
                url = (phones() if kind == "phone" else relay().addresses[0]) + path
                found.append(Entrance(kind=kind, url=url, qr_svg=draw_qr(url)))
        return answer(EntranceList(entrances=tuple(found)))

    return [web.get("/api/entrances", entrances)]
