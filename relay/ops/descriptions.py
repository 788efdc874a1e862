"""What the wire says, for those who write clients: generated from the contract, so it cannot be out of date."""

from aiohttp import web

from relay.contract.api import openapi
from relay.contract.events import events_schema
from relay.ops.health import app_version


def description_routes() -> list[web.RouteDef]:
    """List the routes."""
    return [web.get("/api/events.json", events), web.get("/api/openapi.json", calls)]


async def events(_request: web.Request) -> web.Response:
    """Answer every socket event with the JSON Schema of what it carries."""
    return web.json_response(events_schema())


async def calls(_request: web.Request) -> web.Response:
    """Answer every HTTP call as an OpenAPI 3.1 document."""
    return web.json_response(openapi(app_version()))
