"""Builds the desktop bundle with PyInstaller: one folder with everything in it but the system's own libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from notices import write_notices

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


class BuildFailed(Exception):
    """The build cannot go on; the message says why, for the person who started it."""


def version() -> str:
    """Read the version from pyproject.toml, the one place where it is written."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def build_bundle(out: Path, *, web: bool) -> Path:
    """Build the bundle below `out` and return its folder. Raises BuildFailed."""
    name = "benchcast-web" if web else "benchcast"
    work, made = out / f"work-{name}", out / name
    command = [
        sys.executable,
        *("-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--workpath", str(work), "--distpath", str(work / "dist"), str(HERE / "benchcast.spec")),
    ]
    env = {**os.environ, "BENCHCAST_WEB": "1" if web else "0", "BENCHCAST_VERSION": version()}
    # The same bundle from the same sources, wherever and whenever it is built.
    sources = work / "sources.json"
    work.mkdir(parents=True, exist_ok=True)
    env |= {"PYTHONHASHSEED": "0", "BENCHCAST_SOURCES": str(sources)}
    done = subprocess.run(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"PyInstaller ended with status {done.returncode}")
    shutil.rmtree(made, ignore_errors=True)
    shutil.move(work / "dist" / "benchcast", made)
    if sys.platform == "darwin":  # has not been run
        shutil.rmtree(out / "Benchcast.app", ignore_errors=True)
        shutil.move(work / "dist" / "Benchcast.app", out / "Benchcast.app")
    if sys.platform == "linux":
        _strip(made)
    write_notices(made, web=web, sources=sources)
    shutil.copyfile(ROOT / "packaging" / "sbom" / "app.cdx.json", made / "sbom.cdx.json")
    return made


def _strip(made: Path) -> None:
    """Take the debugging words out of Python's own library, three quarters of it; Qt's come without."""
    if shutil.which("strip"):
        for library in (made / "_internal").glob("libpython*.so*"):
            subprocess.run(["strip", "--strip-unneeded", library], check=False)


def size_of(folder: Path) -> int:
    """Add up the bytes below a folder; what is linked counts once."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
