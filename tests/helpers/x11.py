"""Virtual X displays with two monitors for tests, judged from outside: screenshots, window geometry, the focus.

    with two_monitors(window_manager=True) as desk:
        subprocess.Popen([...], env=desk.env)          # the program under test is always another process
        desk.screenshot(path); desk.pixel(2200, 100); desk.focus(); desk.unplug("RIGHT"); desk.plug("RIGHT")

LEFT is the primary monitor, 1280x1024 at 0,0; RIGHT is 1920x1080 at 1280,0. Everything that is started here dies with
the test process, also when that is killed.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Monitor:
    name: str
    x: int
    y: int
    width: int
    height: int
    output: str = "none"

    @property
    def box(self) -> tuple[int, int, int, int]:
        return (self.x, self.y, self.x + self.width, self.y + self.height)


LEFT = Monitor("LEFT", 0, 0, 1280, 1024, "screen")
RIGHT = Monitor("RIGHT", 1280, 0, 1920, 1080)


def die_with_parent() -> None:
    """For Popen(preexec_fn=...): the child is killed when this process is gone, whatever became of it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def child(arguments: Sequence[str], **popen: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends when the block ends, and dies if the test dies."""
    # Between fork and exec only prctl is called, which needs no lock that a thread could hold.
    process = subprocess.Popen(list(arguments), preexec_fn=die_with_parent, **popen)  # type: ignore[call-overload]  # noqa: PLW1509
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def wait_for(question: Callable[[], T], *, seconds: float = 10, what: str = "") -> T:
    """Ask until the answer is true, and return it; fails with `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what or question}"
        time.sleep(0.02)
    return answer


class Desk:
    """A virtual X display. Everything is asked of the X server, nothing of Qt."""

    def __init__(self, env: dict[str, str], monitors: Sequence[Monitor]) -> None:
        self.env = env
        self.monitors = {monitor.name: monitor for monitor in monitors}
        self._shots = tempfile.TemporaryDirectory(prefix="shots-")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            arguments, env=self.env, capture_output=True, text=True, timeout=20, check=False
        )
        assert done.returncode == 0, f"{arguments} said {done.stderr or done.stdout}"
        return done.stdout.strip()

    def screenshot(self, path: Path | None = None) -> Image.Image:
        """A picture of the whole desktop, as RGB; kept at `path` if one is given."""
        target = path or Path(self._shots.name) / "shot.png"
        self.run("import", "-silent", "-window", "root", str(target))
        with Image.open(target) as picture:
            return picture.convert("RGB")

    def shot_of(self, monitor: Monitor, path: Path | None = None) -> Image.Image:
        picture = self.screenshot().crop(monitor.box)
        if path:
            picture.save(path)
        return picture

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        crop = ["-crop", f"1x1+{x}+{y}", "-depth", "8", "txt:-"]  # a whole picture takes three times as long
        told = re.search(
            r"#([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})",
            self.run("import", "-silent", "-window", "root", *crop),
        )
        assert told
        return int(told[1], 16), int(told[2], 16), int(told[3], 16)

    def focus(self) -> str:
        """The X window that has the keyboard; "pointer" while nobody was given it."""
        done = subprocess.run(
            ["xdotool", "getwindowfocus"], env=self.env, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else "pointer"

    def active_window(self) -> str:
        """What the window manager holds for active; only with a window manager."""
        return self.run("xdotool", "getactivewindow")

    def windows(self, title: str) -> list[str]:
        """Ids of the visible windows whose title contains this text."""
        search = ["xdotool", "search", "--onlyvisible", "--name", title]  # fails when there is none
        return subprocess.run(
            search, env=self.env, capture_output=True, text=True, check=False
        ).stdout.split()

    def geometry(self, window: str) -> tuple[int, int, int, int]:
        """x, y, width, height of a window on the desktop."""
        text = self.run("xwininfo", "-id", window)

        def number(words: str) -> int:
            found = re.search(rf"{words}:\s*(-?\d+)", text)
            assert found, text
            return int(found[1])

        return (
            number("Absolute upper-left X"),
            number("Absolute upper-left Y"),
            number("Width"),
            number("Height"),
        )

    def plug(self, name: str) -> None:
        """Connect a monitor (again)."""
        monitor = self.monitors[name]
        size = f"{monitor.width}/{monitor.width * 254 // 960}x{monitor.height}/{monitor.height * 254 // 960}"
        star = "*" if monitor.output != "none" else ""  # makes it the primary one
        self.run("xrandr", "--setmonitor", star + name, f"{size}+{monitor.x}+{monitor.y}", monitor.output)

    def unplug(self, name: str) -> None:
        """Disconnect a monitor."""
        self.run("xrandr", "--delmonitor", name)

    def close(self) -> None:
        self._shots.cleanup()


@contextmanager
def x_display(monitors: Sequence[Monitor], *, window_manager: bool) -> Iterator[Desk]:
    """A virtual X display with these monitors; the first is the primary one and owns the output `screen`."""
    width = max(monitor.x + monitor.width for monitor in monitors)
    height = max(monitor.y + monitor.height for monitor in monitors)
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="home-", ignore_cleanup_errors=True))
        reading, writing = os.pipe()
        # -noreset: otherwise the monitors vanish with the last client.
        stack.enter_context(
            child(
                [
                    "Xvfb",
                    "-displayfd",
                    str(writing),
                    "-screen",
                    "0",
                    f"{width}x{height}x24",
                    "-nolisten",
                    "tcp",
                    "-noreset",
                ],
                pass_fds=[writing],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        env = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "XDG_"))}
        runtime = Path(home) / "run"
        runtime.mkdir(mode=0o700)
        env |= {
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",  # or the programs under test start a bus that outlives them
            "QT_QPA_PLATFORM": "xcb",
            "HOME": home,
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": home,
            "XDG_CACHE_HOME": home,
            "XDG_DATA_HOME": home,
        }
        desk = Desk(env, monitors)
        stack.callback(desk.close)
        for monitor in monitors:
            desk.plug(monitor.name)
        if window_manager:
            stack.enter_context(
                child(["openbox"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            wait_for(
                lambda: "window id" in desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), what="openbox"
            )
        yield desk


@contextmanager
def two_monitors(*, window_manager: bool) -> Iterator[Desk]:
    """LEFT (primary) and RIGHT, with or without openbox."""
    with x_display((LEFT, RIGHT), window_manager=window_manager) as desk:
        yield desk


_WORKER = """
import sys
from PySide6.QtWidgets import QApplication, QLineEdit
app = QApplication(sys.argv)
app.setCursorFlashTime(0)
line = QLineEdit()
line.setWindowTitle("The worker's own program")
line.setGeometry(100, 100, 700, 300)
line.returnPressed.connect(lambda: (print(line.text(), flush=True), line.clear()))
line.show()
app.exec()
"""


class WorkersProgram:
    """What the worker types into: an ordinary window on the main monitor that has the focus."""

    title = "The worker's own program"

    def __init__(self, desk: Desk, process: "subprocess.Popen[bytes]") -> None:
        self._desk = desk
        self._process = process
        self.window = wait_for(lambda: desk.windows(self.title), what="the worker's window")[0]
        desk.run("xdotool", "windowfocus", "--sync", self.window)
        wait_for(lambda: desk.focus() == self.window, what="the worker's window to have the focus")

    def type(self, text: str) -> str:
        """Type a line as a keyboard does, and return what arrived in the window."""
        assert self._process.stdout is not None
        self._desk.run("xdotool", "type", "--delay", "2", text)
        self._desk.run("xdotool", "key", "Return")
        return self._process.stdout.readline().decode().strip()


@contextmanager
def workers_program(desk: Desk) -> Iterator[WorkersProgram]:
    with child([sys.executable, "-c", _WORKER], env=desk.env, stdout=subprocess.PIPE) as process:
        yield WorkersProgram(desk, process)
