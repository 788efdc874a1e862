"""One client's line: WebSocket, Engine.IO 4 and Socket.IO 5 in one asyncio protocol, without a task of its own.

A line says what it hears by calling `on_connected`, `on_event`, `on_answer` and `on_lost`; who inherits decides what
that means. It answers the heartbeat by itself, as every client library does.
"""

import asyncio

from bench.frames import CLOSE, PING, PONG, TEXT, frame, read_frames

PONG_PACKET = frame(b"3")
_END_OF_HEAD = b"\r\n\r\n"


def upgrade_request(host: str, port: int) -> bytes:
    """Write the request that turns HTTP into the socket; the same for every line."""
    lines = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: YmVuY2hjYXN0IGJlbmNobQ==",
        "Accept-Language: en",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Line(asyncio.Protocol):
    """A line to one server; `auth` is the JSON that Socket.IO's CONNECT carries."""

    __slots__ = ("_buffer", "_is_upgraded", "_request", "auth", "refusal", "transport")

    def __init__(self, request: bytes, auth: bytes) -> None:
        self._request = request
        self.auth = auth
        self.transport: asyncio.Transport | None = None
        self.refusal: str | None = None
        self._buffer = b""
        self._is_upgraded = False

    # What an heir may hear.

    def on_connected(self) -> None:
        """Socket.IO has let this client in."""

    def on_event(self, ack_id: bytes, body: bytes) -> None:
        """An event came: its acknowledgement's number (empty for none) and its JSON array."""

    def on_answer(self, number: bytes, body: bytes) -> None:
        """An acknowledgement came for the event of this number."""

    def on_lost(self) -> None:
        """The line is down."""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]
        self._buffer, self._is_upgraded = b"", False
        self.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if not self._is_upgraded:
            head, found, data = data.partition(_END_OF_HEAD)
            if not found:
                self._buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.refuse(head.split(b"\r\n", 1)[0].decode())
                return
            self._is_upgraded = True
        frames, self._buffer = read_frames(data)
        for opcode, payload in frames:
            self._heard(opcode, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._buffer = b""
        self.on_lost()

    @property
    def how_far(self) -> str:
        """Say how far this line has come."""
        if self.transport is None:
            return "no line"
        return "upgraded" if self._is_upgraded else "connected, the request for the upgrade unanswered"

    # What an heir may do.

    def write(self, data: bytes) -> None:
        """Put bytes on the line, if there is one."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def refuse(self, reason: str) -> None:
        """Note why the server did not want this line, and hang up."""
        self.refusal = reason[:300]
        self.hang_up()

    def hang_up(self) -> None:
        """Drop the line at once."""
        if self.transport is not None:
            self.transport.abort()

    def _heard(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._heard_packet(payload)
        elif opcode == PING:
            self.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self.write(frame(payload[:2], CLOSE))
            if self.transport is not None:
                self.transport.close()

    def _heard_packet(self, packet: bytes) -> None:
        if packet[:2] == b"42":
            bracket = packet.index(b"[")
            self.on_event(packet[2:bracket], packet[bracket:])
        elif packet == b"2":
            self.write(PONG_PACKET)
        elif packet[:2] == b"43":
            bracket = packet.index(b"[")
            self.on_answer(packet[2:bracket], packet[bracket:])
        elif packet[:2] == b"40":
            self.on_connected()
        elif packet[:1] == b"0":
            self.write(frame(b"40" + self.auth))
        elif packet[:2] == b"44":
            self.refuse(packet[2:].decode())
        elif packet[:1] == b"1" or packet[:2] == b"41":
            self.hang_up()
