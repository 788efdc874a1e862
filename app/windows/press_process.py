"""One press as the app sees it: a process that is asked one thing at a time and can be ended at any moment.

A thread does the waiting, because pipes that Qt and asyncio can both wait for do not exist on every system. It
is the only one that touches the process's pipes; the event loop only ever kills.
"""

import asyncio
import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage

from app.stage.displays import CannotShow
from relay.contract.problems import Code

READY = b"ready\n"  # what a press says before anything else
_PIPE_BYTES = 1_048_576  # Linux: a picture takes fewer turns than through the usual 64 kB


class PressLost(Exception):
    """The press ended, or could not be started, before it answered."""

    def __init__(self, reason: str, *, had_started: bool = True) -> None:
        """Tell whether the process itself had come up; if not, the document is not to blame."""
        super().__init__(reason)
        self.had_started = had_started


@dataclass(frozen=True)
class Answer:
    """What a press said; `image` after a `draw`."""

    said: dict[str, Any]
    image: QImage | None = None


@dataclass
class _Call:
    question: dict[str, Any]
    answered: "asyncio.Future[Answer]"


class PressProcess:
    """A press that is started with its first question."""

    def __init__(self, command: list[str] | None = None) -> None:
        """Use the app's own program, or `command`, which has to speak the same language."""
        self.papers: set[int] = set()  # what it may have opened
        self.closed: list[int] = []  # what it has not been told to forget yet
        self.jobs = 0
        self.memory: int | None = None
        self.ended = asyncio.get_running_loop().create_future()
        self._command = command or press_command()
        self._loop = asyncio.get_running_loop()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._is_up = False
        self._lock = threading.Lock()  # between starting and killing
        threading.Thread(target=self._live, name="press", daemon=True).start()

    async def ask(self, question: dict[str, Any]) -> Answer:
        """Ask and wait. Raises CannotShow with the reason that the press gives, or PressLost."""
        call = _Call({**question, "closed": self.closed}, self._loop.create_future())
        self.closed = []
        self.jobs += 1
        self._calls.put(call)
        answer = await call.answered
        self.memory = answer.said.get("memory")
        if "code" in answer.said:
            raise CannotShow(Code(answer.said["code"]), **answer.said["values"])
        return answer

    def end(self) -> None:
        """End the process now, whatever it is doing."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                with suppress(OSError):
                    self._process.kill()
        self._calls.put(None)

    def _live(self) -> None:
        """Serve calls until one is lost; then the process is gone, and waited for."""
        call, lost = None, PressLost("the process ended")
        try:
            self._start()
            while (call := self._calls.get()) is not None:
                self._tell(call.answered, self._exchange(call.question))
        except PressLost as reason:
            lost = reason
        except (OSError, ValueError) as error:  # a broken pipe, or half an answer
            lost = PressLost(str(error))
        finally:
            if call is not None:
                self._tell(call.answered, lost)
            self._finish()

    def _start(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        with self._lock:
            if self._killed:
                return
            with suppress(OSError):  # the first call finds out
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        if self._process is None:
            return
        assert self._process.stdout is not None
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # an unprivileged user may have used up his share of pipe memory
                fcntl.fcntl(self._process.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._is_up = self._process.stdout.readline() == READY

    def _exchange(self, question: dict[str, Any]) -> Answer:
        process = self._process
        if process is None or not self._is_up:
            raise PressLost("the process could not be started", had_started=self._killed)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            raise PressLost("the process ended")
        said: dict[str, Any] = json.loads(line)
        if question["do"] != "draw" or "code" in said:
            return Answer(said)
        width, height = said["size"]
        image = QImage(width, height, QImage.Format.Format_RGB32)
        if image.isNull():
            raise PressLost("there is no memory for the picture")
        room = image.bits()
        assert isinstance(process.stdout, BufferedReader)
        if process.stdout.readinto(room) != len(room):
            raise PressLost("the process ended")
        return Answer(said, image)

    def _finish(self) -> None:
        process = self._process
        if process is not None:
            with suppress(OSError):
                process.kill()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            process.wait()
        with suppress(queue.Empty):
            while True:
                call = self._calls.get_nowait()
                if call is not None:
                    self._tell(call.answered, PressLost("the process ended"))
        self._tell(self.ended, None)

    def _tell(self, answered: "asyncio.Future[Any]", answer: "Answer | PressLost | None") -> None:
        def settle() -> None:
            if answered.done():
                return
            if isinstance(answer, PressLost):
                answered.set_exception(answer)
            else:
                answered.set_result(answer)

        with suppress(RuntimeError):  # the loop has ended before the process
            self._loop.call_soon_threadsafe(settle)


def press_command() -> list[str]:
    """Tell how the app starts itself as a press; a bundle is its own interpreter."""
    flag = "--draw-documents"
    return [sys.executable, flag] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app", flag]
