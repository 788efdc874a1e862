"""Which key of the keyboard was pressed, whatever it types: the one thing that no layout and no mode changes.

Keys are named by the numbers of linux/input-event-codes.h. X11 and Wayland tell them eight higher; Windows tells the
scan codes of the AT keyboard, from which Linux took its numbers; macOS has numbers of its own. Windows and macOS have
not been run. A remote desktop may tell nothing.
"""

import sys

from PySide6.QtGui import QKeyEvent

_X11_OFFSET = 8
_LAST = 83  # beyond, Windows and Linux differ, and no scanner presses anything there

# kVK_ANSI_* of Carbon's Events.h, in the order of the rows on the keyboard, and Space.
_MAC_KEYS = (
    0x32, 0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19, 0x1D, 0x1B, 0x18,
    0x0C, 0x0D, 0x0E, 0x0F, 0x11, 0x10, 0x20, 0x22, 0x1F, 0x23, 0x21, 0x1E, 0x2A,
    0x00, 0x01, 0x02, 0x03, 0x05, 0x04, 0x26, 0x28, 0x25, 0x29, 0x27,
    0x06, 0x07, 0x08, 0x09, 0x0B, 0x2D, 0x2E, 0x2B, 0x2F, 0x2C, 0x31,
)  # fmt: skip
_NUMBERS = (41, *range(2, 14), *range(16, 28), 43, *range(30, 41), *range(44, 54), 57)
_OF_MAC: dict[int, int] = dict(zip(_MAC_KEYS, _NUMBERS, strict=True))


def position_of(event: QKeyEvent, platform: str = sys.platform) -> int:
    """Return the number of the key that was pressed; 0 if the system does not tell."""
    if platform == "darwin":
        return _OF_MAC.get(event.nativeVirtualKey(), 0)
    code = event.nativeScanCode()
    if platform != "win32":
        code -= _X11_OFFSET
    return code if 0 < code <= _LAST else 0
