"""The monitors that are connected now, and who wants to hear when one comes, goes or changes."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen

from app.stage.displays import Display, Monitor, find_again, number

_SETTLE_MS = 60  # plugging in one monitor is a handful of events in a row


class Monitors(QObject):
    """Watches the platform's screens. It hands out values: a QScreen dies with its monitor, so nobody may
    keep one.
    """

    def __init__(self, app: QGuiApplication, *, settle_ms: int = _SETTLE_MS) -> None:
        """Begin to watch."""
        super().__init__()
        self._app = app
        self._changed: list[Callable[[], None]] = []
        self._lost: list[Callable[[], None]] = []
        self._leaving: QScreen | None = None
        self._told = self.displays()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(settle_ms)
        self._settle.timeout.connect(self._tell)
        app.screenAdded.connect(self._came)
        app.screenRemoved.connect(self._went)
        app.primaryScreenChanged.connect(self._settle.start)
        for screen in app.screens():
            self._watch(screen)

    def displays(self) -> tuple[Display, ...]:
        """List the monitors in the order of their index."""
        return tuple(display for display, _ in self._present())

    def screen(self, display: Display) -> QScreen | None:
        """Find Qt's screen for a monitor, also for one that was seen earlier. Use it at once, never keep
        it.
        """
        present = self._present()
        found = find_again([known for known, _ in present], display)
        return next((screen for known, screen in present if known is found), None)

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` once things have settled after a change; returns what ends that."""
        self._changed.append(changed)
        return lambda: self._changed.remove(changed) if changed in self._changed else None

    def listen_for_loss(self, lost: Callable[[], None]) -> Callable[[], None]:
        """Call `lost` at once when a monitor goes, when `displays` no longer lists it; returns what ends
        that.
        """
        self._lost.append(lost)
        return lambda: self._lost.remove(lost) if lost in self._lost else None

    def dismiss(self) -> None:
        """Watch no longer, for good."""
        self._app.screenAdded.disconnect(self._came)
        self._app.screenRemoved.disconnect(self._went)
        self._app.primaryScreenChanged.disconnect(self._settle.start)
        self._settle.stop()
        self._changed.clear()
        self._lost.clear()
        self.deleteLater()

    def _present(self) -> list[tuple[Display, QScreen]]:
        screens = [screen for screen in self._app.screens() if screen is not self._leaving]
        primary = self._app.primaryScreen()
        monitors = [_describe(screen, primary=screen is primary) for screen in screens]
        at = {
            (monitor.connector, monitor.x, monitor.y): screen
            for monitor, screen in zip(monitors, screens, strict=True)
        }
        return [(display, at[display.connector, display.x, display.y]) for display in number(monitors)]

    def _watch(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._settle.start)
        screen.logicalDotsPerInchChanged.connect(self._settle.start)
        screen.physicalDotsPerInchChanged.connect(self._settle.start)

    def _came(self, screen: QScreen) -> None:
        self._watch(screen)
        self._settle.start()

    def _went(self, screen: QScreen) -> None:
        self._leaving = screen
        try:
            for lost in tuple(self._lost):
                lost()
        finally:
            self._leaving = None
        self._settle.start()

    def _tell(self) -> None:
        now = self.displays()
        if now == self._told:
            return
        self._told = now
        for changed in tuple(self._changed):
            changed()


def _describe(screen: QScreen, *, primary: bool) -> Monitor:
    place, scale = screen.geometry(), screen.devicePixelRatio()
    return Monitor(
        connector=screen.name(),
        model=screen.model(),
        serial=screen.serialNumber(),
        x=place.x(),
        y=place.y(),
        width=round(place.width() * scale),
        height=round(place.height() * scale),
        scale=scale,
        primary=primary,
    )
