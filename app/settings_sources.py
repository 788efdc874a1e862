"""Where a setting's value came from, and who may change it: flag, variable, the admin's file, the bench's own choice.

The order, the first that says something wins: flag · `BENCHCAST_*` variable · the admin's machine-wide file · what was
chosen in the window · `benchcast.toml` in the data directory · the same in the user's configuration directory · ours.
What the first three say cannot be changed in the window. Language and sound are comfort, not rules: there the admin's
file only says what holds until somebody chooses.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NAME = "benchcast"
FILE = "benchcast.toml"
ADMINS_FILE = "desk.toml"

Where = Literal["flag", "environment", "admin", "choice", "file", "default"]
LOCKS: frozenset[Where] = frozenset({"flag", "environment", "admin"})
# What a worker may set differently from the admin, on the same machine, without asking.
COMFORT = frozenset({"language", "muted", "volume"})


@dataclass(frozen=True)
class Origin:
    """Where a value came from; `detail` is the flag, the variable's name or the file."""

    where: Where = "default"
    detail: str = ""


class BadFile(ValueError):
    """A settings file cannot be read; `reason` is empty where it is not TOML's fault."""

    def __init__(self, file: Path, reason: str = "") -> None:
        """Name the file, and what TOML says of it."""
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True)
class Layer:
    """What one source says."""

    origin: Origin
    values: Mapping[str, object]


def admins_file(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    r"""Name the machine-wide file that an administrator may write, and nobody else.

    Windows: `%PROGRAMDATA%\Benchcast\desk.toml`. macOS: `/Library/Application Support/Benchcast/desk.toml`. Else
    `/etc/benchcast/desk.toml`. The paths of Windows and macOS have not been run.
    """
    if platform == "win32":
        return Path(environ.get("PROGRAMDATA") or r"C:\ProgramData") / "Benchcast" / ADMINS_FILE
    if platform == "darwin":
        return Path("/Library/Application Support/Benchcast") / ADMINS_FILE
    return Path("/etc/benchcast") / ADMINS_FILE


def read_layer(where: Where, file: Path) -> Layer:
    """Read a TOML file; one that is not there says nothing. Raises BadFile."""
    origin = Origin(where, str(file))
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Layer(origin, {})
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(file) from error
    import tomllib  # most benches have no such file

    try:
        return Layer(origin, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadFile(file, str(error)) from error


def variables(names: Iterable[str], environ: Mapping[str, str] | None = None) -> Layer:
    """Read the `BENCHCAST_*` variables of these settings."""
    environ = os.environ if environ is None else environ
    found = {name: text for name in names if (text := environ.get(variable_of(name))) is not None}
    return Layer(Origin("environment"), found)


def variable_of(name: str) -> str:
    """Name the variable of a setting."""
    return f"BENCHCAST_{name.upper()}"


def merge(layers: Iterable[Layer]) -> tuple[dict[str, object], dict[str, Origin]]:
    """Lay the layers over each other, the weakest first; returns the values, and where each came from."""
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if layer.origin.where == "choice" and _is_ruled(name, origins):
                continue
            values[name] = value
            origins[name] = _named(layer.origin, name)
    return values, origins


def _is_ruled(name: str, origins: Mapping[str, Origin]) -> bool:
    return name not in COMFORT and origins.get(name, Origin()).where == "admin"


def _named(origin: Origin, name: str) -> Origin:
    match origin.where:
        case "flag":
            return Origin("flag", f"--{name}")
        case "environment":
            return Origin("environment", variable_of(name))
        case _:
            return origin
