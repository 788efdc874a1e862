"""The only meeting of Qt and asyncio: one loop for both, named tasks, awaited dialogs, and no bug that goes
unheard.

The loop runs exactly once per process: with Qt WebEngine in use, a second `exec()` of the application kills
the process, and asyncio's own runners start the loop two or three times. So `run_once` cleans up inside its
single run. Never call `QApplication.quit()`: the loop would stop before `main` has returned. Let `main`
return instead.
"""

import asyncio
import gc
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import TypeVar

import qasync
import structlog
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QDialog

T = TypeVar("T")

COLLECT_MS = 1000
COLLECT_MOST_MS = 16_000

log = structlog.get_logger()
_running: set[asyncio.Task[object]] = set()


def spawn(work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    """Run `work` beside everything else, under a name that the log can tell; the app's only `create_task`.

    The bridge owns the task until it ends, and logs its failure. Cancel it to end it earlier.
    """
    task = asyncio.get_running_loop().create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_done)
    return task


def now_ms() -> int:
    """Return this machine's UTC milliseconds since 1970; it may jump when somebody sets the clock."""
    return time.time_ns() // 1_000_000


def run_once(app: QApplication, main: Callable[[], Awaitable[T]]) -> T:
    """Run `main` on one loop for Qt and asyncio until it returns; then end every task that is left.

    May be called once per process as soon as Qt WebEngine has been used.
    """
    install_exception_hooks()
    # Otherwise closing a dialog while no other window is open would end the loop.
    app.setQuitOnLastWindowClosed(False)
    collector = Collector()
    loop = qasync.QEventLoop(app)
    loop.set_exception_handler(_loop_complains)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_top(main))
    finally:
        # What was left to be deleted is deleted here, by the thread that owns it, and not by the garbage collector.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        asyncio.set_event_loop(None)
        loop.close()
        collector.close()


class Collector:
    """Collects garbage on the thread that made it, and on no other, until it is closed.

    WORKAROUND: Python collects wherever an allocation happens to cross the threshold, such as a worker that writes the
    inbox. A forgotten Qt object that is destroyed there leaves its events and timers to the main thread, which dies of
    them, hours later and rarely. So the automatic collection is off, and a timer does the same work here. While nothing
    is made there is nothing to collect, and the timer looks ever more seldom: an idle bench shall sleep.
    """

    def __init__(self) -> None:
        """Take over from Python. Needs an event loop of Qt's on this thread."""
        gc.disable()
        self._timer = QTimer(interval=COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def close(self) -> None:
        """Collect once more, and hand back to Python."""
        self._timer.stop()
        gc.collect()
        gc.enable()

    def _collect(self) -> None:
        # The rule is Python's own: an older generation when the younger one was collected often enough.
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation] > 0:
                gc.collect(generation)
                self._timer.setInterval(COLLECT_MS)
                return
        self._timer.setInterval(min(self._timer.interval() * 2, COLLECT_MOST_MS))


async def ask(dialog: QDialog) -> int:
    """Open a dialog and wait for its result, while everything else goes on. Cancelling this rejects the
    dialog.

    `dialog.exec()` must never be used in a coroutine: it runs other tasks inside this one, and they die.
    """
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answered.done():
            answered.set_result(result)

    dialog.finished.connect(finished)
    dialog.open()
    try:
        return await answered
    finally:
        dialog.finished.disconnect(finished)
        if dialog.isVisible():
            dialog.reject()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGINT and SIGTERM. Call it on the running loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))


def install_exception_hooks() -> None:
    """Log what nobody caught: in Qt slots (which Qt would only print), and in threads."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: log.error(
        "A thread failed",
        thread=args.thread.name if args.thread else "",
        exc_info=(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback),
    )


async def _top(main: Callable[[], Awaitable[T]]) -> T:
    try:
        return await main()
    finally:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()


def _done(task: asyncio.Task[object]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("A background task failed", task=task.get_name(), exc_info=error)


def _loop_complains(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    error = context.get("exception")
    log.error(
        "The event loop met an error that nobody awaited",
        reason=str(context.get("message", "")),
        exc_info=error if isinstance(error, BaseException) else None,
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.error("An error was caught by nobody", exc_info=(kind, error, trace))
