"""What the keys of a scanner mean where Linux tells them by their numbers: no layout, no Caps Lock, no input method.

The numbers are those of linux/input-event-codes.h.
"""

from app.scan.layout_tables import KEY_CODES, KEYS, LAYOUTS

UP, DOWN = 0, 1  # 2 is a key that repeats itself; a scanner's never does
SHIFTS = frozenset({42, 54})
CONTROLS = frozenset({29, 97})
ENTERS = frozenset({28, 96})
TAB = 15

_KEYPAD: dict[int, str] = dict(
    zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 55, 74, 78, 83, 98), "0123456789*-+./", strict=True)
)
_SPACE = 57


class Keyboard:
    """A scanner's keys as characters. `layout` is what the scanner is set to, which is nearly always `us`."""

    def __init__(self, layout: str = "us") -> None:
        """Begin with no key down. Raises KeyError for a layout that is not in the table."""
        plain, shifted = LAYOUTS[layout]
        self._signs = dict(zip(KEY_CODES, zip(plain, shifted, strict=True), strict=True))
        self._down: set[int] = set()

    def press(self, code: int, value: int) -> str:
        """Hear one key event; returns the character, a line feed for Enter, a tab, or nothing."""
        if value == UP:
            self._down.discard(code)
            return ""
        if value != DOWN:
            return ""
        self._down.add(code)
        if code in ENTERS:
            return "\n"
        if code == TAB:
            return "\t"
        if code == _SPACE:
            return " "
        sign = self._signs[code][bool(self._down & SHIFTS)] if code in self._signs else _KEYPAD.get(code, "")
        if self._down & CONTROLS:
            # Ctrl and ] is how scanners send the group separator, Ctrl and B the start of a text.
            return chr(ord(sign.upper()) & 0x1F) if sign and 0x40 <= ord(sign.upper()) < 0x60 else ""
        return sign.replace("\x00", "")

    def forget(self) -> None:
        """Forget which keys are down: the device is gone."""
        self._down.clear()


assert len(KEY_CODES) == KEYS
