"""WebSocket frames (RFC 6455) as bytes in, messages out: no I/O, no extension, nothing larger than the limit.

Every violation raises with the close code that the RFC asks for; after that the reader is used up. A client's frames
must be masked (5.1); a server's must not be.
"""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct


class Opcode(IntEnum):
    """What a message is; a continuation is never seen outside."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


PROTOCOL_ERROR, NO_UTF8, TOO_LARGE = 1002, 1007, 1009
LARGEST_CONTROL = 125
# No client that we know sends any; a message in thousands of empty ones would be work without content.
MOST_FRAGMENTS = 1024
_KNOWN = {int(opcode): opcode for opcode in Opcode}
_SHORT, _LONG, _CODE = Struct("!BBH"), Struct("!BBQ"), Struct("!H")
# Codes that may travel (7.4 and IANA's registry); 3000 to 4999 are for libraries and applications.
_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class Violation(Exception):
    """The peer broke the protocol; `code` is what to close with."""

    def __init__(self, code: int, reason: str) -> None:
        """Say how."""
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Write one whole frame as a server does: unmasked."""
    size = len(payload)
    if size < 126:
        return b"%c%c%b" % (0x80 | opcode, size, payload)
    if size < 65536:
        return _SHORT.pack(0x80 | opcode, 126, size) + payload
    return _LONG.pack(0x80 | opcode, 127, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Write a close frame; a reason that is too long is shortened to what a control frame holds."""
    words = reason.encode()[: LARGEST_CONTROL - 2].decode(errors="ignore").encode()
    return frame(Opcode.CLOSE, _CODE.pack(code) + words)


def close_code(payload: bytes) -> int | None:
    """Return the code of a received close frame, None if it has none. Raises Violation."""
    if not payload:
        return None
    code = _CODE.unpack_from(payload)[0] if len(payload) > 1 else 0
    if code not in _CODES and not 3000 <= code <= 4999:
        raise Violation(PROTOCOL_ERROR, "close code")
    _check_text(payload[2:])
    return code


def unmasked(payload: bytes | bytearray | memoryview, mask: bytes) -> bytes:
    """Take the mask off (or put it on): one addition without carry over the whole payload."""
    size = len(payload)
    pad = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


class FrameReader:
    """Frames of one client, put together to messages."""

    __slots__ = ("_fragments", "_kind", "_limit", "_rest", "_size", "pieces")

    def __init__(self, limit: int) -> None:
        """Refuse messages of more than `limit` bytes."""
        self._limit = limit
        # In how many frames the last message came.
        self.pieces = 0
        self._rest: bytearray | None = None
        self._fragments: list[bytes] | None = None
        self._kind = Opcode.TEXT
        self._size = 0

    def feed(self, data: bytes) -> Iterator[tuple[Opcode, bytes]]:
        """Yield each message that is complete with these bytes. Raises Violation.

        The next call must come after this one was exhausted, or never: a reader stops at what it does not want to hear.
        """
        if self._rest is None and self._fragments is None and _is_one_short_text(data):
            # What nearly every read is: one acknowledgement or event, whole.
            self.pieces = 1
            payload = unmasked(data[6:], data[2:6])
            _check_text(payload)
            yield Opcode.TEXT, payload
            return
        if self._rest is not None:
            self._rest += data
            data = bytes(self._rest)
        position, end = 0, len(data)
        while (header := self._header(data, position, end)) is not None:
            is_final, opcode, start, size = header
            if start + size > end:
                break
            mask = data[start - 4 : start]
            payload = unmasked(data[start : start + size], mask) if size else b""
            position = start + size
            message = self._take(opcode, payload, is_final=is_final)
            if message is not None:
                yield message
        if position == end:
            self._rest = None
        elif self._rest is not None:
            del self._rest[:position]
        else:
            self._rest = bytearray(data[position:])

    def _header(self, data: bytes, at: int, end: int) -> tuple[bool, Opcode, int, int] | None:
        """Read a header: final or not, opcode, where the payload starts, its size; None while it is incomplete."""
        if end - at < 2:
            return None
        first, second = data[at], data[at + 1]
        if first & 0x70:
            raise Violation(PROTOCOL_ERROR, "reserved bits")
        if first & 0x0F not in _KNOWN:
            raise Violation(PROTOCOL_ERROR, "opcode")
        if not second & 0x80:
            raise Violation(PROTOCOL_ERROR, "no mask")
        opcode, is_final, size = _KNOWN[first & 0x0F], bool(first & 0x80), second & 0x7F
        start = at + 2
        if size > LARGEST_CONTROL:
            wide = 2 if size == 126 else 8
            if end - start < wide:
                return None
            size = int.from_bytes(data[start : start + wide], "big")
            start += wide
        self._check_order(opcode, size, is_final=is_final)
        return None if end - start < 4 else (is_final, opcode, start + 4, size)

    def _check_order(self, opcode: Opcode, size: int, *, is_final: bool) -> None:
        if opcode >= Opcode.CLOSE:
            if size > LARGEST_CONTROL or not is_final:
                raise Violation(PROTOCOL_ERROR, "control frame")
            return
        if (opcode is Opcode.CONTINUATION) != (self._fragments is not None):
            raise Violation(PROTOCOL_ERROR, "fragments")
        # Before any of it is kept: a header may promise eight exabytes.
        if self._size + size > self._limit or len(self._fragments or ()) >= MOST_FRAGMENTS:
            raise Violation(TOO_LARGE, "too large")

    def _take(self, opcode: Opcode, payload: bytes, *, is_final: bool) -> tuple[Opcode, bytes] | None:
        if opcode < Opcode.CLOSE and not (is_final and self._fragments is None):
            if self._fragments is None:
                self._fragments, self._kind = [], opcode
            self._fragments.append(payload)
            self._size += len(payload)
            if not is_final:
                return None
            opcode, payload = self._kind, b"".join(self._fragments)
            self.pieces = len(self._fragments)
            self._fragments, self._size = None, 0
        else:
            self.pieces = 1
        if opcode is Opcode.TEXT:
            _check_text(payload)
        return opcode, payload


def _is_one_short_text(data: bytes) -> bool:
    return len(data) >= 6 and data[0] == 0x81 and len(data) - 6 == data[1] - 0x80 <= LARGEST_CONTROL


def _check_text(payload: bytes) -> None:
    if not payload.isascii():
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            raise Violation(NO_UTF8, "no UTF-8") from error
