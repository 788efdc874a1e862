"""X11: panels and their EDIDs from XRandR, no taskbar entry, and a screen saver that stays off while we say so."""

import struct

import structlog

from app.windows.systems.panels import Panel
from app.windows.systems.x_line import XGone, XLine

log = structlog.get_logger()

_RANDR, _SAVER = "RANDR", "MIT-SCREEN-SAVER"
_GET_MONITORS, _GET_OUTPUT_PROPERTY = 42, 15
_SAVER_VERSION, _SAVER_SUSPEND = 0, 5
_CHANGE_PROPERTY, _GET_PROPERTY, _SEND_EVENT = 18, 20, 25
_ATOM = 4
_ANY = 0
_EDID_WORDS = 32 * 8  # of four bytes each: eight blocks are more than any panel has
_REDIRECT = 0x180000  # SubstructureNotify and SubstructureRedirect: what a window manager hears
_line: XLine | None = None


def read_panels() -> tuple[Panel, ...]:
    """List the active monitors of the X server with the EDID of their (first) output."""
    try:
        line = _open_line()
        return tuple(_panels(line))
    except XGone as error:
        log.info("The X server did not tell the monitors' EDIDs", reason=str(error))
        _forget_line()
        return ()


def leave_taskbar(window: int) -> None:
    """Take a window out of taskbars and pagers. Call it each time before it is shown: a window manager forgets it
    with a window that hides.
    """
    try:
        _mark(_open_line(), window, ("_NET_WM_STATE_SKIP_TASKBAR", "_NET_WM_STATE_SKIP_PAGER"))
    except XGone as error:
        log.info("The window keeps its entry in the taskbar", reason=str(error))
        _forget_line()


class ScreenSaverOff:
    """Keeps the X server's own screen saver and its power saving away for as long as this line is open."""

    def __init__(self) -> None:
        """Suspend it. Raises XGone when there is no server, or none with a screen saver that can be suspended."""
        self._line = XLine()
        done = self._line.ask(_SAVER_VERSION, struct.pack("<BBxx", 1, 1), extension=_SAVER) is not None
        if not (done and self._line.tell(_SAVER_SUSPEND, struct.pack("<I", 1), extension=_SAVER)):
            self._line.close()
            raise XGone("the X server's screen saver cannot be suspended")

    def close(self) -> None:
        """Let it come again."""
        self._line.close()


def _open_line() -> XLine:
    global _line
    _line = _line or XLine()
    return _line


def _forget_line() -> None:
    global _line
    line, _line = _line, None
    if line is not None:
        line.close()


def _panels(line: XLine) -> list[Panel]:
    answer = line.ask(_GET_MONITORS, struct.pack("<IB3x", line.root, 1), extension=_RANDR)
    if answer is None:
        return []
    panels: list[Panel] = []
    at = 32
    for _ in range(int.from_bytes(answer[12:16], "little")):
        name, _primary, _automatic, outputs, x, y = struct.unpack_from("<IBBHhh", answer, at)
        at += 24
        numbers = struct.unpack_from(f"<{outputs}I", answer, at)
        at += 4 * outputs
        edid = next((edid for output in numbers if (edid := _edid(line, output))), b"")
        panels.append(Panel(connector=line.name_of(name), x=x, y=y, edid=edid))
    return panels


def _edid(line: XLine, output: int) -> bytes:
    question = struct.pack("<IIIIIBB2x", output, line.atom("EDID"), _ANY, 0, _EDID_WORDS, 0, 0)
    answer = line.ask(_GET_OUTPUT_PROPERTY, question, extension=_RANDR)
    if answer is None or answer[1] != 8:  # the format: bytes
        return b""
    return answer[32 : 32 + int.from_bytes(answer[16:20], "little")]


def _mark(line: XLine, window: int, states: tuple[str, ...]) -> None:
    """Add states to a window that is hidden (its property) and to one that is managed (a request to the manager)."""
    property_, atoms = line.atom("_NET_WM_STATE"), [line.atom(state) for state in states]
    answer = line.ask(_GET_PROPERTY, struct.pack("<IIIII", window, property_, _ATOM, 0, 64))
    have: tuple[int, ...] = ()
    if answer is not None and answer[1] == 32:
        have = struct.unpack_from(f"<{int.from_bytes(answer[16:20], 'little')}I", answer, 32)
    wanted = [*have, *(atom for atom in atoms if atom not in have)]
    line.tell(
        _CHANGE_PROPERTY,
        struct.pack(f"<IIIB3xI{len(wanted)}I", window, property_, _ATOM, 32, len(wanted), *wanted),
    )
    message = struct.pack("<BBHIIIIIII", 33, 32, 0, window, property_, 1, atoms[0], atoms[1], 1, 0)
    line.tell(_SEND_EVENT, struct.pack("<II", line.root, _REDIRECT) + message)
