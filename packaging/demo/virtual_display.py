"""A display of the demo's own, for machines without one: two monitors side by side, and pictures of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from processes import DemoFailed, end, start

WIDTH, HEIGHT = 1920, 1080
NEEDED = ("Xvfb", "xrandr")


def open_display(stack: ExitStack, logs: Path) -> str:
    """Start an X server with two monitors and a window manager that ends with `stack`; return its DISPLAY."""
    for program in NEEDED:
        if shutil.which(program) is None:
            raise DemoFailed(
                f"There is no display, and {program} is missing to make one. `make demo` installs it."
            )
    reading, writing = os.pipe()
    size = f"{2 * WIDTH}x{HEIGHT}x24"
    # -noreset: else the monitors are forgotten when the last client leaves.
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    server = start("virtual display", command, logs / "display.log", os.environ, pass_fds=(writing,))
    stack.callback(end, server)
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        server.check()
        raise DemoFailed(f"The virtual display did not start; see {server.log}")
    display = f":{number}"
    env = {**os.environ, "DISPLAY": display}
    # Pixels/millimetres; Xvfb's one output is called `screen` and may belong to one monitor only.
    for name, place, output in (("LEFT", 0, "screen"), ("RIGHT", WIDTH, "none")):
        geometry = f"{WIDTH}/508x{HEIGHT}/286+{place}+0"
        done = subprocess.run(
            ["xrandr", "--setmonitor", name, geometry, output],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DemoFailed(f"The virtual monitors could not be set up: {done.stderr.strip()}")
    if shutil.which("openbox"):
        stack.callback(end, start("window manager", ["openbox"], logs / "openbox.log", env))
    return display


_PICTURE = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(sys.argv)
screen = app.primaryScreen()
x, y, width, height = (int(word) for word in sys.argv[2:])
picture = screen.grabWindow(0, x, y, width, height)
sys.exit(0 if picture.save(sys.argv[1], "PNG") else 1)
"""


def picture_second_monitor(env: Mapping[str, str], path: Path) -> None:
    """Save what the second monitor shows, as the X server has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    box = [str(number) for number in (WIDTH, 0, WIDTH, HEIGHT)]
    done = subprocess.run(
        [sys.executable, "-c", _PICTURE, path, *box],
        env={**env, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode != 0:
        raise DemoFailed(f"No picture of the second monitor could be taken: {done.stderr.strip()}")
