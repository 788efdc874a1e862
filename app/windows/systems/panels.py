"""The panels behind the desktop's monitors, as this system knows them: where each lies, and its EDID.

Qt says of a monitor no more than its name, its model and its serial number, and on some systems less. So each system
is asked itself: X11 through XRandR, Linux without X through the kernel, Windows through its display configuration and
the registry, macOS through Core Graphics. A system that cannot be asked has no panels, and Qt's word has to do.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel: its connector as the system names it, its origin on the desktop as the system counts, what it says.

    `vendor`, `model` and `serial` are for a system that tells these and no EDID.
    """

    connector: str = ""
    x: int | None = None
    y: int | None = None
    edid: bytes = b""
    vendor: str = ""
    model: str = ""
    serial: str = ""


def panel_reader(platform: str) -> Callable[[], Sequence[Panel]]:
    """Return what lists the panels under this platform of Qt (`QGuiApplication.platformName()`). It takes a
    millisecond or two, and never raises.
    """
    if platform == "xcb":
        from app.windows.systems.on_x11 import read_panels
    elif platform.startswith("wayland") and sys.platform == "linux":
        from app.windows.systems.on_wayland import read_panels
    elif platform == "windows" and sys.platform == "win32":
        from app.windows.systems.on_windows import read_panels
    elif platform == "cocoa":
        from app.windows.systems.on_macos import read_panels
    else:
        return tuple
    return read_panels


def panel_of(panels: Sequence[Panel], connector: str, x: int, y: int) -> Panel | None:
    """Find the panel of a monitor: by its connector's name, else by where it lies, if only one lies there."""
    named = [panel for panel in panels if connector and panel.connector == connector]
    found = named or [panel for panel in panels if (panel.x, panel.y) == (x, y)]
    return found[0] if len(found) == 1 else None
