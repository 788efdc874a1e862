"""An ERP with a web server of its own, as good and as bad as a test wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Erp:
    """`orders` maps an order to its revision and file; `mood` spoils every answer about orders."""

    url: str = ""
    orders: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    mood: str = ""
    key: str = ""
    asked: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    # Set when a slow answer may go on.
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def order(self, request: web.Request) -> web.StreamResponse:
        order_id = request.match_info["id"]
        self.asked.append(order_id)
        if self.key and request.headers.get("X-Api-Key") != self.key:
            return web.Response(status=401)
        match self.mood:
            case "slow":
                await self.go_on.wait()
            case "broken":
                return web.Response(text="<html>not JSON", content_type="application/json")
            case "500":
                return web.Response(status=500)
            case "away":
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            case "redirect":
                raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")
            case "moved":
                raise web.HTTPFound(f"/moved/{order_id}")
            case "elsewhere":
                return web.json_response({"doc": {"url": "http://other.example/x.pdf"}})
        return self._answer(order_id)

    async def moved(self, request: web.Request) -> web.StreamResponse:
        return self._answer(request.match_info["id"])

    async def file(self, request: web.Request) -> web.StreamResponse:
        order_id = request.match_info["id"]
        self.fetched.append(order_id)
        if self.mood == "huge":
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(10_000):
                await response.write(b"%PDF-" + bytes(65_000))
            return response
        revision, content = self.orders[order_id]
        etag = f'"{revision}-{len(content)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=content, content_type="application/pdf", headers={"ETag": etag})

    def _answer(self, order_id: str) -> web.Response:
        if order_id not in self.orders:
            return web.Response(status=404)
        revision = self.orders[order_id][0]
        told = {
            "data": [
                {"url": f"../files/{order_id}", "rev": revision, "name": "하우징", "due": "2026. 12. 5."}
            ]
        }
        return web.json_response(told)


@asynccontextmanager
async def running_erp() -> AsyncIterator[Erp]:
    """Serve it on a free port of this machine."""
    erp = Erp()
    app = web.Application()
    app.add_routes(
        [
            web.get("/orders/{id}", erp.order),
            web.get("/moved/{id}", erp.moved),
            web.get("/files/{id}", erp.file),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    erp.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield erp
    finally:
        erp.go_on.set()
        await runner.cleanup()


def draft_of(erp: Erp, **more: object) -> dict:
    """Word the source as an admin would enter it."""
    http = {
        "urlTemplate": f"{erp.url}/orders/{{orderId}}",
        "documentPath": "data[0].url",
        "titlePath": "$.data[0].name",
        "revisionPath": "data[0].rev",
        "dueDatePath": "data[0].due",
        "allowPrivate": True,
        **more.pop("http", {}),
    }
    return {"name": "ERP", "cacheSeconds": 300, "timeoutMs": 2000, "http": http, **more}
