"""How a step of the bootstrap is told, run and guarded."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Blocked(Exception):
    """The bootstrap cannot go on by itself; the message is for the person who runs it."""


@contextmanager
def step(title: str) -> Generator[None]:
    """Say what is being done, and how long it took."""
    print(f"  {title} ...", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - began:.0f} s", flush=True)


def run(
    command: Sequence[str | Path], *, failing: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    """Run a command quietly and return what it printed. Raises Blocked with its last words when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Blocked(f"{failing}\n{command[0]}: {error}") from error
    if done.returncode != 0:
        last_words = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise Blocked(f"{failing}\n{' '.join(map(str, command))}\n{last_words}")
    return done.stdout


def digest(*parts: Path | str) -> str:
    """Hash files and words into one stamp."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def read_stamp(path: Path) -> str:
    """Read what the last complete run left, or nothing."""
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def write_stamp(path: Path, text: str) -> None:
    """Leave a stamp in one move, so that an interrupted run never looks complete."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text + "\n", "utf-8")
    unfinished.replace(path)


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Wait until no other bootstrap works in this checkout."""
    folder.mkdir(exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield
