"""Hears a keyboard-wedge scanner wherever the focus is in this app, and leaves humans' typing alone.

An event filter on whichever of our windows has the focus holds printable keys back, for 65 ms at most, until `Burst`
has said whose they are: a scan is announced and its keys are dropped, so that nothing of it stays in a field; a
human's keys are replayed to where they were meant to go, in their order, and none is lost. Works only while a window
of this app has the focus; `has_focus_changed` says when it begins and ends, so that nobody scans into another program
unawares.
"""

import time
from typing import Protocol, cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QWindow
from shiboken6 import isValid

from app.stage.scanners import Heard, RawKey
from app.windows.key_positions import position_of

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
# What scanners frame and separate with, and send as Ctrl and a key: STX, ETX, EOT, GS, RS.
_SEPARATORS = frozenset("\x02\x03\x04\x1d\x1e")
_DEAD_KEYS = {
    Qt.Key.Key_Dead_Grave: "\u0300",
    Qt.Key.Key_Dead_Acute: "\u0301",
    Qt.Key.Key_Dead_Circumflex: "\u0302",
    Qt.Key.Key_Dead_Tilde: "\u0303",
    Qt.Key.Key_Dead_Diaeresis: "\u0308",
    Qt.Key.Key_Dead_Abovering: "\u030a",
    Qt.Key.Key_Dead_Caron: "\u030c",
}
_UNKNOWN = "\ufffd"
_PAUSE_SECONDS = 2.0
_SLACK_SECONDS = 0.015
_SECOND_LOOK_SECONDS = 0.015


class Keystrokes(Protocol):
    """What the wedge asks of `app.scan.burst.Burst`, to which windows are strangers."""

    longest_gap_seconds: float
    ends_with_tab: bool

    @property
    def holding(self) -> bool:
        """Is anything held?"""
        ...

    def takes(self, control: str) -> bool:
        """May this control character be a scanner's?"""
        ...

    def feed(self, text: str, at_seconds: float, *, shift: bool | None = None, key: int = 0) -> bool:
        """Hold a key; False: let go what was held before, and this key as well if nothing is held then."""
        ...

    def complete(self) -> Heard | None:
        """Ask whether the key was a scanner's last; the scan, or None."""
        ...

    def end(self, at_seconds: float) -> Heard | None:
        """Hear the end key; the scan, or None."""
        ...

    def quiet(self) -> Heard | None:
        """Hear that no key came for the longest gap; the scan, or None: let go what was held."""
        ...

    def lapse(self) -> None:
        """Hear that what was held was a human's."""
        ...


class Wedge(QObject):
    """Let it `follow` the application's focus; `scanned` gives each scan (`Heard`) once."""

    scanned = Signal(object)
    # Every key as it came (`RawKey`), while `tells_keys` is set: for the test of a scanner.
    key_came = Signal(object)
    has_focus_changed = Signal(bool)

    def __init__(self, keystrokes: Keystrokes, *, parent: QObject | None = None) -> None:
        """Listen for the scans that `keystrokes` recognises."""
        super().__init__(parent)
        self.tells_keys = False
        self._told_at = 0.0
        self._down: set[int] = set()
        self._use(keystrokes)
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self._replaying = False
        self._app: QGuiApplication | None = None
        self._due = 0.0
        self._looked = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_lapse)

    def use(self, keystrokes: Keystrokes) -> None:
        """Recognise scans in another way from now on; what is held goes where it was meant to go."""
        self._keystrokes.lapse()
        self._let_go()
        self._use(keystrokes)

    @property
    def has_focus(self) -> bool:
        """Would a scan arrive here now?"""
        window: QWindow | None = self._app.focusWindow() if self._app is not None else None
        return window is not None

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

    def _use(self, keystrokes: Keystrokes) -> None:
        self._keystrokes = keystrokes
        self._ends = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if keystrokes.ends_with_tab:
            self._ends.add(Qt.Key.Key_Tab)

    def _on_focus(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # the same filter twice is installed once
        self.has_focus_changed.emit(window is not None)

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
        self._down.add(event.nativeScanCode())
        if self.tells_keys:
            self._tell(event, at_seconds)
        if event.key() in self._ends and not event.isAutoRepeat():
            scan = self._keystrokes.end(at_seconds)
            if scan is None:
                self._let_go()
                return False
            self._take(scan)
            return True
        text = "" if event.isAutoRepeat() else self._character(event)
        if not text:
            self._keystrokes.lapse()
            self._let_go()
            return False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self._keystrokes.feed(text, at_seconds, shift=shift, key=position_of(event)):
            self._let_go()
        if not self._keystrokes.holding:
            return False
        self._hold(event, window)
        if (scan := self._keystrokes.complete()) is not None:
            self._take(scan)
            return True
        self._wait()
        return True

    def _character(self, event: QKeyEvent) -> str:
        """Return what a scanner means by this key; nothing if it sends no such key."""
        text = event.text()
        if _is_character(event):
            return text
        if text in _SEPARATORS and self._keystrokes.takes(text):
            return text
        dead = _DEAD_KEYS.get(Qt.Key(event.key()), "")
        return dead if dead and self._keystrokes.holding else ""

    def _take(self, scan: Heard) -> None:
        self._forget()
        self.scanned.emit(scan)

    def _tell(self, event: QKeyEvent, at_seconds: float) -> None:
        gap_seconds = at_seconds - self._told_at
        self._told_at = at_seconds
        known = 0 <= gap_seconds < _PAUSE_SECONDS
        name = QKeySequence(event.key()).toString() if event.key() else ""
        self.key_came.emit(RawKey(name, event.text(), gap_seconds * 1000 if known else None))

    def _on_release(self, event: QKeyEvent, window: QWindow) -> bool:
        code = event.nativeScanCode()
        was_pressed = code in self._down
        self._down.discard(code)
        # A release must not overtake its press: a button would stay down.
        if not self._held:
            return False
        if code and not was_pressed and not event.isAutoRepeat():
            self._feed_swallowed(event)
        if not self._held:
            return False
        self._hold(event, window)
        return True

    def _feed_swallowed(self, event: QKeyEvent) -> None:
        """Take a key of a scan whose press was kept from us.

        WORKAROUND: on X11, Qt's compose keeps the press of a dead key, and of the letter that it joins with, to itself
        also where no input method is wanted. The release comes all the same, and says which key it was.
        """
        text = _DEAD_KEYS.get(Qt.Key(event.key())) or event.text() or _UNKNOWN
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        at_seconds = event.timestamp() / 1000
        if not self._keystrokes.feed(text, at_seconds, shift=shift, key=position_of(event)):
            self._keystrokes.lapse()
            self._let_go()
            return
        self._wait()

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
        if (scan := self._keystrokes.quiet()) is not None:
            self._take(scan)
            return
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
