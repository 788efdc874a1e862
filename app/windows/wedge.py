"""Hears a keyboard-wedge scanner wherever the focus is in this app, and leaves humans' typing alone.

An event filter on whichever of our windows has the focus holds printable keys back, for 65 ms at most, until `Burst`
has said whose they are: a scan is announced and its keys are dropped, so that nothing of it stays in a field; a
human's keys are replayed to where they were meant to go, in their order, and none is lost. Works only while a window
of this app has the focus.
"""

import time
from typing import Protocol, cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from shiboken6 import isValid

_MODIFIERS = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
        Qt.Key.Key_Hangul,
    }
)
_SLACK_SECONDS = 0.015
_SECOND_LOOK_SECONDS = 0.015


class Keystrokes(Protocol):
    """What the wedge asks of `app.scan.burst.Burst`, to which windows are strangers."""

    longest_gap_seconds: float

    def feed(self, text: str, at_seconds: float) -> bool:
        """Hold a key; False: let go what was held before."""
        ...

    def end(self, at_seconds: float) -> str | None:
        """Hear the end key; the scan, or None."""
        ...

    def lapse(self) -> None:
        """Hear that what was held was a human's."""
        ...


class Wedge(QObject):
    """Let it `follow` the application's focus; `scanned` gives each scan's text once."""

    scanned = Signal(str)

    def __init__(
        self, keystrokes: Keystrokes, *, tab_ends: bool = False, parent: QObject | None = None
    ) -> None:
        """Listen for scans that end in Enter, or also in Tab if the scanner is set so."""
        super().__init__(parent)
        self._keystrokes = keystrokes
        self._ends = {Qt.Key.Key_Return, Qt.Key.Key_Enter} | ({Qt.Key.Key_Tab} if tab_ends else set())
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self._replaying = False
        self._app: QGuiApplication | None = None
        self._due = 0.0
        self._looked = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_lapse)

    def follow(self, app: QGuiApplication) -> None:
        """Listen to the window that has the focus now, and to every one that gets it later.

        WORKAROUND: a filter on the application itself sees the objects of Qt WebEngine too, half made as they are, and
        wrapping them for Python ends in a segmentation fault (PySide6 6.12, the first web page in a process).
        """
        self._app = app
        app.focusWindowChanged.connect(self._on_focus)
        self._on_focus(app.focusWindow())

    def leave(self) -> None:
        """Hear nothing any more; what is held goes where it was meant to go."""
        if self._app is None:
            return
        self._app.focusWindowChanged.disconnect(self._on_focus)
        for window in self._app.allWindows():
            window.removeEventFilter(self)
        self._app = None
        self._let_go()

    def _on_focus(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # the same filter twice is installed once

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Decide about one event. Keys come once per window, before any widget sees them."""
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if self._replaying or not watched.isWindowType():
            return False
        key_event, window = cast("QKeyEvent", event), cast("QWindow", watched)
        if key_event.key() in _MODIFIERS:
            return False
        if kind == QEvent.Type.KeyRelease:
            return self._on_release(key_event, window)
        return self._on_press(key_event, window)

    def _on_press(self, event: QKeyEvent, window: QWindow) -> bool:
        # The window system's own time: keys that queue up while this thread is busy keep their distance.
        at_seconds = event.timestamp() / 1000
        if event.key() in self._ends and not event.isAutoRepeat():
            scan = self._keystrokes.end(at_seconds)
            if scan is None:
                self._let_go()
                return False
            self._forget()
            self.scanned.emit(scan)
            return True
        if event.isAutoRepeat() or not _is_character(event):
            self._keystrokes.lapse()
            self._let_go()
            return False
        if not self._keystrokes.feed(event.text(), at_seconds):
            self._let_go()
        self._hold(event, window)
        self._wait()
        return True

    def _on_release(self, event: QKeyEvent, window: QWindow) -> bool:
        # A release must not overtake its press: a button would stay down.
        if not self._held:
            return False
        self._hold(event, window)
        return True

    def _hold(self, event: QKeyEvent, window: QWindow) -> None:
        self._held.append((window, event.clone()))

    def _wait(self) -> None:
        self._looked = False
        self._look_after(self._keystrokes.longest_gap_seconds)

    def _look_after(self, seconds: float) -> None:
        self._due = time.perf_counter() + seconds
        self._timer.start(round(seconds * 1000))

    def _on_lapse(self) -> None:
        if time.perf_counter() - self._due > _SLACK_SECONDS:
            # This thread was busy, so keys may be waiting behind the timer: let them come first.
            self._wait()
            return
        if not self._looked:
            # Keys that came in time may still be behind this timer, or with Qt's thread that reads them. Whose they
            # are is told by their time stamps alone, so a second look makes nobody a scanner.
            self._looked = True
            self._look_after(_SECOND_LOOK_SECONDS)
            return
        self._keystrokes.lapse()
        self._let_go()

    def _forget(self) -> None:
        self._timer.stop()
        self._held.clear()

    def _let_go(self) -> None:
        self._timer.stop()
        held, self._held = self._held, []
        self._replaying = True
        try:
            for window, event in held:
                if isValid(window):
                    QCoreApplication.sendEvent(window, event)
        finally:
            self._replaying = False


def _is_character(event: QKeyEvent) -> bool:
    modifiers = event.modifiers()
    control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
    # Each of the three alone is a shortcut; Ctrl and Alt together are AltGr on Windows, which types characters.
    shortcut = control != alt or bool(modifiers & Qt.KeyboardModifier.MetaModifier)
    return bool(event.text()) and event.text().isprintable() and not shortcut
