"""A tiny process of its own that starts the app again when it froze or crashed, and leaves it alone when it ended.

How it works: the app starts it (`benchcast --watchdog`) and holds the other end of its standard input. The first line
there says whom to watch; then one byte comes again and again from the app's event loop, and one last word when the
app ends on purpose. When the line breaks without that word the app has crashed; when the bytes stay away for longer
than the patience, it is frozen, and is ended. Both times the app is started anew; it then has a watchdog of its own,
and this one ends. There is never a second app: the old one is gone before, and the data directory's lock decides.

What must always hold: time in which this process did not run itself (the machine slept, or had no time for anybody)
is not counted as silence. After three restarts within ten minutes there is no fourth: a person is told instead. It
imports nothing but the standard library, and never Qt. On Windows and macOS it has not been run.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

FLAG = "--watchdog"
GAVE_UP_FLAG = "--gave-up"
# In the environment of a restarted app: the moments of the latest restarts, in seconds of the monotonic clock, which
# on all three systems counts since the machine was started.
RESTARTS = "BENCHCAST_RESTARTS"
BEAT, FAREWELL = b".", b"q"
MOST_RESTARTS, WITHIN_SECONDS = 3, 600.0
TICKS = 4  # looks within one patience
# Until its first sign of life an app may be slow: the machine has just been switched on, and everything starts.
STARTING_SECONDS = 60.0
GONE_SECONDS = 10.0
TELL_SECONDS = 0.5
_LONGEST_ORDER = 64 * 1024

Ending = Literal["farewell", "crashed", "frozen"]


@dataclass(frozen=True)
class Order:
    """Whom to watch, and how to start it again."""

    pid: int
    command: tuple[str, ...]
    patience_seconds: float
    log: str
    restarts: tuple[float, ...] = ()

    def to_line(self) -> bytes:
        """Write it as the first line of the watchdog's input."""
        return json.dumps(self.__dict__).encode() + b"\n"


class Silence:
    """How long nothing was heard, in time that this process has lived through itself."""

    def __init__(self, patience_seconds: float, now: float) -> None:
        """Begin to listen; until something is heard, an app is taken to be starting."""
        self._patience = patience_seconds
        self._tick = patience_seconds / TICKS
        self._limit = max(patience_seconds, STARTING_SECONDS)
        self._silent = 0.0
        self._looked = now

    @property
    def tick_seconds(self) -> float:
        """How often to look."""
        return self._tick

    def heard(self, now: float) -> None:
        """Note a sign of life."""
        self._limit = self._patience
        self._silent = 0.0
        self._looked = now

    def is_over(self, now: float) -> bool:
        """Look: has it been silent for too long? A gap in our own looking counts as one tick."""
        self._silent += min(now - self._looked, self._tick)
        self._looked = now
        return self._silent >= self._limit


def may_restart(restarts: Sequence[float], now: float) -> bool:
    """Were there fewer than three restarts within the last ten minutes?"""
    return sum(0 <= now - moment < WITHIN_SECONDS for moment in restarts) < MOST_RESTARTS


def watch(heard: "queue.Queue[bytes]", silence: Silence, clock: Callable[[], float]) -> Ending:
    """Listen until the app says farewell, breaks off, or is silent for too long."""
    while True:
        try:
            word = heard.get(timeout=silence.tick_seconds)
        except queue.Empty:
            if silence.is_over(clock()):
                return "frozen"
            continue
        if word == b"":
            return "crashed"
        if FAREWELL in word:
            return "farewell"
        silence.heard(clock())


def main(number: int = 0) -> int:
    """Run the watchdog on this open file, its standard input; returns the exit status 0."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line, rest = _read_line(number)
    try:
        order = _read_order(line)
    except (ValueError, TypeError, KeyError):
        return 0
    heard: queue.Queue[bytes] = queue.Queue()
    if rest:
        heard.put(rest)
    threading.Thread(target=_hear, args=(number, heard), daemon=True).start()
    clock = time.monotonic
    ending = watch(heard, Silence(order.patience_seconds, clock()), clock)
    if ending == "farewell":
        return 0
    _note(order, f"The app {ending}", pid=order.pid)
    if ending == "frozen" and not _end(order, heard):
        _note(order, "The frozen app cannot be ended", pid=order.pid)
        return 0
    now = clock()
    if not may_restart(order.restarts, now):
        _note(order, "The app was restarted three times within ten minutes and is not restarted again")
        _start([*order.command, GAVE_UP_FLAG], ())
        return 0
    restarts = tuple(moment for moment in (*order.restarts, now) if now - moment < WITHIN_SECONDS)
    _note(order, "The app is started again", restart=len(restarts))
    _start(order.command, restarts)
    return 0


def restarts_of(text: str | None) -> tuple[float, ...]:
    """Read the moments of the latest restarts from the environment's text."""
    found: list[float] = []
    for part in (text or "").split(","):
        with suppress(ValueError):
            found.append(float(part))
    return tuple(found)


def _read_order(line: bytes) -> Order:
    content = json.loads(line)
    return Order(
        pid=int(content["pid"]),
        command=tuple(str(word) for word in content["command"]),
        patience_seconds=float(content["patience_seconds"]),
        log=str(content["log"]),
        restarts=tuple(float(moment) for moment in content["restarts"]),
    )


def _read_line(number: int) -> tuple[bytes, bytes]:
    """Read the first line, and whatever came with it; both are empty where nothing comes."""
    read = b""
    while b"\n" not in read and len(read) < _LONGEST_ORDER:
        if not (part := os.read(number, 4096)):
            return b"", b""
        read += part
    line, _, rest = read.partition(b"\n")
    return line, rest


def _hear(number: int, heard: "queue.Queue[bytes]") -> None:
    while True:
        try:
            words = os.read(number, 64)
        except OSError:
            words = b""
        heard.put(words)
        if words == b"":
            return


def _end(order: Order, heard: "queue.Queue[bytes]") -> bool:
    """End the frozen app; True once it is gone. Where it can, it first writes down where it hangs."""
    if hasattr(os, "getppid") and sys.platform != "win32" and os.getppid() != order.pid:
        return True  # gone meanwhile; its number may be somebody else's by now
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(order.pid, signal.SIGTERM)  # TerminateProcess
        else:
            os.kill(order.pid, signal.SIGUSR1)
            time.sleep(TELL_SECONDS)
            os.kill(order.pid, signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS
    while (rest := deadline - time.monotonic()) > 0:
        with suppress(queue.Empty):
            if heard.get(timeout=rest) == b"":
                return True
    return False


def _start(command: Sequence[str], restarts: Sequence[float]) -> None:
    environment = {**os.environ, RESTARTS: ",".join(f"{moment:.3f}" for moment in restarts)}
    subprocess.Popen(  # noqa: S603 - the command that was started before
        list(command),
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _note(order: Order, event: str, **more: object) -> None:
    """Add a line to the watchdog's own log, in the form of the app's."""
    # No clock was given to this process, and nothing is decided by this one.
    moment = datetime.fromtimestamp(time.time_ns() / 1e9, UTC).isoformat()
    line = json.dumps({"event": event, **more, "level": "warning", "logger": "watchdog", "timestamp": moment})
    with suppress(OSError), Path(order.log).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
