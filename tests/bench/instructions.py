"""Counts the instructions that a program takes: the one figure of a start that another load does not change.

The processor counts them where the machine lets it; on a virtual machine that does not, valgrind does, fifty times
slower. Where there is neither there is no figure.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_REFERENCES = re.compile(r"I\s+refs:\s+([\d,]+)")
LONGEST_SECONDS = 600


def count_instructions(command: Sequence[str], env: dict[str, str], cwd: Path) -> int | None:
    """Run the command to its end and return how many instructions its first process took; None: nobody can count."""
    counted = _by_processor(command, env, cwd)
    return counted if counted is not None else _by_valgrind(command, env, cwd)


def _by_processor(command: Sequence[str], env: dict[str, str], cwd: Path) -> int | None:
    if shutil.which("perf") is None:
        return None
    counting = ["perf", "stat", "--no-inherit", "-x", ",", "-e", "instructions:u", *command]
    said = _run(counting, env, cwd)
    for line in said.splitlines():
        number, *rest = line.split(",")
        if any(each.startswith("instructions") for each in rest) and number.isdecimal():
            return int(number)
    return None


def _by_valgrind(command: Sequence[str], env: dict[str, str], cwd: Path) -> int | None:
    if shutil.which(_VALGRIND[0]) is None:
        return None
    found = _REFERENCES.search(_run([*_VALGRIND, *command], env, cwd))
    return int(found[1].replace(",", "")) if found else None


def _run(command: Sequence[str], env: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    return done.stderr
