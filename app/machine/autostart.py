"""Starts the app when this user signs in to the machine, the way each system wants it.

Linux: a file in the XDG autostart folder. Windows: a value under the user's `Run` key. macOS: a property list in the
user's LaunchAgents. Nothing of this needs an administrator. Windows and macOS have not been run.
"""

import os
import plistlib
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from app.machine.desktop_entry import entry, exec_line, read_entry

_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_LABEL = "com.benchcast.desk"


class Autostart(Protocol):
    """Whether the app starts at login."""

    def is_on(self) -> bool:
        """Does it start at login now? What cannot be read counts as no."""
        ...

    def switch(self, *, on: bool) -> None:
        """Change it. Raises OSError."""
        ...


def open_autostart(command: Sequence[str], *, platform: str = sys.platform) -> Autostart:
    """Return this system's way of starting `command` at login."""
    if platform == "win32":
        return RunKey(command)
    if platform == "darwin":
        return LaunchAgent(command, Path.home() / "Library" / "LaunchAgents")
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return AutostartFile(command, Path(config) / "autostart")


class AutostartFile:
    """Linux: `autostart/benchcast.desktop` (XDG Desktop Application Autostart Specification)."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        """Start `command`; the file is in `folder`."""
        self._command = command
        self.file = folder / "benchcast.desktop"

    def is_on(self) -> bool:
        """Does it start at login now?"""
        try:
            values = read_entry(self.file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            return False
        off = values.get("Hidden") == "true" or values.get("X-GNOME-Autostart-enabled") == "false"
        return "Exec" in values and not off

    def switch(self, *, on: bool) -> None:
        """Write the file, or remove it. Raises OSError."""
        if not on:
            self.file.unlink(missing_ok=True)
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        values = {
            "Type": "Application",
            "Name": "Benchcast",
            "Exec": exec_line(self._command),
            "Icon": "benchcast",
            "Terminal": "false",
            "X-GNOME-Autostart-enabled": "true",
        }
        draft = self.file.with_suffix(".draft")
        draft.write_text(entry(values), "utf-8")
        draft.replace(self.file)


class LaunchAgent:
    """macOS: a property list that launchd reads at login."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        """Start `command`; the list is in `folder`."""
        self._command = command
        self.file = folder / f"{_LABEL}.plist"

    def is_on(self) -> bool:
        """Does it start at login now?"""
        try:
            content = plistlib.loads(self.file.read_bytes())
        except (OSError, plistlib.InvalidFileException, ValueError):
            return False
        return bool(content.get("RunAtLoad")) and not content.get("Disabled")

    def switch(self, *, on: bool) -> None:
        """Write the list, or remove it; launchd reads it at the next login. Raises OSError."""
        if not on:
            self.file.unlink(missing_ok=True)
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "Label": _LABEL,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        self.file.write_bytes(plistlib.dumps(content))


class RunKey:
    """Windows: a value of the current user's `Run` key."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start `command`."""
        self._command = command

    def is_on(self) -> bool:
        """Does it start at login now?"""
        if sys.platform == "win32":
            import winreg

            with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                return bool(winreg.QueryValueEx(key, "Benchcast")[0])
        return False

    def switch(self, *, on: bool) -> None:
        """Write the value, or remove it. Raises OSError."""
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                if on:
                    line = subprocess.list2cmdline(self._command)
                    winreg.SetValueEx(key, "Benchcast", 0, winreg.REG_SZ, line)
                else:
                    with suppress(FileNotFoundError):
                        winreg.DeleteValue(key, "Benchcast")
