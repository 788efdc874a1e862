"""A Wayland desktop of its own: sway with outputs that exist nowhere, asked and photographed from outside."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from helpers.x11 import child, wait_for
from PIL import Image

# sway refuses to run as root; what it opens for its clients lies where root reaches it, too.
USER = 65534
_CONFIG = """
xwayland disable
default_border none
focus_follows_mouse no
output HEADLESS-1 mode 1280x800 position 0 0
output HEADLESS-2 mode 1920x1080 position 1280 0
"""


class WaylandDesk:
    """The desktop: HEADLESS-1 of 1280 × 800 on the left, HEADLESS-2 of 1920 × 1080 beside it."""

    def __init__(self, folder: Path, env: dict[str, str], control: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self._control = control

    def ask(self, *words: str) -> list[dict]:
        """Say something to the compositor."""
        done = subprocess.run(
            ["swaymsg", "-r", *words],
            env=self._control,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr or done.stdout}"
        answer = json.loads(done.stdout)
        return answer if isinstance(answer, list) else [answer]

    def outputs(self) -> list[str]:
        """Name the outputs that are there."""
        return [each["name"] for each in self.ask("-t", "get_outputs")]

    def windows(self) -> list[dict]:
        """List the windows, each with its title, its rectangle, and whether it fills its output."""
        found: list[dict] = []
        waiting = self.ask("-t", "get_tree")
        while waiting:
            node = waiting.pop()
            if node.get("pid") and node["type"] in {"con", "floating_con"}:
                found.append(node)
            waiting += node.get("nodes", []) + node.get("floating_nodes", [])
        return found

    def focused(self) -> str | None:
        """Name the window that the keyboard writes to."""
        return next((each["name"] for each in self.windows() if each["focused"]), None)

    def screenshot(self, output: str) -> Image.Image:
        """A picture of one output, as RGB."""
        target = self.folder / f"{output}.png"
        subprocess.run(["grim", "-o", output, str(target)], env=self.env, check=True, timeout=20)
        with Image.open(target) as picture:
            return picture.convert("RGB")


@contextmanager
def wayland_desk() -> Iterator[WaylandDesk]:
    """Start sway with two outputs; it and its files are gone afterwards."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="sway-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        runtime, home = folder / "run", folder / "home"
        runtime.mkdir(mode=0o700)
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(runtime, USER, USER)
        config = folder / "config"
        config.write_text(_CONFIG, "utf-8")
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "XDG_"))}
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            plain.pop(name, None)
        plain |= {"HOME": str(home), "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        control = plain | {"XDG_RUNTIME_DIR": str(runtime), "SWAYSOCK": str(runtime / "sway.sock")}
        headless = {
            "WLR_BACKENDS": "headless",
            "WLR_HEADLESS_OUTPUTS": "2",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        }
        log = stack.enter_context((folder / "sway.log").open("wb"))
        user = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        process = stack.enter_context(
            child(["sway", "-c", str(config)], env=control | headless, stdout=log, stderr=log, **user)
        )

        def display() -> Path | None:
            assert process.poll() is None, (folder / "sway.log").read_text("utf-8", "replace")
            sockets = [path for path in runtime.glob("wayland-*") if path.suffix != ".lock"]
            return sockets[0] if sockets else None

        socket = wait_for(display, seconds=30, what="sway")
        desk_run = home / "run"
        desk_run.mkdir(mode=0o700)
        env = plain | {
            "WAYLAND_DISPLAY": str(socket),
            "QT_QPA_PLATFORM": "wayland",
            "XDG_RUNTIME_DIR": str(desk_run),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "XDG_DATA_HOME": str(home),
        }
        desk = WaylandDesk(folder, env, control)
        wait_for(lambda: len(desk.outputs()) == 2, seconds=30, what="two outputs")
        yield desk
