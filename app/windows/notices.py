"""Messages over whatever a monitor shows: a strip along its top that never takes the focus and goes by itself.

How it works: each monitor has a board of what is said there and one strip that draws it. The strip is a window of its
own, so that what lies below is painted, and is known to be painted, as if it were not there. On X11 it is one that the
window manager leaves alone: managed windows cannot lie over full-screen ones everywhere. A click or a touch takes a
message away.
"""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPainter, QPaintEvent

from app.stage.displays import CannotShow, Display
from app.stage.notices import Notice, NoticeBoard, Posted
from app.windows.covering_window import CoveringWindow
from app.windows.monitors import Monitors
from app.windows.notice_rows import Row, lay_out, paint
from relay.contract.names import DisplayId, NoticeLevel
from relay.contract.problems import Code
from relay.contract.wording import Language

_PLACING_SECONDS = 3.0
# Where no window manager keeps it on top, whatever is raised meanwhile would hide it.
_LIFT_MS = 300


class Strip(CoveringWindow):
    """Draws the messages of one monitor along its top."""

    def __init__(self, monitors: Monitors, language: Language, dismissed: Callable[[Posted], None]) -> None:
        """Stay hidden until something is said; `dismissed` hears which message was clicked away."""
        super().__init__(monitors)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setWindowTitle("Benchcast notices")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._language: Language = language
        self._dismissed = dismissed
        self._posted: tuple[Posted, ...] = ()
        self._rows: list[Row] = []
        self._painted: tuple[tuple[Posted, ...], QRect] | None = None
        self._lift = QTimer(self)
        self._lift.setInterval(_LIFT_MS)
        self._lift.timeout.connect(self._come_forward)

    def say(self, posted: tuple[Posted, ...], display: Display) -> None:
        """Draw these messages from the next frame on; none hides the strip. Raises CannotShow."""
        self._posted, self._painted = posted, None
        self.setAccessibleName(" · ".join(one.notice.message for one in posted))
        if not posted:
            self._lift.stop()
            self.leave()
            return
        self.place(display)
        if QGuiApplication.platformName() == "xcb":
            self._lift.start()
        self.update()

    def speak(self, language: Language) -> None:
        """Say the same in this language."""
        self._language = language
        self.update()

    def _come_forward(self) -> None:
        self.raise_()
        self.update()  # Qt keeps the request to raise to itself until it has something else to send

    async def shown(self, display: Display) -> None:
        """Return after what is said now was painted on the monitor. Raises CannotShow."""
        await self.reached(
            lambda: self._painted == (self._posted, self.geometry()), display, _PLACING_SECONDS
        )

    def area(self, monitor: QRect, display: Display) -> QRect:  # noqa: ARG002 - always of the whole monitor
        """Take as much of the monitor's top as the messages need."""
        rows = lay_out(self._posted, monitor.size(), self._language)
        height = sum(row.room.height() for row in rows)
        return QRect(monitor.x(), monitor.y(), monitor.width(), max(1, height))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Draw the rows."""
        screen = self.screen().geometry().size()
        self._rows = lay_out(self._posted, screen, self._language)
        painter = QPainter(self)
        for row in self._rows:
            paint(painter, row)
        painter.end()
        self._painted = (self._posted, self.geometry())
        self.stir()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the message away that was clicked: it has been read."""
        at = event.position().toPoint()
        for row in self._rows:
            if row.room.contains(at):
                self._dismissed(row.posted)
                return


class _Corner:
    """One monitor's board, its strip, and the timer that tidies up."""

    def __init__(self, monitors: Monitors, display: Display, language: Language) -> None:
        self.board = NoticeBoard()
        self.display = display
        self.changed = asyncio.Event()
        self.strip = Strip(monitors, language, self.dismiss)
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.tidy)

    def draw(self) -> None:
        """Show what the board says. Raises CannotShow."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()
        end = self.board.next_end
        if end is None:
            self._timer.stop()
        else:
            self._timer.start(max(1, round((end - monotonic()) * 1000) + 1))
        self.strip.say(self.board.posted, self.display)

    def tidy(self) -> None:
        """Take away what has ended."""
        self.board.tidy(monotonic())
        self._draw_anyhow()

    def dismiss(self, posted: Posted) -> None:
        """Take away what was read."""
        self.board.dismiss(posted)
        self._draw_anyhow()

    def end(self) -> None:
        """Be gone for good."""
        self._timer.stop()
        self._timer.deleteLater()
        self.strip.dismiss()

    def _draw_anyhow(self) -> None:
        with contextlib.suppress(CannotShow):  # the monitor has gone; the strip waits for it, hidden
            self.draw()


class Notices:
    """The messages on all monitors. `ring` plays the sound of one."""

    def __init__(self, monitors: Monitors, language: Language) -> None:
        """Say nothing yet."""
        self.ring: Callable[[NoticeLevel], None] = lambda _level: None
        self._monitors = monitors
        self._language: Language = language
        self._corners: dict[DisplayId, _Corner] = {}

    def speak(self, language: Language) -> None:
        """Word in this language from now on."""
        self._language = language
        for corner in self._corners.values():
            corner.strip.speak(language)

    async def show(self, notice: Notice, display: Display, life_seconds: float) -> None:
        """Show a message on this monitor; returns after it was painted there. Raises CannotShow, as EXPIRED if there
        was no room for it in time.
        """
        corner = self._corners.get(display.display_id)
        if corner is None:
            corner = self._corners[display.display_id] = _Corner(self._monitors, display, self._language)
        corner.display = display
        deadline = monotonic() + life_seconds
        while (again := corner.board.post(notice, monotonic())) is not None:
            if monotonic() >= deadline:
                raise CannotShow(Code.EXPIRED)
            try:
                async with asyncio.timeout(max(0.0, min(again, deadline) - monotonic())):
                    await corner.changed.wait()
            except TimeoutError:
                pass
        corner.draw()
        if notice.is_heard:
            self.ring(notice.level)
        await corner.strip.shown(display)

    def dismiss(self) -> None:
        """Take everything away, for good."""
        corners, self._corners = self._corners, {}
        for corner in corners.values():
            corner.end()
