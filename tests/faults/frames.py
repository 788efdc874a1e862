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
        self._is_upgraded = False

    def cut(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete now; before the upgrade, the bytes themselves as a frame of no text."""
        self._held += data
        pieces: list[Frame] = []
        if not self._is_upgraded:
            head, end, rest = self._held.partition(b"\r\n\r\n")
            if not end or b"upgrade: websocket" not in head.lower():
                pieces.append(Frame(self._held, ""))
                self._held = b""
                return pieces
            pieces.append(Frame(head + end, ""))
            self._held, self._is_upgraded = rest, True
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
