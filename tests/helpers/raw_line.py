"""A client that writes its WebSocket frames itself, so that it can also write those that no library would."""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
DEADLINE = 8.0


@dataclass(slots=True)
class Refused(Exception):
    """The handshake was answered with something else than an upgrade."""

    status: int
    headers: dict[str, str]
    body: bytes


def masked_frame(
    opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0, mask: bytes | None = b"\1\2\3\4"
):
    """Write one frame as a client does, or as it must not (`mask=None`, reserved bits)."""
    first = (0x80 if final else 0) | reserved | opcode
    bit = 0x80 if mask is not None else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, bit | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, bit | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, bit | 127, len(payload))
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class RawLine:
    """One line; `opening` is the first packet that the relay said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.headers: dict[str, str] = {}
        self.opening = ""
        self.answers_pings = self.answers_goodbyes = True

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def say(self, text: str) -> None:
        self.write(masked_frame(TEXT, text.encode()))

    def emit(self, event: str, payload: object = None, ack: int | str = "") -> None:
        values = [event] if payload is None else [event, payload]
        self.say(f"42{ack}{json.dumps(values, ensure_ascii=False)}")

    async def frame(self) -> tuple[int, bytes]:
        """Read one frame of the relay, whatever it is. Raises IncompleteReadError when the line ended without one."""
        async with asyncio.timeout(DEADLINE):
            first, second = await self.reader.readexactly(2)
            assert first & 0x80, "the relay never sends fragments"
            assert not first & 0x70, "no extension was agreed on"
            assert not second & 0x80, "a server masks nothing"
            size = second
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 0x0F, await self.reader.readexactly(size)

    async def hear(self) -> str:
        """Read the next packet, answering pings on the way."""
        while True:
            opcode, payload = await self.frame()
            if opcode == CLOSE:
                if self.answers_goodbyes:
                    self.write(masked_frame(CLOSE, payload))
                raise EOFError(struct.unpack("!H", payload[:2])[0] if payload else None)
            if opcode != TEXT:
                continue
            if payload != b"2":
                return payload.decode()
            if self.answers_pings:
                self.say("3")

    async def hear_event(self, name: str) -> object:
        """Read until an event of that name comes, and return its payload."""
        while True:
            text = await self.hear()
            if text.startswith("42"):
                values = json.loads(text[2:].lstrip("0123456789"))
                if values[0] == name:
                    return values[1] if len(values) > 1 else None

    async def hear_answer(self, number: int) -> object:
        """Read until the acknowledgement of that number comes, and return its value."""
        while True:
            text = await self.hear()
            if text.startswith(f"43{number}["):
                values = json.loads(text[text.index("[") :])
                return values[0] if values else None

    async def connect(self, token: str) -> dict:
        """Say who we are and return `hello`."""
        self.say("40" + json.dumps({"token": token}))
        answer = await self.hear()
        assert answer.startswith('40{"sid"'), answer
        hello = await self.hear()
        assert hello.startswith('42["hello"'), hello
        return json.loads(hello[2:])[1]

    async def close_code(self) -> int | None:
        """Read on until the line ends, and return the code it ended with; 1006 for none, as browsers say."""
        try:
            while True:
                await self.hear()
        except EOFError as end:
            # asyncio's IncompleteReadError is one too.
            if isinstance(end, asyncio.IncompleteReadError):
                return 1006
            return end.args[0]
        except ConnectionError:
            return 1006

    async def ends(self) -> None:
        """Wait until the relay has let go of the connection itself."""
        async with asyncio.timeout(DEADLINE):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass

    def drop(self) -> None:
        """Vanish as a process does that was killed."""
        self.writer.transport.abort()


@asynccontextmanager
async def raw_line(
    url: str, *, receive_buffer: int | None = None, headers: str = ""
) -> AsyncIterator[RawLine]:
    """Open a line to the relay and read its opening. Raises Refused."""
    line = await open_raw_line(url, receive_buffer=receive_buffer, headers=headers)
    try:
        yield line
    finally:
        line.drop()


async def open_raw_line(
    url: str, *, receive_buffer: int | None = None, headers: str = "", behind: bytes = b""
) -> RawLine:
    """Open a line; `behind` is written in one go with the request, before the answer can be known."""
    parts = urlsplit(url)
    raw = socket.socket()
    if receive_buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (parts.hostname, parts.port))
    # A small limit keeps asyncio's own buffer from reading on for a client that does not.
    reader, writer = await asyncio.open_connection(sock=raw, limit=2**16)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n".encode()
        + behind
    )
    async with asyncio.timeout(DEADLINE):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status = int(head.split()[1])
    fields = dict(row.split(": ", 1) for row in head.split("\r\n")[1:] if row)
    line = RawLine(reader, writer)
    line.headers = {name.lower(): value for name, value in fields.items()}
    if status != 101:
        body = await reader.readexactly(int(line.headers.get("content-length", 0)))
        writer.transport.abort()
        raise Refused(status, line.headers, body)
    line.opening = await line.hear()
    assert line.opening.startswith("0{"), line.opening
    return line


async def open_many(url: str, token: str, count: int) -> list[RawLine]:
    """Open many lines with one token, a few at a time."""
    lines: list[RawLine] = []

    async def one() -> None:
        line = await open_raw_line(url)
        await line.connect(token)
        lines.append(line)

    while len(lines) < count:
        await asyncio.gather(*(one() for _ in range(min(50, count - len(lines)))))
    return lines


async def raw_get(
    url: str, path: str, *, token: str, receive_buffer: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for something over HTTP and leave the answer to the test, as it comes."""
    parts = urlsplit(url)
    raw = socket.socket()
    if receive_buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=2**16)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    return reader, writer
