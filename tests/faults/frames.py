"""Cuts a WebSocket's bytes into whole frames without changing them, and tells what each carries.

Only as much of RFC 6455 as a proxy needs that drops, repeats or swaps whole frames: both ways, masked or not.
"""

from dataclasses import dataclass

TEXT = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its bytes as they travelled, and its text if it is a whole text message."""

    raw: bytes
    text: str

    @property
    def is_event(self) -> bool:
        """Tell whether it is a Socket.IO event (`42…`): everything that the contract lists."""
        return self.text.startswith("42")

    @property
    def is_acknowledgement(self) -> bool:
        """Tell whether it is a Socket.IO acknowledgement (`43…`)."""
        return self.text.startswith("43")


class Cutter:
    """Feed it a direction's bytes; `cut` returns what is complete. The HTTP head before the upgrade comes out as is."""

    def __init__(self) -> None:
        self._held = b""
        self._head = b""
        self._is_upgraded = False

    def cut(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete now; before the upgrade, the bytes themselves as a frame of no text."""
        pieces: list[Frame] = []
        while not self._is_upgraded and data:
            head, end, _ = (self._head + data).partition(b"\r\n\r\n")
            of_head = len(head + end) - len(self._head)
            pieces.append(Frame(data[:of_head], ""))
            data = data[of_head:]
            self._is_upgraded = bool(end) and b"upgrade: websocket" in head.lower()
            self._head = b"" if end else head
        self._held += data
        while (length := self._length()) is not None:
            raw, self._held = self._held[:length], self._held[length:]
            pieces.append(Frame(raw, _text(raw)))
        return pieces

    def _length(self) -> int | None:
        held = self._held
        if len(held) < 2:
            return None
        start, size = 2, held[1] & 0x7F
        if size >= 126:
            start += 2 if size == 126 else 8
            if len(held) < start:
                return None
            size = int.from_bytes(held[2:start], "big")
        start += 4 if held[1] & 0x80 else 0
        return start + size if len(held) >= start + size else None


def _text(raw: bytes) -> str:
    if raw[0] & 0x8F != 0x80 | TEXT:
        return ""
    start = {126: 4, 127: 10}.get(raw[1] & 0x7F, 2)
    if raw[1] & 0x80:
        mask, body = raw[start : start + 4], raw[start + 4 :]
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body[:256]))
    else:
        body = raw[start : start + 256]
    return body.decode("utf-8", "replace")
