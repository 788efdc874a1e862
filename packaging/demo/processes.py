"""Starts the demo's programs, and sees to it that none of them outlives it, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class DemoFailed(Exception):
    """The demo cannot go on; the message says why, for the person who started it."""


@dataclass(frozen=True)
class Program:
    """A running program of the demo, and the file that holds everything it said."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise DemoFailed if it has ended by itself."""
        status = self.process.poll()
        if status is not None:
            said = self.log.read_text("utf-8", errors="replace").strip().splitlines()[-12:]
            last_words = "\n".join(f"    {line}" for line in said)
            raise DemoFailed(
                f"The {self.name} ended by itself (status {status}). Its last words:\n{last_words}"
            )


def start(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str],
    pass_fds: tuple[int, ...] = (),
) -> Program:
    """Start a program in a process group of its own, its words going to `log`."""
    with log.open("wb") as words:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            env=dict(env),
            start_new_session=True,
            preexec_fn=_dies_with(os.getpid()),  # noqa: PLW1509 - the demo has one thread
            pass_fds=pass_fds,
        )
    return Program(name, process, log)


def end(program: Program, patience: float = 8.0) -> None:
    """Ask it to end, and its helpers with it; insist after `patience` seconds."""
    _signal_group(program.process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        program.process.wait(patience)
    # Also when it ended in time: it may have left helpers behind.
    _signal_group(program.process, signal.SIGKILL)
    program.process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _dies_with(parent: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)

    def prepare() -> None:
        # Between fork and exec: only system calls. The parent may be gone before the kernel knows our wish.
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
