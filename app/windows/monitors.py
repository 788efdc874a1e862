"""The monitors that are connected now, who they are, and who wants to hear when one comes, goes or changes.

How it works: plugging one monitor is a burst of events, so nothing is believed until they have been quiet for the
settle time, or until it has lasted long enough; then the monitors are learnt, and everybody is told once. Only the
loss of a monitor is told at once, because a window manager may carry its windows elsewhere.
"""

from collections.abc import Callable, Sequence
from time import monotonic

import structlog
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen

from app.stage.acquaintances import Acquaintances, Doubt, place_of
from app.stage.displays import WAIT, Display, Missing, Monitor, seat
from app.stage.edid import read_edid
from app.windows.systems.panels import Panel, panel_of, panel_reader
from relay.contract.names import DisplayId

log = structlog.get_logger()

SETTLE_MS = (
    120  # X11 tells one plug in up to ten events within 30 ms; drivers and docks take a few times as long
)
PATIENCE_MS = (
    480  # events that go on and on are believed after this; the second that a window may take is not over
)


class Monitors(QObject):
    """Watches the platform's screens. It hands out values: a QScreen dies with its monitor, so nobody may
    keep one.
    """

    def __init__(
        self,
        app: QGuiApplication,
        *,
        acquaintances: Acquaintances | None = None,
        missing: Missing = WAIT,
        read_panels: Callable[[], Sequence[Panel]] | None = None,
        settle_ms: int = SETTLE_MS,
        patience_ms: int = PATIENCE_MS,
    ) -> None:
        """Begin to watch. `missing` is where the windows of an absent monitor go (`displays.seat`)."""
        super().__init__()
        self.missing: Missing = missing
        self._app = app
        self._acquaintances = acquaintances or Acquaintances()
        self._read_panels = read_panels or panel_reader(app.platformName())
        self._panels: Sequence[Panel] | None = None  # None: to be asked again
        self._present: dict[tuple[Monitor, ...], tuple[Display, ...]] = {}
        self._changed: list[Callable[[], None]] = []
        self._lost: list[Callable[[], None]] = []
        self._leaving: QScreen | None = None
        self._told: tuple[Display, ...] | None = None
        self._patience_ms = patience_ms
        self._unrest_since: float | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(settle_ms)
        self._settle.timeout.connect(self._tell)
        app.screenAdded.connect(self._came)
        app.screenRemoved.connect(self._went)
        app.primaryScreenChanged.connect(self._stirred)
        for screen in app.screens():
            self._watch(screen)

    def displays(self) -> tuple[Display, ...]:
        """List the monitors in the order of their index."""
        monitors = tuple(monitor for monitor, _ in self._monitors())
        if monitors not in self._present:
            if self._told is None:  # the first look is a settled one: nothing has happened yet
                self._told = self._acquaintances.learn(monitors)
            self._present = {monitors: self._acquaintances.look(monitors)}
        return self._present[monitors]

    def absent(self) -> tuple[Display, ...]:
        """List the monitors that were met before and are away, the latest first, each as it was last seen."""
        return self._acquaintances.absent(self.displays())

    def seat(self, wished: Display) -> Display | None:
        """Tell where what belongs on `wished` is to be now; None while it waits for its monitor."""
        return seat(self.displays(), wished, self.missing)

    def screen(self, wished: Display) -> QScreen | None:
        """Find Qt's screen for what belongs on `wished`: its own, or by the rule for missing monitors another one's.

        Use it at once, never keep it.
        """
        seated = self.seat(wished)
        if seated is None:
            return None
        at = place_of(seated)
        return next((screen for monitor, screen in self._monitors() if place_of(monitor) == at), None)

    def doubts(self) -> tuple[Doubt, ...]:
        """List the open questions about who is who."""
        return self._acquaintances.doubts(self.displays())

    def answer(self, display_id: DisplayId, chosen: DisplayId | None) -> None:
        """Settle which monitor is the one that was called `display_id`; None: none of those that are here."""
        self._acquaintances.answer(display_id, chosen)
        self._present.clear()
        self._tell(anyway=True)

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
        self._app.primaryScreenChanged.disconnect(self._stirred)
        self._settle.stop()
        self._changed.clear()
        self._lost.clear()
        self.deleteLater()

    def _monitors(self) -> list[tuple[Monitor, QScreen]]:
        if self._panels is None:
            self._panels = self._read_panels()
        primary = self._app.primaryScreen()
        return [
            (_describe(screen, self._panels, primary=screen is primary), screen)
            for screen in self._app.screens()
            if screen is not self._leaving
        ]

    def _watch(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._stirred)
        screen.logicalDotsPerInchChanged.connect(self._stirred)
        screen.physicalDotsPerInchChanged.connect(self._stirred)

    def _came(self, screen: QScreen) -> None:
        self._watch(screen)
        self._stirred()

    def _went(self, screen: QScreen) -> None:
        self._leaving = screen
        try:
            self._stirred()
            for lost in tuple(self._lost):
                lost()
        finally:
            self._leaving = None

    def _stirred(self) -> None:
        self._panels = None
        now = monotonic()
        self._unrest_since = now if self._unrest_since is None else self._unrest_since
        if not self._settle.isActive() or (now - self._unrest_since) * 1000 < self._patience_ms:
            self._settle.start()

    def _tell(self, *, anyway: bool = False) -> None:
        self._unrest_since = None
        self._panels = None  # what was read in the middle of the unrest may be half of the truth
        displays = self._acquaintances.learn([monitor for monitor, _ in self._monitors()])
        self._present.clear()
        if displays == self._told and not anyway:
            return
        self._told = displays
        log.info("The monitors changed", displays=[display.display_id for display in displays])
        for changed in tuple(self._changed):
            changed()


def _describe(screen: QScreen, panels: Sequence[Panel], *, primary: bool) -> Monitor:
    place, scale = screen.geometry(), screen.devicePixelRatio()
    panel = panel_of(panels, screen.name(), place.x(), place.y()) or Panel()
    edid = read_edid(panel.edid)
    return Monitor(
        connector=panel.connector or screen.name(),
        edid=edid.digest,
        vendor=edid.vendor or panel.vendor,
        # Where there is an EDID its word counts alone: Qt also takes a factory's zeros for a serial number.
        model=edid.model or panel.model or screen.model(),
        serial=edid.serial if edid.digest else panel.serial or screen.serialNumber(),
        x=place.x(),
        y=place.y(),
        width=round(place.width() * scale),
        height=round(place.height() * scale),
        scale=scale,
        primary=primary,
    )
