"""Panels on Linux without X: the kernel keeps every connected panel's EDID under the connector's name.

Wayland tells no program who a monitor is; but compositors name an output as the kernel names its connector.
"""

from pathlib import Path

import structlog

from app.windows.systems.panels import Panel

log = structlog.get_logger()

DRM = Path("/sys/class/drm")


def read_panels(folder: Path = DRM) -> tuple[Panel, ...]:
    """List the connected panels with their EDIDs, by the connector's name (`HDMI-A-1`); none where there is no DRM."""
    try:
        return tuple(
            Panel(connector=connector.name.partition("-")[2], edid=(connector / "edid").read_bytes())
            for connector in sorted(folder.glob("card*-*"))
            if (connector / "status").read_text("ascii").strip() == "connected"
        )
    except OSError as error:
        log.info("The kernel did not tell the monitors' EDIDs", reason=str(error))
        return ()
