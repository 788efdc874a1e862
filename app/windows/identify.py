"""Every monitor's number and name, large, on itself, for a few seconds."""

import asyncio

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from app.stage.displays import CannotShow, Display
from app.windows.covering_window import CoveringWindow
from app.windows.monitors import Monitors
from app.windows.typeface import typeface
from relay.contract.wording import Language, Wording

_GROUND = QColor("#14171b")
_LOUD = QColor("#ffffff")
_QUIET = QColor("#b3bac4")
_PLACING_SECONDS = 3.0


class NumberPlate(CoveringWindow):
    """One monitor's number, as people count: the primary one is 1."""

    def __init__(self, monitors: Monitors, display: Display, language: Language) -> None:
        """Prepare the plate; it shows when it is placed."""
        super().__init__(monitors, transparent_for_input=True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._number = str(display.index + 1)
        self._name = f"{display.name}   {display.width} × {display.height}"
        if display.primary:
            self._name += f"   ·   {Wording(language).say('stage.identify.primary')}"
        self._wished = display
        self._painted_at: QRect | None = None

    async def shown(self) -> None:
        """Return after it was painted on its monitor. Raises CannotShow."""
        await self.reached(lambda: self._painted_at == self.geometry(), self._wished, _PLACING_SECONDS)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint the number over the name."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        height = self.height()
        painter.setPen(_LOUD)
        painter.setFont(typeface(height // 2, bold=True))
        painter.drawText(
            self.rect().adjusted(0, 0, 0, -height // 6), Qt.AlignmentFlag.AlignCenter, self._number
        )
        painter.setPen(_QUIET)
        painter.setFont(typeface(max(12, height // 24)))
        low = self.rect().adjusted(0, height * 3 // 4, 0, 0)
        painter.drawText(low, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self._name)
        painter.end()
        self._painted_at = self.geometry()
        self.stir()


class NumberPlates:
    """Shows a plate on every monitor, and takes them all away again."""

    def __init__(self, monitors: Monitors, language: Language, *, seconds: float = 4.0) -> None:
        """Show nothing yet."""
        self._monitors = monitors
        self._language: Language = language
        self._plates: dict[Display, NumberPlate] = {}
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self.hide)

    def speak(self, language: Language) -> None:
        """Write the next plates in this language."""
        self._language = language

    async def show(self) -> None:
        """Show the plates; returns after each was painted. Asked again, the time begins anew. Raises CannotShow."""
        displays = self._monitors.displays()
        if tuple(self._plates) != displays:
            self.hide()
        for display in displays:
            plate = self._plates.get(display) or NumberPlate(self._monitors, display, self._language)
            try:
                plate.place(display)
            except CannotShow:  # the monitor went in this very moment: it needs no plate
                plate.dismiss()
            else:
                self._plates[display] = plate
        self._timer.start()
        await asyncio.gather(*(plate.shown() for plate in self._plates.values()))

    def hide(self) -> None:
        """Take the plates away."""
        self._timer.stop()
        plates, self._plates = self._plates, {}
        for plate in plates.values():
            plate.dismiss()

    def dismiss(self) -> None:
        """Take the plates away, for good."""
        self.hide()
        self._timer.deleteLater()
