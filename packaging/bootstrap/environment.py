"""Builds what is pinned: uv in .tools, the locked packages in .venv, what npm brings beside its lock."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from interpreter import Interpreter
from steps import digest, read_stamp, run, step, write_stamp

# Each holds everything of those before it.
LOCKS = {
    "demo": "packaging/requirements.txt",
    "test": "packaging/requirements-test.txt",
    "bench": "packaging/requirements-bench.txt",
}


def prepare_uv(root: Path, interpreter: Interpreter) -> Path:
    """Return the pinned uv, installed by hash with the pip that Python brings."""
    tools, lock = root / ".tools", root / "packaging" / "requirements-uv.txt"
    uv, stamp = tools / "bin" / "uv", tools / "stamp"
    wanted = digest(lock)
    if uv.exists() and read_stamp(stamp) == wanted:
        return uv
    with step("Fetching uv"):
        failing = "uv could not be installed. Is the package index reachable?"
        run(
            [interpreter.path, "-m", "venv", "--clear", tools / "pip"],
            failing="No environment could be made.",
        )
        pip = [tools / "pip" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
        run([*pip, "install", "--require-hashes", "--requirement", lock], failing=failing)
        (tools / "bin").mkdir(exist_ok=True)
        unfinished = tools / "bin" / "uv.unfinished"
        shutil.copy2(tools / "pip" / "bin" / "uv", unfinished)
        unfinished.replace(uv)
        write_stamp(stamp, wanted)
    return uv


def prepare_environment(root: Path, uv: Path, interpreter: Interpreter, *, locked: str) -> None:
    """Bring .venv to exactly the lock, with the checkout itself installed in place.

    An environment that was made for more serves as it is: the tests' lock holds everything of the demo's.
    """
    environment = root / ".venv"
    stamp = environment / "stamp"
    kept, order = read_stamp(stamp).partition(" ")[0], list(LOCKS)
    if kept in order[order.index(locked) :]:
        locked = kept
    lock, project = root / LOCKS[locked], root / "pyproject.toml"
    wanted = f"{locked} {digest(lock, project, interpreter.version)}"
    python = environment / "bin" / "python"
    if read_stamp(stamp) == wanted and python.exists():
        return
    inside = {"VIRTUAL_ENV": str(environment), **_settings_of_pip(root)}
    if not _is(python, interpreter.version):
        with step(f"Making an environment with Python {interpreter.version}"):
            made = [
                uv,
                "venv",
                "--quiet",
                "--no-project",
                "--clear",
                "--python",
                interpreter.path,
                environment,
            ]
            run(made, failing="The environment could not be made.", env=inside)
    with step("Installing the locked packages"):
        failing = "The locked packages could not be installed. Is the package index reachable?"
        run([uv, "pip", "sync", "--quiet", "--require-hashes", lock], failing=failing, cwd=root, env=inside)
        in_place = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--offline",
            "--no-deps",
            "--no-build-isolation",
            "--editable",
            root,
        ]
        run(in_place, failing="Benchcast itself could not be installed.", cwd=root, env=inside)
        write_stamp(stamp, wanted)


def prepare_node_modules(folder: Path, what: str) -> None:
    """Install what a folder's package.json asks for, exactly as locked, without running any script of a package."""
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    stamp, wanted = modules / "stamp", digest(lock)
    if read_stamp(stamp) == wanted:
        return
    with step(f"Installing {what}"):
        failing = f"npm could not install {what}. Is its registry reachable?"
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], failing=failing, cwd=folder)
        write_stamp(stamp, wanted)


def _is(python: Path, version: str) -> bool:
    words = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        asked = subprocess.run([python, "-c", words], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return asked.stdout.strip() == version


def _settings_of_pip(root: Path) -> dict[str, str]:
    """Let uv use the mirror and the certificates that pip was set up with; uv does not read them itself."""
    asked = subprocess.run(
        [root / ".tools" / "pip" / "bin" / "python", "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
    values: dict[str, str] = {}
    for name, option in (("UV_DEFAULT_INDEX", "index-url"), ("SSL_CERT_FILE", "cert")):
        value = found.get(f":env:.{option}") or found.get(f"global.{option}")
        if value and name not in os.environ:
            values[name] = value.strip("'\"")
    return values
