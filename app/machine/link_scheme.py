r"""Makes `benchcast://` links open this app, for this user, the way each system wants it.

Linux: a hidden `.desktop` file, and `xdg-mime`, which writes the user's choice into `mimeapps.list`. Windows: a key
under the user's `Software\Classes`. macOS: the bundle's `Info.plist` declares the scheme (`CFBundleURLTypes`, see
packaging), and the running app gets the link as a `QFileOpenEvent`; nothing is to be registered at run time. An
installer may have registered the scheme for everybody; then it is left alone. Windows and macOS have not been run.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from app.machine.desktop_entry import entry, exec_line, read_entry

log = structlog.get_logger()

SCHEME = "benchcast"
_MIME = f"x-scheme-handler/{SCHEME}"
_FILE = "benchcast-link.desktop"
_SECONDS = 10


def register_scheme(command: Sequence[str], *, platform: str = sys.platform) -> bool:
    """Register the scheme where it is not; returns whether something was changed. Raises OSError."""
    if platform == "win32":
        return _register_in_registry(command)
    if platform == "darwin":
        return False
    machines = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    if any((Path(folder) / "applications" / _FILE).is_file() for folder in machines.split(":") if folder):
        return False  # the package has registered it for everybody, and takes it along when it goes
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return _register_on_linux(command, Path(data) / "applications")


def _register_on_linux(command: Sequence[str], folder: Path) -> bool:
    file = folder / _FILE
    values = {
        "Type": "Application",
        "Name": "Benchcast",
        "Exec": exec_line([*command, "--pair"], field="%u"),
        "Icon": "benchcast",
        "Terminal": "false",
        "NoDisplay": "true",
        "MimeType": f"{_MIME};",
    }
    with suppress(OSError, UnicodeDecodeError):
        if read_entry(file.read_text("utf-8")) == values:
            return False
    folder.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(entry(values), "utf-8")
    draft.replace(file)
    # Without these programs the file alone does on most desktops: it is the only one that names the scheme.
    for program in (
        ("xdg-mime", "default", _FILE, _MIME),
        ("update-desktop-database", "-q", str(folder)),
    ):
        _run(program)
    return True


def _run(arguments: Sequence[str]) -> None:
    program = shutil.which(arguments[0])
    if program is None:
        return
    try:
        subprocess.run(  # noqa: S603 - our own words, no shell
            [program, *arguments[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("The link scheme could not be announced", program=arguments[0], reason=str(error))


def _register_in_registry(command: Sequence[str]) -> bool:
    if sys.platform == "win32":
        import winreg

        line = subprocess.list2cmdline([*command, "--pair"]) + ' "%1"'
        root = rf"Software\Classes\{SCHEME}"
        opening = rf"{root}\shell\open\command"
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, opening) as key:
            if winreg.QueryValueEx(key, "")[0] == line:
                return False
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, root) as key:
            winreg.SetValueEx(key, "", 0, winreg.REG_SZ, "URL:Benchcast")
            winreg.SetValueEx(key, "URL Protocol", 0, winreg.REG_SZ, "")
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, opening) as key:
            winreg.SetValueEx(key, "", 0, winreg.REG_SZ, line)
        return True
    return False
