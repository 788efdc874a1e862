"""macOS: who a panel is from Core Graphics, and a machine that stays awake through the power manager.

The EDID itself cannot be had on Apple's own processors without private functions; vendor, model and serial number
can, and so can the identifier that macOS itself tells monitors apart by. Written from Apple's documentation of
CGDirectDisplay, ColorSync and IOPMLib and not run: no Mac was at hand.
"""

import ctypes
import sys
from ctypes import (
    Structure,
    byref,
    c_bool,
    c_char_p,
    c_double,
    c_long,
    c_uint32,
    c_void_p,
    create_string_buffer,
)

import structlog

from app.windows.systems.panels import Panel

log = structlog.get_logger()

_GRAPHICS = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"
_COLOURS = "/System/Library/Frameworks/ColorSync.framework/ColorSync"
_FOUNDATION = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
_IOKIT = "/System/Library/Frameworks/IOKit.framework/IOKit"
_MOST = 16
_UTF8 = 0x08000100  # kCFStringEncodingUTF8
_LEVEL_ON = 255  # kIOPMAssertionLevelOn
_UNKNOWN = {0, 0xFFFFFFFF, 0x756E6B6E}  # "unkn", for displays without an EDID


class _Rect(Structure):
    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


def read_panels() -> tuple[Panel, ...]:
    """List the active panels; the place is in points, as Qt has it there."""
    if sys.platform != "darwin":
        return ()
    try:
        graphics = ctypes.CDLL(_GRAPHICS)
        graphics.CGDisplayBounds.restype = _Rect
        numbers, count = (c_uint32 * _MOST)(), c_uint32()
        if graphics.CGGetActiveDisplayList(_MOST, numbers, byref(count)):
            return ()
        return tuple(_panel(graphics, numbers[place]) for place in range(count.value))
    except (OSError, AttributeError) as error:
        log.info("macOS did not tell who the monitors are", reason=str(error))
        return ()


class Awake:
    """Keeps the display on until it is closed. Raises OSError when the power manager refuses."""

    def __init__(self) -> None:
        """Begin."""
        self._iokit = ctypes.CDLL(_IOKIT)
        foundation = ctypes.CDLL(_FOUNDATION)
        foundation.CFStringCreateWithCString.restype = c_void_p
        foundation.CFStringCreateWithCString.argtypes = (c_void_p, c_char_p, c_uint32)
        foundation.CFRelease.argtypes = (c_void_p,)
        words = [
            foundation.CFStringCreateWithCString(None, word, _UTF8)
            for word in (b"PreventUserIdleDisplaySleep", b"Benchcast shows a document")
        ]
        self._assertion = c_uint32()
        create = self._iokit.IOPMAssertionCreateWithName
        create.argtypes = (c_void_p, c_uint32, c_void_p, c_void_p)
        error = create(words[0], _LEVEL_ON, words[1], byref(self._assertion))
        for word in words:
            foundation.CFRelease(word)
        if error:
            raise OSError(error, "IOPMAssertionCreateWithName")

    def close(self) -> None:
        """Let the display sleep as it is set."""
        self._iokit.IOPMAssertionRelease(self._assertion)


def _panel(graphics: ctypes.CDLL, number: int) -> Panel:
    bounds = graphics.CGDisplayBounds(c_uint32(number))
    vendor, model, serial = (
        int(c_uint32(getattr(graphics, f"CGDisplay{what}Number")(c_uint32(number))).value)
        for what in ("Vendor", "Model", "Serial")
    )
    known = vendor not in _UNKNOWN
    return Panel(
        connector=_uuid(number) or f"display-{graphics.CGDisplayUnitNumber(c_uint32(number))}",
        x=int(bounds.x),
        y=int(bounds.y),
        vendor=f"{vendor:04X}" if known else "",
        model=f"{vendor:04X}-{model:04X}" if known else "",
        serial="" if serial in _UNKNOWN or not known else f"{serial:08X}",
    )


def _uuid(number: int) -> str:
    """Return the identifier of a display: of its panel and the output that it hangs on."""
    colours, foundation = ctypes.CDLL(_COLOURS), ctypes.CDLL(_FOUNDATION)
    colours.CGDisplayCreateUUIDFromDisplayID.restype = c_void_p
    colours.CGDisplayCreateUUIDFromDisplayID.argtypes = (c_uint32,)
    foundation.CFUUIDCreateString.restype = c_void_p
    foundation.CFUUIDCreateString.argtypes = (c_void_p, c_void_p)
    foundation.CFStringGetCString.restype = c_bool
    foundation.CFStringGetCString.argtypes = (c_void_p, c_char_p, c_long, c_uint32)
    foundation.CFRelease.argtypes = (c_void_p,)
    uuid = colours.CGDisplayCreateUUIDFromDisplayID(number)
    if not uuid:
        return ""
    text = foundation.CFUUIDCreateString(None, uuid)
    buffer = create_string_buffer(64)
    told = bool(foundation.CFStringGetCString(text, buffer, 64, _UTF8))
    foundation.CFRelease(text)
    foundation.CFRelease(uuid)
    return buffer.value.decode() if told else ""
