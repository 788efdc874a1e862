"""Windows: panels from the display configuration, their EDIDs from the registry, and a machine that stays awake.

Written from the documentation of Win32 (QueryDisplayConfig, DisplayConfigGetDeviceInfo, SetThreadExecutionState) and
not run: no Windows machine was at hand.
"""

import ctypes
import sys
from ctypes import Structure, byref, c_int32, c_uint16, c_uint32, c_uint64, c_wchar, sizeof

import structlog

from app.windows.systems.panels import Panel

log = structlog.get_logger()

_ACTIVE_PATHS = 2  # QDC_ONLY_ACTIVE_PATHS
_TARGET_NAME = 2  # DISPLAYCONFIG_DEVICE_INFO_GET_TARGET_NAME
_SOURCE_MODE = 1  # DISPLAYCONFIG_MODE_INFO_TYPE_SOURCE
_TOO_SMALL = 122  # ERROR_INSUFFICIENT_BUFFER: a monitor came between the two questions
_ES_CONTINUOUS, _ES_DISPLAY, _ES_SYSTEM = 0x80000000, 0x2, 0x1


class _Luid(Structure):
    _fields_ = (("low", c_uint32), ("high", c_int32))


class _Rational(Structure):
    _fields_ = (("numerator", c_uint32), ("denominator", c_uint32))


class _Source(Structure):
    _fields_ = (("adapter", _Luid), ("id", c_uint32), ("mode", c_uint32), ("flags", c_uint32))


class _Target(Structure):
    _fields_ = (
        ("adapter", _Luid),
        ("id", c_uint32),
        ("mode", c_uint32),
        ("technology", c_uint32),
        ("rotation", c_uint32),
        ("scaling", c_uint32),
        ("refresh", _Rational),
        ("scan_line", c_uint32),
        ("available", c_int32),
        ("flags", c_uint32),
    )


class _Path(Structure):
    _fields_ = (("source", _Source), ("target", _Target), ("flags", c_uint32))


class _Mode(Structure):
    # 64 bytes: the union's largest member begins with an eight-byte pixel rate. A source's mode begins with width,
    # height, pixel format and position, four bytes each.
    _fields_ = (("kind", c_uint32), ("id", c_uint32), ("adapter", _Luid), ("union", c_uint64 * 6))


class _TargetName(Structure):
    _fields_ = (
        ("kind", c_uint32),
        ("size", c_uint32),
        ("adapter", _Luid),
        ("id", c_uint32),
        ("flags", c_uint32),
        ("technology", c_uint32),
        ("maker", c_uint16),
        ("product", c_uint16),
        ("connector", c_uint32),
        ("name", c_wchar * 64),
        ("path", c_wchar * 128),
    )


def read_panels() -> tuple[Panel, ...]:
    """List the active panels: the place is that of the desktop in native pixels, the connector the adapter's output."""
    if sys.platform != "win32":
        return ()
    try:
        user32 = ctypes.WinDLL("user32", use_last_error=True)
        return tuple(_panels(user32))
    except (OSError, AttributeError) as error:  # AttributeError: a function that this Windows does not have
        log.info("Windows did not tell the monitors' EDIDs", reason=str(error))
        return ()


class Awake:
    """Keeps the display on and the machine from sleeping until it is closed; the wish is that of the calling thread."""

    def __init__(self) -> None:
        """Begin."""
        _execution_state(_ES_CONTINUOUS | _ES_DISPLAY | _ES_SYSTEM)

    def close(self) -> None:
        """Let the machine do as it is set."""
        _execution_state(_ES_CONTINUOUS)


def registry_key(path: str) -> str:
    r"""Turn a monitor's device path (`\\?\DISPLAY#DEL40F1#5&2a&0&UID1#{...}`) into the key that holds its EDID."""
    parts = path.removeprefix("\\\\?\\").split("#")
    if len(parts) < 3:
        return ""
    return rf"SYSTEM\CurrentControlSet\Enum\{parts[0]}\{parts[1]}\{parts[2]}\Device Parameters"


def _execution_state(state: int) -> None:
    if sys.platform == "win32":
        ctypes.WinDLL("kernel32").SetThreadExecutionState(c_uint32(state))


if sys.platform == "win32":
    import winreg

    def _panels(user32: ctypes.WinDLL) -> list[Panel]:
        paths, modes = _configuration(user32)
        panels: list[Panel] = []
        for path in paths:
            name = _TargetName(kind=_TARGET_NAME, size=sizeof(_TargetName))
            name.adapter, name.id = path.target.adapter, path.target.id
            if user32.DisplayConfigGetDeviceInfo(byref(name)):
                continue
            mode = modes[path.source.mode] if path.source.mode < len(modes) else None
            place = None
            if mode is not None and mode.kind == _SOURCE_MODE:
                place = ctypes.cast(mode.union, ctypes.POINTER(c_int32))
            panels.append(
                Panel(
                    # Qt names a screen after its panel or its desktop; the adapter's output tells twins apart.
                    connector=f"{name.technology}:{name.connector}:{path.target.id:X}",
                    x=None if place is None else int(place[3]),
                    y=None if place is None else int(place[4]),
                    edid=_edid(str(name.path)),
                )
            )
        return panels

    def _configuration(user32: ctypes.WinDLL) -> tuple[list[_Path], list[_Mode]]:
        for _ in range(3):
            count, modes = c_uint32(), c_uint32()
            if error := user32.GetDisplayConfigBufferSizes(_ACTIVE_PATHS, byref(count), byref(modes)):
                raise OSError(error, "GetDisplayConfigBufferSizes")
            path_list, mode_list = (_Path * count.value)(), (_Mode * modes.value)()
            error = user32.QueryDisplayConfig(
                _ACTIVE_PATHS, byref(count), path_list, byref(modes), mode_list, None
            )
            if error == 0:
                return list(path_list)[: count.value], list(mode_list)[: modes.value]
            if error != _TOO_SMALL:
                raise OSError(error, "QueryDisplayConfig")
        return [], []

    def _edid(path: str) -> bytes:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, registry_key(path)) as key:
                value, _kind = winreg.QueryValueEx(key, "EDID")
                return bytes(value or b"")
        except OSError:
            return b""

    assert sizeof(_Path) == 72, "as in wingdi.h"
    assert sizeof(_Mode) == 64, "as in wingdi.h"
