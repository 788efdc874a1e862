"""`make demo`: a relay, a desk and a scanner on this machine; one line per step, and at the end what the scanner hears.

ONCE=1      end after the scan; the exit status says whether the document was shown
VIRTUAL=1   use a virtual display of two monitors, although there is a real one
DEMO_DATA=  keep relay and desk in this folder, and find them there again; else a temporary one is used
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from processes import DemoFailed, Program, end, start
from scanner import Heard, Scanner
from virtual_display import open_display, picture_second_monitor

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"
PICTURE = ROOT / "build" / "demo" / "second-monitor.png"
ORDER, SCREEN, SECOND_DISPLAY = "WO-2025-0001", "SCREEN-001", 1
USER = "demo"
PATIENCE_SECONDS = 60.0


def main() -> int:
    """Run the demo and end everything it started."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a step is told when it is done, also through a pipe
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _interrupt)
    kept = os.environ.get("DEMO_DATA")
    data = Path(kept).expanduser().resolve() if kept else Path(tempfile.mkdtemp(prefix="benchcast-demo-"))
    data.mkdir(parents=True, exist_ok=True)
    status = 130
    try:
        with ExitStack() as stack:
            demo = Demo(stack, data)
            heard = demo.run()
            status = 0 if heard.shown else 1
            if os.environ.get("ONCE") != "1":
                status = 0  # from here on, to end is what the person wants
                demo.stay()
    except DemoFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print("\nEnded.")
    if not kept and status == 0:
        shutil.rmtree(data, ignore_errors=True)
    elif status != 0:
        print(f"The logs are in {data}", file=sys.stderr)
    return status


_wishes: list[int] = []


def _interrupt(number: int, _frame: object) -> None:
    # Python drops what is raised while an object is being taken away; so the wish is kept, and looked for again.
    _wishes.append(number)
    raise KeyboardInterrupt


class Demo:
    """The steps in their order; what they start ends with `stack`."""

    def __init__(self, stack: ExitStack, data: Path) -> None:
        """Keep everything in `data`."""
        self.stack = stack
        self.data = data

    def run(self) -> Heard:
        """Do every step; return what the scanner heard."""
        env, virtual = self._display()
        relay, url = self._serve()
        password = self._add_user()
        tell("Orders", self._command("order", "import", SAMPLES / "orders.csv").strip().splitlines()[-1])
        scanner = Scanner(url)
        scanner.sign_in(USER, password)
        desk = self._start_desk(scanner, env)
        monitors = self._wait_until_online(scanner, desk, relay)
        heard = scanner.scan(SCREEN, ORDER, display_index=SECOND_DISPLAY)
        tell("Scanned", heard.sentence)
        if virtual:
            self._picture(env)
        elif len(monitors) < 2:
            print("\nThis machine has one monitor. Plug in a second one, or: make demo VIRTUAL=1")
        tell("Relay", f"{url}   (sign in as {USER}, password {password})")
        self._scanner, self._programs, self._virtual = scanner, (relay, desk), env if virtual else None
        return heard

    def _display(self) -> tuple[dict[str, str], bool]:
        """Choose the display; the desk's secrets go into the demo's folder, not into this person's keyring."""
        env = {**_environment(), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        linux = sys.platform.startswith("linux")
        there = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        if not linux or (there and os.environ.get("VIRTUAL") != "1"):
            tell("Display", "yours")
            return env, False
        env["DISPLAY"] = open_display(self.stack, self.data)
        env.pop("WAYLAND_DISPLAY", None)
        env["QT_QPA_PLATFORM"] = "xcb"
        if os.geteuid() == 0:
            env["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # Chromium refuses to run as root with it
        tell("Display", f"virtual, {env['DISPLAY']}: two monitors of 1920x1080")
        return env, True

    def _serve(self) -> tuple[Program, str]:
        log = self.data / "relay.log"
        command = [
            _script("benchcast-relay"),
            "serve",
            "--data",
            self.data / "relay",
            "--port",
            str(_free_port()),
        ]
        relay = start("relay", command, log, _environment())
        self.stack.callback(end, relay)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            relay.check()
            if found := re.search(r"^https?://\S+", log.read_text("utf-8", errors="replace"), re.MULTILINE):
                tell("Relay", f"{found[0]}   (SQLite in {self.data / 'relay'})")
                return relay, found[0].rstrip("/")
            time.sleep(0.05)
        raise DemoFailed("The relay did not say where it listens.")

    def _add_user(self) -> str:
        secret = self.data / "demo-user.json"
        if secret.exists():
            return json.loads(secret.read_text("utf-8"))["password"]
        password = secrets.token_urlsafe(9)
        self._command("user", "add", USER, "--role", "lead", "--password-stdin", words=password + "\n")
        with os.fdopen(
            os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump({"user": USER, "password": password}, file)
        tell("User", USER)
        return password

    def _start_desk(self, scanner: Scanner, env: dict[str, str]) -> Program:
        said = self._command("screen", "add", SCREEN, "--name", "Bench 1")
        link = re.search(r"https?://\S+#\S+", said)
        if link is None:
            raise DemoFailed(f"The relay offered no pairing link:\n{said}")
        command: list[str | Path] = [_script("benchcast"), "--data", self.data / "desk"]
        if not scanner.screen(SCREEN)["paired"]:
            command += ["--pair", link[0]]
        desk = start("desktop app", command, self.data / "desk.log", env)
        self.stack.callback(end, desk)
        return desk

    def _wait_until_online(self, scanner: Scanner, desk: Program, relay: Program) -> list[object]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for program in (relay, desk):
                program.check()
            screen = scanner.screen(SCREEN)
            if screen["online"] and screen["displays"]:
                monitors = screen["displays"]
                names = ", ".join(
                    f"{d['index'] + 1}: {d['name']} {d['width']}x{d['height']}" for d in monitors
                )
                tell("Desk", f"{SCREEN} paired and online; monitors {names}")
                return monitors
            time.sleep(0.1)
        raise DemoFailed(f"The desktop app did not come online within {PATIENCE_SECONDS:.0f} s.")

    def _picture(self, env: dict[str, str]) -> None:
        picture_second_monitor(env, PICTURE)
        tell("Picture", str(PICTURE))

    def stay(self) -> None:
        """Scan what is typed here, until Ctrl-C."""
        print("\nScan more: type an order and Enter, here or with a scanner into the app's window:")
        print("  WO-2025-0001 to WO-2025-0006; WO-2025-0003+D2 is its second document.   Ctrl-C ends.")
        typed, listening = b"", sys.platform != "win32"
        while not _wishes:
            for program in self._programs:
                program.check()
            if not listening or not select.select([sys.stdin], [], [], 0.5)[0]:
                time.sleep(0 if listening else 0.5)
                continue
            # Not readline: it would keep a second line, typed meanwhile, where select does not see it.
            more = os.read(sys.stdin.fileno(), 4096)
            listening = bool(more)  # at the end of the input nobody can type; the windows stay
            *lines, typed = (typed + more).split(b"\n")
            for line in lines:
                if order := line.decode(errors="replace").strip():
                    self._scan(order)
        raise KeyboardInterrupt

    def _scan(self, order: str) -> None:
        heard = self._scanner.scan(SCREEN, order, display_index=SECOND_DISPLAY)
        print(f"  {heard.sentence}")
        if self._virtual is not None:
            picture_second_monitor(self._virtual, PICTURE)

    def _command(self, *words_of_command: str | Path, words: str = "") -> str:
        """Run one command of the relay's and return what it printed."""
        command = [_script("benchcast-relay"), *words_of_command, "--data", self.data / "relay"]
        done = subprocess.run(
            [str(part) for part in command],
            input=words,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            named = " ".join(str(part) for part in words_of_command)
            raise DemoFailed(f"benchcast-relay {named} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def tell(what: str, sentence: str) -> None:
    """Print one line for one step."""
    print(f"{what + ':':<10}{sentence}", flush=True)


def _environment() -> dict[str, str]:
    """Leave out the settings of a relay or a desk that this machine may really have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BENCHCAST_")}


def _script(name: str) -> Path:
    """Find a command beside the Python that runs this, which is the one it was installed for."""
    return Path(sys.executable).with_name(name + (".exe" if sys.platform == "win32" else ""))


def _free_port() -> int:
    """Take the relay's own port if it is free, so that its address is the one in the README; else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8440))
        except OSError:
            return 0
        return 8440


if __name__ == "__main__":
    sys.exit(main())
