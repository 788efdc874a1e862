"""The app's side of the watchdog: starts it, gives it signs of life, and says farewell to it.

What it must never do: hold up the event loop. The line to the watchdog is written without waiting; a watchdog that
does not read is as good as none, and one that is gone is started anew at most three times.
"""

import faulthandler
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import structlog

from app.machine.watchdog import BEAT, FAREWELL, FLAG, RESTARTS, Order, restarts_of

log = structlog.get_logger()

BEATS = 4  # within one patience
MOST_WATCHDOGS = 3
END_SECONDS = 2.0
LARGEST_LOG_BYTES = 256 * 1024


class Heartbeat:
    """Keeps a watchdog for as long as the app runs; `beat()` it from the event loop, `farewell()` at the end."""

    def __init__(self, command: Sequence[str], arguments: Sequence[str], logs: Path, patience: int) -> None:
        """Watch nothing yet. `command` and `arguments` start the app again; `patience` in seconds, 0 is never."""
        self._command, self._arguments = tuple(command), tuple(arguments)
        self._logs = logs
        self._patience = patience
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._started = 0
        self._traces: IO[str] | None = None
        self.restarts = restarts_of(os.environ.get(RESTARTS))

    @property
    def interval_seconds(self) -> float:
        """How often to beat; 0 where nobody listens."""
        return self._patience / BEATS

    @property
    def is_watched(self) -> bool:
        """Is there a watchdog now?"""
        return self._watchdog is not None

    def begin(self) -> None:
        """Start the watchdog, and write down where the app was when it crashes or hangs."""
        self._write_traces()
        if self._patience > 0:
            self._start()
            # Until the event loop hears signals itself: who is told to end while still starting ends on purpose.
            for number in (signal.SIGINT, signal.SIGTERM):
                with suppress(ValueError):  # not the main thread
                    signal.signal(number, self._told_to_end)

    def beat(self) -> None:
        """Say that the event loop goes round."""
        if self._watchdog is None:
            return
        if not self._say(BEAT):
            self._let_go()
            if self._started < MOST_WATCHDOGS:
                self._start()

    def farewell(self) -> None:
        """Say that the app ends on purpose, and wait for the watchdog's end."""
        if self._watchdog is not None:
            self._say(FAREWELL)
            self._let_go()
        if self._traces is not None:
            faulthandler.disable()
            self._traces.close()
            self._traces = None

    def _told_to_end(self, number: int, _frame: object) -> None:
        self.farewell()
        os._exit(128 + number)

    def _start(self) -> None:
        self._started += 1
        log_file = self._logs / "watchdog.log"
        with suppress(OSError):
            if log_file.stat().st_size > LARGEST_LOG_BYTES:
                log_file.replace(log_file.with_suffix(".log.1"))
        order = Order(
            pid=os.getpid(),
            command=(*self._command, *self._arguments),
            patience_seconds=float(self._patience),
            log=str(log_file),
            restarts=self.restarts,
        )
        try:
            watchdog = self._watchdog = _spawn([*self._command, FLAG])
        except OSError as error:
            log.warning("There is no watchdog", reason=str(error))
            return
        assert watchdog.stdin is not None, "its input is a pipe"
        with suppress(OSError, AttributeError, ValueError):  # Windows below Python 3.12 knows only sockets
            os.set_blocking(watchdog.stdin.fileno(), False)
        if not self._say(order.to_line()):
            self._let_go()

    def _say(self, word: bytes) -> bool:
        assert self._watchdog is not None, "somebody listens"
        assert self._watchdog.stdin is not None, "its input is a pipe"
        try:
            os.write(self._watchdog.stdin.fileno(), word)
        except BlockingIOError:
            return True  # it is busy, and will find plenty to read
        except OSError:
            return False
        return True

    def _let_go(self) -> None:
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is None:
            return
        if watchdog.stdin is not None:
            with suppress(OSError):
                watchdog.stdin.close()
        try:
            watchdog.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            watchdog.kill()
            watchdog.wait()

    def _write_traces(self) -> None:
        """Let the interpreter write every thread's place in the code, also when nothing else works any more."""
        file = self._logs / "crash.txt"
        with suppress(OSError):
            if file.stat().st_size > 0:
                file.replace(self._logs / "crash-before.txt")
        try:
            self._traces = file.open("w", encoding="utf-8")
        except OSError as error:
            log.warning("A crash will leave no trace", reason=str(error))
            return
        faulthandler.enable(self._traces)
        if sys.platform != "win32":
            faulthandler.register(signal.SIGUSR1, self._traces)


def _spawn(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    if sys.platform == "win32":
        return subprocess.Popen(  # noqa: S603 - this very program
            list(command), stdin=subprocess.PIPE, creationflags=subprocess.CREATE_NO_WINDOW
        )
    # A session of its own: what is typed at the terminal of the app is not meant for its watchdog.
    return subprocess.Popen(list(command), stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - as above
