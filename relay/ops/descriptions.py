"""What the wire says, for those who write clients: generated from the contract, so it cannot be out of date."""

from aiohttp import web

from relay.contract.events import events_schema


def description_routes() -> list[web.RouteDef]:
    """List the routes."""
    return [web.get("/api/events.json", events)]


async def events(_request: web.Request) -> web.Response:
    """Answer every socket event with the JSON Schema of what it carries."""
    return web.json_response(events_schema())
