"""From HTTP to WebSocket (RFC 6455, section 4): the answer, and the transport taken out of aiohttp's hands."""

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, NoReturn, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

if TYPE_CHECKING:
    import asyncio

    from aiohttp.http_websocket import WebSocketReader

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class _Early:
    """Takes what the client sent behind its request, before it knew the answer."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


class Upgraded(web.StreamResponse):
    """What the handler returns once the line is nobody's request any more: nothing is written in its name."""

    def __init__(self) -> None:
        """Say what was answered."""
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002 - aiohttp's signature
        """Write nothing."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


def answer(request: web.BaseRequest) -> bytes:
    """Return the answer to a handshake; no extension and no subprotocol is agreed on. Raises HTTPBadRequest."""
    headers = request.headers
    if headers.get("Sec-WebSocket-Version") != "13":
        _refuse()
    tokens = {token.strip().lower() for token in headers.get("Connection", "").split(",")}
    if "upgrade" not in tokens or headers.get("Upgrade", "").lower() != "websocket":
        _refuse()
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        if len(base64.b64decode(key, validate=True)) != 16:
            _refuse()
    except binascii.Error:
        _refuse()
    accepted = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % accepted
    )


def take_transport(request: web.BaseRequest) -> "tuple[asyncio.Transport, bytes] | None":
    """Take the transport out of aiohttp's hands, for which the connection is lost from here on; None if it was.

    Also returns what came behind the request. Whoever takes it sets its protocol before the loop turns again.
    """
    protocol = request.protocol
    transport = request.transport
    if transport is None or transport.is_closing():
        return None
    early = _Early()
    protocol.set_parser(cast("WebSocketReader", early))
    protocol.transport = None
    protocol.connection_lost(None)
    return transport, early.data


def _refuse() -> NoReturn:
    raise web.HTTPBadRequest
