"""The WebSocket under python-socketio's stock engine: no compression, a bounded frame, a close code of our choice."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from relay.live.bounds import MAX_FRAME_BYTES

CLOSE_SECONDS = 2.0


class FrameSocket:
    """The driver's WebSocket class, as engineio wants it, with what its own one does not offer.

    WORKAROUND: engineio's driver passes no `compress`, so every connection would pay 100 KB for permessage-deflate, and
    its `close` has no code (python-engineio 4.15, async_drivers/aiohttp.py).
    """

    # Whether aiohttp answers the client's pings by itself.
    answers_pings = True

    def __init__(self, handler: Callable[["FrameSocket"], Awaitable[None]], server: Any) -> None:
        """Remember who will read from this socket."""
        self.handler = handler
        self.server = server
        self.environ: dict[str, Any] = {}
        self._socket = web.WebSocketResponse(
            # aiohttp refuses what is as long as its limit.
            max_msg_size=MAX_FRAME_BYTES + 1,
            compress=False,
            timeout=CLOSE_SECONDS,
            autoping=self.answers_pings,
        )

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        """Answer the upgrade and hand over to engineio until the line ends."""
        await self._socket.prepare(environ["aiohttp.request"])
        environ["benchcast.socket"] = self
        self.environ = environ
        self.upgraded()
        await self.handler(self)
        return self._socket

    def upgraded(self) -> None:
        """Do what is to be done once the upgrade is answered."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a code that tells the client what to do; gives up waiting for its answer after two seconds."""
        await self._socket.close(code=code, message=reason.encode())

    async def send(self, message: str | bytes) -> None:
        """Send one frame."""
        if isinstance(message, bytes):
            await self._socket.send_bytes(message)
        else:
            await self._socket.send_str(message)

    async def wait(self) -> str | bytes:
        """Receive one frame. Raises OSError when the line is closed, as engineio expects."""
        message = await self._socket.receive()
        if not isinstance(message.data, str | bytes):
            raise OSError("The line is closed.")
        return message.data


class Json:
    """msgspec under the interface of the standard `json` module, which is what python-socketio asks for."""

    @staticmethod
    def dumps(value: object, **_options: object) -> str:
        """Encode to text."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> object:
        """Decode; raises ValueError for what is no JSON."""
        return msgspec.json.decode(text)
