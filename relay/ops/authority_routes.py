"""`GET /api/ca.pem` and `/api/ca.crt`: the relay's own authority, for phones and browsers to trust; it is no secret."""

from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.ops.certificate import authority_file
from relay.settings import Settings

# What has this type, iOS offers to install as a profile, and Android's installer takes from the downloads.
MEDIA_TYPE = "application/x-x509-ca-cert"


def authority_routes(settings: Settings) -> list[web.RouteDef]:
    """List the routes."""

    def file() -> Path:
        path = authority_file(settings)
        if path is None:
            raise Refusal(Code.NOT_FOUND)
        return path

    async def as_text(_request: web.Request) -> web.Response:
        return _answer(file().read_bytes(), 'attachment; filename="benchcast-ca.pem"')

    async def as_phones_take_it(_request: web.Request) -> web.Response:
        # In binary form (DER), with the suffix that Android and Windows know, and no attachment, which Safari would
        # lay beside the other downloads.
        content = x509.load_pem_x509_certificate(file().read_bytes()).public_bytes(Encoding.DER)
        return _answer(content, 'inline; filename="benchcast-ca.crt"')

    return [web.get("/api/ca.pem", as_text), web.get("/api/ca.crt", as_phones_take_it)]


def _answer(content: bytes, disposition: str) -> web.Response:
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return web.Response(body=content, content_type=MEDIA_TYPE, headers=headers)
