"""WebSocket frames as a client writes and reads them (RFC 6455), for thousands of lines in one process."""

import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_FINAL, _MASKED = 0x80, 0x80
# A mask of zeros is a mask: the server does the same work, and the generator saves its own.
_MASK = b"\0\0\0\0"


class TornFrame(ValueError):
    """The server sent what no server of this benchmark sends: a fragmented or masked frame."""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Write one whole client frame."""
    head = _FINAL | opcode
    size = len(payload)
    if size < 126:
        return bytes((head, _MASKED | size)) + _MASK + payload
    if size < 65536:
        return struct.pack("!BBH", head, _MASKED | 126, size) + _MASK + payload
    return struct.pack("!BBQ", head, _MASKED | 127, size) + _MASK + payload


def read_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Read whole frames as (opcode, payload), and what is left of a frame that has not come wholly yet."""
    found: list[tuple[int, bytes]] = []
    at, end = 0, len(data)
    while end - at >= 2:
        head, size = data[at], data[at + 1]
        if not head & _FINAL or size & _MASKED:
            raise TornFrame(data[at : at + 16].hex())
        begin = at + 2
        if size == 126:
            if end - at < 4:
                break
            size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            if end - at < 10:
                break
            size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        if end - begin < size:
            break
        at = begin + size
        found.append((head & 0x0F, data[begin:at]))
    return found, data[at:]
