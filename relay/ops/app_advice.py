"""Tells benches which version of the app their own admin recommends, so that none has to ask the internet."""

from aiohttp import web

from relay.contract.app_version import AppAdvice
from relay.contract.codec import to_json
from relay.settings import Settings


def app_advice_routes(settings: Settings) -> list[web.RouteDef]:
    """List the routes."""

    async def advice(_request: web.Request) -> web.Response:
        content = to_json(AppAdvice(version=settings.app_version or None, note=settings.app_note))
        return web.Response(
            body=content, content_type="application/json", headers={"Cache-Control": "no-store"}
        )

    return [web.get("/api/app/version", advice)]
