"""How this very program is started again: by the system at login, by a link, by the watchdog."""

import sys
from pathlib import Path


def own_command(executable: str = sys.executable, *, frozen: bool | None = None) -> tuple[str, ...]:
    """Return the command that starts the app: the bundle itself, the installed `benchcast`, or `python -m app`."""
    if frozen if frozen is not None else bool(getattr(sys, "frozen", False)):
        return (executable,)
    for name in ("benchcast", "benchcast.exe"):
        installed = Path(executable).with_name(name)
        if installed.is_file():
            return (str(installed),)
    return (executable, "-m", "app")


def without_pairing(arguments: list[str]) -> list[str]:
    """Leave out a pairing link, which was used up by the first start and is a secret."""
    kept: list[str] = []
    following = False
    for argument in arguments:
        if following:
            following = False
        elif argument == "--pair":
            following = True
        elif not argument.startswith("--pair="):
            kept.append(argument)
    return kept
