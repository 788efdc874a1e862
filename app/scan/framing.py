"""Cuts the bytes of a serial scanner into scans: by what the scanner sends last, or by its silence.

What a silence finds without its end is a torn scan: the beginning of an order number may be another order, so it is
never taken for whole.
"""

LONGEST_BYTES = 16_000

_ENDS = {"enter": b"\r\n", "tab": b"\t"}


class Framing:
    """The bytes that have come and are no scan yet."""

    def __init__(self, suffix: str = "enter") -> None:
        """Take how the scanner ends: `enter` (CR, LF or both), `tab`, `none` (silence), or characters."""
        self._by_silence = suffix == "none"
        self._any_of = _ENDS.get(suffix, b"")
        self._literal = b"" if self._by_silence or self._any_of else suffix.encode()
        self._held = bytearray()

    @property
    def holding(self) -> bool:
        """Have bytes come whose end is missing?"""
        return bool(self._held)

    def feed(self, data: bytes) -> list[str]:
        """Take bytes as they come; returns the scans that are whole now."""
        self._held += data
        whole: list[str] = []
        while (cut := self._end()) is not None:
            first, rest = cut
            if text := _decode(bytes(self._held[:first])):
                whole.append(text)
            del self._held[:rest]
        if len(self._held) > LONGEST_BYTES:
            self._held.clear()  # noise, such as another baud rate gives without end
        return whole

    def silence(self) -> tuple[str, bool] | None:
        """Hear that nothing came for a while: what is held, and whether it is whole; None if nothing is held."""
        text = _decode(bytes(self._held))
        self._held.clear()
        return (text, self._by_silence) if text else None

    def _end(self) -> tuple[int, int] | None:
        if self._any_of:
            first = next((place for place, byte in enumerate(self._held) if byte in self._any_of), None)
            return None if first is None else (first, first + 1)
        if self._literal and (first := self._held.find(self._literal)) >= 0:
            return first, first + len(self._literal)
        return None


def _decode(data: bytes) -> str:
    data = data.strip(b"\x00")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
