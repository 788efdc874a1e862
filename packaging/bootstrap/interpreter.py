"""Chooses the Python that runs Benchcast: 3.12 or 3.13 where there is one, else 3.11; it must start."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steps import Blocked

PREFERRED = ("3.12", "3.13", "3.11")
# A Python without these was built on a machine that lacked their libraries, and is of no use to us.
PROBE = "import sys, ssl, sqlite3, zlib; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"


@dataclass(frozen=True)
class Interpreter:
    """A Python that was seen to run."""

    path: Path
    version: str  # such as 3.12


def choose_interpreter(environment: Path) -> Interpreter:
    """Return the best Python of this machine. Raises Blocked when there is none of a version that works.

    The environment that is there already decides, so that nothing is built anew for a Python that came later.
    `BENCHCAST_PYTHON` names one and wins over everything.
    """
    if named := os.environ.get("BENCHCAST_PYTHON"):
        version = _version_of(Path(named))
        if version not in PREFERRED:
            raise Blocked(f"BENCHCAST_PYTHON={named} is {version or 'no Python that runs'}. {_advice()}")
        return Interpreter(Path(named), version)
    kept = environment / "bin" / "python"
    if kept.exists() and (version := _version_of(kept)) in PREFERRED:
        return Interpreter(kept.resolve(), str(version))
    found: dict[str, Path] = {}
    for candidate in _candidates():
        version = _version_of(candidate)
        if version is not None:
            found.setdefault(version, candidate)
        if version == PREFERRED[0]:
            break
    for version in PREFERRED:
        if version in found:
            return Interpreter(found[version], version)
    seen = ", ".join(sorted(found)) or "none"
    raise Blocked(f"Benchcast runs on Python 3.11, 3.12 or 3.13; this machine has: {seen}. {_advice()}")


def has_ensurepip(interpreter: Interpreter) -> bool:
    """Tell whether it can make an environment with pip in it (Debian keeps that in a package of its own)."""
    return (
        subprocess.run(
            [interpreter.path, "-c", "import ensurepip"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _advice() -> str:
    return "3.14 and later are refused because the event loop of the desktop app (qasync) hangs there."


def _candidates() -> Iterator[Path]:
    for version in PREFERRED:
        yield from _on_path(f"python{version}")
        for root in _pyenv_roots():
            yield from sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)
    yield from _on_path("python3")
    yield Path("/usr/bin/python3")


def _on_path(name: str) -> Iterator[Path]:
    if found := shutil.which(name):
        yield Path(found)


def _pyenv_roots() -> Iterator[Path]:
    for root in (os.environ.get("PYENV_ROOT"), "~/.pyenv", "/opt/pyenv", "/usr/local/pyenv"):
        if root and (path := Path(root).expanduser()).is_dir():
            yield path


def _version_of(candidate: Path) -> str | None:
    """Run it: a pyenv shim exists for versions that are not active, and then only prints an error."""
    try:
        probe = subprocess.run(
            [candidate, "-c", PROBE],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, _, name = probe.stdout.strip().partition(" ")
    return version if probe.returncode == 0 and name == "cpython" else None
