"""Imports what a window does not need to be seen, on a thread of its own, while the window goes on being painted.

What it must never do: import a file that makes a Qt object while it is imported; the object would belong to a thread
that ends. Files of ours make none, and PySide's classes belong to no thread.
"""

import importlib

from PySide6.QtCore import QEventLoop, QThread


class _Importing(QThread):
    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for name in self._names:
                importlib.import_module(name)
        except BaseException as failure:  # noqa: BLE001 - raised again, by the thread that waits
            self.failure = failure


def import_meanwhile(*names: str) -> None:
    """Import these files in this order and return when they are there; raises whatever they raise.

    Meanwhile windows are painted. Keys and clicks wait until the app can answer them, and none is lost.
    """
    importing, loop = _Importing(names), QEventLoop()
    importing.finished.connect(loop.quit)
    importing.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    importing.wait()
    if importing.failure is not None:
        raise importing.failure
