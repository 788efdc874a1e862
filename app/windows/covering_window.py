"""A window without a frame that covers one monitor, or a part of it, exactly, never takes the focus, and knows when a
frame was painted.

How it works: the geometry is set before full screen, because X11 ignores a screen that was only wished (a
window manager then fills its own favourite). When the monitor goes, the window hides at once, for window
managers carry a full-screen window over to the worker's main screen; when the same monitor returns, the
window returns to it. Whatever else moves the window or makes it small is undone shortly after, a few times.

What "painted" means: the paint event of the wished content happened while the window lay on the wished
monitor and was exposed, the frame has been handed to the window system, and on X11 the server has answered
a question asked after it. What it cannot mean: that a compositor has presented it, that no other program's
window lies above it, that the panel is switched on, or that somebody looked.

On Wayland no program is told where its window lies: there only full screen on an output can be wished, and checked.
"""

import asyncio
import sys
from collections.abc import Callable
from time import monotonic

import structlog
from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMoveEvent, QResizeEvent, QScreen, QShowEvent
from PySide6.QtWidgets import QWidget

from app.stage.displays import CannotShow, Display
from app.stage.places import Area
from app.windows.hold_to_close import HoldToClose
from app.windows.monitors import Monitors
from relay.contract.problems import Code
from relay.contract.wording import Language

log = structlog.get_logger()

_FLAGS = Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowDoesNotAcceptFocus
if sys.platform == "win32":
    _FLAGS |= Qt.WindowType.Tool  # what has no entry in the taskbar there; not run here
_RESEAT_MS = 150  # a window manager moves windows for a moment after monitors have changed
_RESEAT_ON_WAYLAND_MS = 1000  # before it is known where a window lies, a busy compositor has to answer
_RESEATS, _RESEATS_WITHIN = 5, 10.0  # seconds; then somebody insists, and to fight on would flicker


class CoveringWindow(QWidget):
    """Covers the monitor that it was placed on, for as long as that monitor is there."""

    def __init__(self, monitors: Monitors, *, transparent_for_input: bool = False) -> None:
        """Stay hidden until it is placed."""
        flags = _FLAGS | (
            Qt.WindowType.WindowTransparentForInput if transparent_for_input else Qt.WindowType(0)
        )
        super().__init__(None, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, on=False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._monitors = monitors
        self._display: Display | None = None
        self._hold: HoldToClose | None = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._reseats: list[float] = []
        self._reseat = QTimer(self)
        self._reseat.setSingleShot(True)
        self._reseat.setInterval(_RESEAT_ON_WAYLAND_MS if _on_wayland() else _RESEAT_MS)
        self._reseat.timeout.connect(self._seat_again)
        self._stop_listening = (
            monitors.listen(self._monitors_changed),
            monitors.listen_for_loss(self._monitor_lost),
        )

    @property
    def display(self) -> Display | None:
        """The monitor that it belongs on, also while that is away; None while it is not in use."""
        return self._display

    def place(self, display: Display) -> None:
        """Belong on this monitor from now on, and cover it, or the part of it that the display names.

        While it is away, cover what the rule for missing monitors says. Raises CannotShow(DISPLAY_NOT_AVAILABLE) when
        that is none, UNSUPPORTED for a part of a monitor where no window can be told where to lie.
        """
        _check_place(display)
        screen = self._monitors.screen(display)
        if screen is None:
            raise CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=display.name)
        self._display = display
        self._reseats.clear()
        if not (self.isVisible() and self._lies_on(screen, display)):
            self._cover(screen, display)
        self.raise_()  # above other windows there; it cannot take the focus

    def await_monitor(self, display: Display) -> None:
        """Hide until this monitor, which is not there now, returns."""
        self._display = display
        self.hide()

    def leave(self) -> None:
        """Hide, and wait for no monitor."""
        self._display = None
        self.hide()

    def covers(self, display: Display) -> bool:
        """Tell whether the window is exposed and lies exactly where it belongs, as far as Qt knows."""
        screen, handle = self._monitors.screen(display), self.windowHandle()
        return (
            screen is not None and self.isVisible() and handle.isExposed() and self._lies_on(screen, display)
        )

    def area(self, monitor: QRect, display: Display) -> QRect:
        """Tell which part of a monitor, that lies here on the desktop, the window takes, in logical pixels."""
        part = Area(monitor.x(), monitor.y(), monitor.width(), monitor.height()).part(display.place)
        return QRect(part.x, part.y, part.width, part.height)

    def viewport(self, display: Display) -> tuple[QSize, float]:
        """Tell the size in logical pixels that the window has on this monitor, and its scale. Raises
        CannotShow.
        """
        _check_place(display)
        screen = self._monitors.screen(display)
        if screen is None:
            raise CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=display.name)
        return self.area(screen.geometry(), display).size(), screen.devicePixelRatio()

    def offer_closing(self, language: Language, held: Callable[[], None]) -> None:
        """Let a worker close it by hand: `held` is called after somebody pressed on it long enough. Called again, it
        words the gesture in that language.
        """
        if self._hold is None:
            self._hold = HoldToClose(self, language, held)
        else:
            self._hold.speak(language)

    async def reached(self, condition: Callable[[], bool], display: Display, seconds: float) -> None:
        """Wait until the window covers the monitor and `condition` holds, and the window system has the
        frame.

        Raises CannotShow(DISPLAY_NOT_AVAILABLE) when that does not happen in time, or the monitor goes.
        """
        self._follow_handle()
        try:
            async with asyncio.timeout(seconds):
                while not (self.covers(display) and condition()):
                    if self._monitors.screen(display) is None:
                        raise CannotShow(
                            Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=display.name
                        )
                    await self._stirred()
        except TimeoutError as error:
            raise CannotShow(
                Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.not_covered", name=display.name
            ) from error
        # We are woken from inside the paint event, but run after it, when Qt has flushed the backing store.
        if QGuiApplication.platformName() == "xcb":
            # One pixel read back from the server: its answer comes after everything that was sent before.
            self.screen().grabWindow(self.winId(), 0, 0, 1, 1)

    def stir(self) -> None:
        """Look at the conditions that are waited for again."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def dismiss(self) -> None:
        """Hide and be gone for good."""
        self.leave()
        self._reseat.stop()
        for stop in self._stop_listening:
            stop()
        self.stir()
        self.deleteLater()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the native window from its first moment on."""
        super().showEvent(event)
        self._follow_handle()

    def moveEvent(self, event: QMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Paint again: a frame counts only for the place where it was painted."""
        super().moveEvent(event)
        for child in self.findChildren(QWidget):
            child.update()
        self._look_at_seat()
        self.stir()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay the content out again."""
        super().resizeEvent(event)
        self._look_at_seat()
        self.stir()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Notice when somebody makes the window small, or takes it out of full screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._look_at_seat()
            self.stir()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stay: only a command closes a document."""
        if event.spontaneous():
            event.ignore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice when the window system exposes the window."""
        if event.type() in {QEvent.Type.Expose, QEvent.Type.UpdateRequest}:
            self.stir()
        return super().eventFilter(watched, event)

    def _follow_handle(self) -> None:
        # The native window is another one when Qt has made it anew, as it does for the first web page.
        self.windowHandle().removeEventFilter(self)
        self.windowHandle().installEventFilter(self)
        if self._hold is not None:
            self._hold.follow()

    async def _stirred(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _lies_on(self, screen: QScreen, display: Display) -> bool:
        handle, wished = self.windowHandle(), self.area(screen.geometry(), display)
        if handle.screen().name() != screen.name() or self.isMinimized():
            return False
        if _on_wayland():
            is_full = bool(handle.windowStates() & Qt.WindowState.WindowFullScreen)
            return is_full and handle.geometry().size() == wished.size()
        return handle.geometry() == wished and handle.screen().geometry() == screen.geometry()

    def _cover(self, screen: QScreen, display: Display) -> None:
        area = self.area(screen.geometry(), display)
        if _on_wayland():
            # Qt takes a visible window for moved at once; of a new one it hears from the compositor where it may paint.
            self.hide()
        # A window that is full screen already would take a new geometry for a wish to leave full screen.
        self.setWindowState(Qt.WindowState.WindowNoState)
        # Qt still takes a window that was hidden meanwhile for one of the monitor that its own was unplugged for.
        self.setScreen(screen)
        self.setGeometry(area)
        if area == screen.geometry():
            # What showFullScreen does, without its activateWindow.
            self.setWindowState(Qt.WindowState.WindowFullScreen)
        if not self.isVisible():
            self._leave_taskbar()
        self.show()

    def _leave_taskbar(self) -> None:
        if QGuiApplication.platformName() != "xcb":
            return
        from app.windows.systems.on_x11 import leave_taskbar

        window = int(self.winId())
        # The window was made on Qt's line and is spoken of on another one: an answer on the first comes after it.
        self.screen().grabWindow(0, 0, 0, 1, 1)
        leave_taskbar(window)

    def _monitor_lost(self) -> None:
        """Hide before a window manager carries the window elsewhere; what is settled later decides where it goes."""
        if self._display is not None and self.isVisible():
            screen = self._monitors.screen(self._display)
            if screen is None or not self._lies_on(screen, self._display):
                self.hide()
        self.stir()

    def _monitors_changed(self) -> None:
        self._reseats.clear()
        self._seat_again()
        self.stir()

    def _look_at_seat(self) -> None:
        if self._display is not None and self.isVisible():
            self._reseat.start()

    def _seat_again(self) -> None:
        if self._display is None:
            return
        screen = self._monitors.screen(self._display)
        if screen is None:
            self.hide()
            return
        if self.isVisible() and self._lies_on(screen, self._display):
            return
        now = monotonic()
        self._reseats = [when for when in self._reseats if now - when < _RESEATS_WITHIN]
        if len(self._reseats) >= _RESEATS:
            log.warning("The window does not stay on its monitor", window=self.windowTitle())
            return
        self._reseats.append(now)
        self._cover(screen, self._display)
        self._reseat.start()  # and see whether it stays


def _on_wayland() -> bool:
    return QGuiApplication.platformName().startswith("wayland")


def _check_place(display: Display) -> None:
    if display.place != "full" and _on_wayland():
        raise CannotShow(Code.UNSUPPORTED, what="stage.what.no_part")
