"""A real X server with outputs that monitors can be plugged into: cables, EDIDs, resolutions, and the primary one.

    with x_outputs([Cable(BENCH, "DUMMY0"), Cable(WALL, "DUMMY1", x=1280)]) as desk:
        subprocess.Popen([...], env=desk.env)
        desk.pull("DUMMY1"); desk.plug(Cable(WALL, "DUMMY2", x=1280)); desk.swap("DUMMY0", "DUMMY1")

It is Xorg with the dummy driver, as PLATFORM found it. Everything is asked of the X server, nothing of Qt.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.x11 import Desk, Monitor, child, wait_for

ROOT = Path(__file__).resolve().parents[2]
_CONFIG = """
Section "ServerFlags"
  Option "DontVTSwitch" "true"
  Option "AutoAddDevices" "false"
  Option "AutoAddGPU" "false"
EndSection
Section "Device"
  Identifier "d"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "m"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "s"
  Device "d"
  Monitor "m"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Virtual 4480 1200
    Modes "1280x1024"
  EndSubSection
EndSection
"""
_MODES = ("1280x1024", "1280x720", "1024x768", "800x600")
# ChangeOutputProperty of RandR, mode Replace, eight bits, on the output of this name.
_SET_EDID = """
import struct, sys
sys.path.insert(0, sys.argv[1])
from app.windows.systems.x_line import XLine
line = XLine()
for name, edid in zip(sys.argv[2::2], sys.argv[3::2]):
    answer = line.ask(25, struct.pack("<I", line.root), extension="RANDR")
    outputs = struct.unpack_from("<HH", answer, 16)
    numbers = struct.unpack_from(f"<{outputs[0] + outputs[1]}I", answer, 32)[outputs[0]:]
    for number in numbers:
        about = line.ask(9, struct.pack("<II", number, 0), extension="RANDR")
        crtcs, modes, _preferred, clones, length = struct.unpack_from("<HHHHH", about, 26)
        start = 36 + 4 * (crtcs + modes + clones)
        if about[start:start + length].decode() == name:
            data = bytes.fromhex(edid)
            body = struct.pack("<IIIBBxxI", number, line.atom("EDID"), 19, 8, 0, len(data)) + data
            assert line.tell(13, body, extension="RANDR")
            break
    else:
        raise SystemExit(f"no output {name}")
"""


@dataclass(frozen=True)
class Panel:
    """A monitor as it stands on the desk: what it says of itself, and its size."""

    edid: bytes
    mode: str = "1280x1024"


@dataclass(frozen=True)
class Cable:
    """A panel on an output of the machine, at its place of the desktop."""

    panel: Panel
    output: str
    x: int = 0
    primary: bool = False

    @property
    def monitor(self) -> Monitor:
        width, height = (int(part) for part in self.panel.mode.split("x"))
        return Monitor(self.output, self.x, 0, width, height)


class Outputs(Desk):
    """An X display whose monitors hang on cables."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(env, ())
        self.cables: dict[str, Cable] = {}

    def plug_in(self, *cables: Cable) -> None:
        """Connect these, at one blow as far as X goes."""
        self._write_edids(cables)
        self._say(*cables)

    def pull(self, *outputs: str) -> None:
        """Pull these cables."""
        self.run("xrandr", *(word for name in outputs for word in ("--output", name, "--off")))
        for name in outputs:
            del self.cables[name]

    def swap(self, one: str, other: str) -> None:
        """Exchange two cables; each panel stays where it stands on the desktop."""
        first, second = self.cables[one], self.cables[other]
        self.pull(one, other)
        self.plug_in(replace(first, output=other), replace(second, output=one))

    def change(self, output: str, **what: object) -> None:
        """Change a cable's x, primary, or the panel's mode (`mode=`)."""
        cable = self.cables[output]
        if "mode" in what:
            cable = replace(cable, panel=replace(cable.panel, mode=str(what.pop("mode"))))
        self._say(replace(cable, **what))  # type: ignore[arg-type]

    def where(self, panel: Panel) -> tuple[int, int, int, int]:
        """The rectangle of the desktop that this panel shows: x, y, width, height."""
        (cable,) = [each for each in self.cables.values() if each.panel.edid == panel.edid]
        monitor = cable.monitor
        return (monitor.x, monitor.y, monitor.width, monitor.height)

    def _say(self, *cables: Cable) -> None:
        words: list[str] = []
        for cable in cables:
            words += ["--output", cable.output, "--mode", cable.panel.mode, "--pos", f"{cable.x}x0"]
            words += ["--primary"] if cable.primary else []
            self.cables[cable.output] = cable
        self.run("xrandr", *words)

    def _write_edids(self, cables: Sequence[Cable]) -> None:
        told = [word for cable in cables for word in (cable.output, cable.panel.edid.hex())]
        self.run(sys.executable, "-c", _SET_EDID, str(ROOT), *told)


@contextmanager
def x_outputs(cables: Sequence[Cable], *, window_manager: bool = True) -> Iterator[Outputs]:
    """Xorg with these monitors plugged in, and openbox."""
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="xorg-", ignore_cleanup_errors=True))
        )
        (home / "dummy.conf").write_text(_CONFIG)
        runtime = home / "run"
        runtime.mkdir(mode=0o700)
        reading, writing = os.pipe()
        server = ["Xorg", "-displayfd", str(writing), "-config", str(home / "dummy.conf"), "-noreset"]
        server += ["-nolisten", "tcp", "-logfile", str(home / "x.log"), "-novtswitch", "-sharevts"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        stack.enter_context(child(server, pass_fds=[writing], **quiet))
        os.close(writing)
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        env = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "XDG_"))}
        env |= {
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "XDG_DATA_HOME": str(home),
        }
        desk = Outputs(env)
        stack.callback(desk.close)
        for output in range(1, 4):  # modes before anybody listens: an event of theirs can hide the next one
            for mode in _MODES:
                desk.run("xrandr", "--addmode", f"DUMMY{output}", mode)
        for mode in _MODES[1:]:
            desk.run("xrandr", "--addmode", "DUMMY0", mode)
        desk.plug_in(*cables)
        if window_manager:
            stack.enter_context(child(["openbox"], env=env, **quiet))
            wait_for(
                lambda: "window id" in desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), what="openbox"
            )
        yield desk
