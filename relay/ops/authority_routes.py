"""`GET /api/ca.pem`: the relay's own authority, for phones and browsers to trust; it is no secret."""

from aiohttp import web

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.ops.certificate import authority_file
from relay.settings import Settings

# Phones offer to install what has this type.
MEDIA_TYPE = "application/x-x509-ca-cert"


def authority_routes(settings: Settings) -> list[web.RouteDef]:
    """List the routes."""

    async def authority(_request: web.Request) -> web.Response:
        path = authority_file(settings)
        if path is None:
            raise Refusal(Code.NOT_FOUND)
        headers = {
            "Content-Disposition": 'attachment; filename="benchcast-ca.pem"',
            "Cache-Control": "no-store",
        }
        return web.Response(body=path.read_bytes(), content_type=MEDIA_TYPE, headers=headers)

    return [web.get("/api/ca.pem", authority)]
