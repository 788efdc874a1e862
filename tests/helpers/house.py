"""The repository as the rules see it: which files are ours, and what stands in them."""

import ast
import gc
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("app", "relay")
OURS = (*PROGRAM, "packaging", "tests", "resources")


@cache
def tracked_files() -> tuple[Path, ...]:
    """List what git keeps, and what it would keep: files that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = (ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name)
    return tuple(file for file in files if file.is_file())


def python_files(*rooms: str) -> list[Path]:
    """List the modules of these top folders."""
    return [
        file
        for file in tracked_files()
        if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in (rooms or OURS)
    ]


def name_of(file: Path) -> str:
    """Name a file as a reader of a failing test would look for it."""
    return file.relative_to(ROOT).as_posix()


@cache
def parsed(file: Path) -> ast.Module:
    """Parse a module once for all rules."""
    module = ast.parse(file.read_text("utf-8"), filename=str(file))
    # Millions of nodes that stay to the end: nobody should look through them for garbage after every test.
    gc.freeze()
    return module
