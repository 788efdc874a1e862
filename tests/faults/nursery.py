"""Starts killable processes quickly: a warm parent has imported everything and forks a child per start.

Starting the relay takes 1.2 s here, of which 0.9 s are imports; a run that kills it a thousand times would mostly wait
for those. A forked child runs the same entry point as an admin's command. It is a process of its own, with its own
memory and descriptors; SIGKILL, SIGSTOP and what the kernel does for the dead are as real as for any other.

The parent reads orders as lines of JSON and answers each with one line. It has one thread, so forking is sound. Its
children die with it, and it dies with whoever started it.
"""

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The side of the test: start, signal and await children."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, call: str, options: dict[str, object], log: Path) -> int:
        """Fork a child that calls `module:function` with the options; returns its pid."""
        return int(self._ask({"do": "start", "call": call, "with": options, "log": str(log)}))

    def kill(self, pid: int) -> None:
        """SIGKILL, and wait until nothing is left of it."""
        os.kill(pid, signal.SIGKILL)
        self._ask({"do": "wait", "pid": pid})

    def ended(self, pid: int) -> int | None:
        """Tell the exit status of a child (128 + signal for a killed one); None while it lives."""
        answer = self._ask({"do": "poll", "pid": pid})
        return None if answer is None else int(answer)

    def _ask(self, order: dict[str, object]) -> "int | None":
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the nursery is gone, with status {self._process.poll()}"
        return json.loads(line)


@contextmanager
def nursery(*modules: str, env: dict[str, str] | None = None) -> Iterator[Nursery]:
    """Open a nursery that has imported these modules. `env` is that of the children too, such as LD_PRELOAD."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    from helpers.x11 import child

    with child(
        [sys.executable, "-m", "faults.nursery", *modules],
        cwd=ROOT,
        env=os.environ | (env or {}) | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        yield Nursery(process)  # type: ignore[arg-type]


def main(modules: list[str]) -> None:
    """Be the warm parent until standard input ends."""
    for module in modules:
        importlib.import_module(module)
    statuses: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        match order["do"]:
            case "start":
                answer: int | None = _fork(order)
            case "wait":
                answer = statuses.setdefault(order["pid"], _status(order["pid"], 0) or 0)
            case _:
                if order["pid"] not in statuses and (status := _status(order["pid"], os.WNOHANG)) is not None:
                    statuses[order["pid"]] = status
                answer = statuses.get(order["pid"])
        print(json.dumps(answer), flush=True)


def _status(pid: int, options: int) -> int | None:
    try:
        found, status = os.waitpid(pid, options)
    except ChildProcessError:
        return 0
    return None if found == 0 else os.waitstatus_to_exitcode(status) % 128 + 128 * os.WIFSIGNALED(status)


def _fork(order: dict) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, descriptor)
        module, _, function = order["call"].partition(":")
        status = getattr(importlib.import_module(module), function)(**order["with"]) or 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # nothing of the parent's may run a second time here


if __name__ == "__main__":
    main(sys.argv[1:])
