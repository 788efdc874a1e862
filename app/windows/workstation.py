"""All document windows and monitors of this workstation, as the stage wants them."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from app.bridge import now_ms
from app.stage.camera import Snapshot
from app.stage.displays import CannotShow, Display
from app.stage.notices import Notice
from app.stage.status import LinkState
from app.stage.steering import Sight
from app.stage.surface import Stale, Surface, ViewWish
from app.windows.document_window import DocumentWindow
from app.windows.identify import NumberPlates
from app.windows.monitors import Monitors
from app.windows.notices import Notices
from app.windows.photograph import develop
from app.windows.press import Press
from app.windows.web_pictures import WebPictures
from relay.contract.names import NoticeLevel, TriggerId, WindowId
from relay.contract.problems import Code
from relay.contract.steering import Pointer, Viewport
from relay.contract.wording import DEFAULT_LANGUAGE, Language

# A window that was closed is kept so long for whoever opens it again; a page that failed needs half of it (web_view).
_RELEASE_MS = 10_000


class Workstation:
    """The stage's `Windows`. Needs a QApplication, and the bridge's loop for whatever it is asked to show."""

    def __init__(
        self,
        app: QGuiApplication,
        *,
        language: Language = DEFAULT_LANGUAGE,
        patience_seconds: float = 30.0,
        monitors: Monitors | None = None,
    ) -> None:
        """Watch the monitors; open no window yet. A document may take `patience_seconds` to load."""
        self._language: Language = language
        self._patience_seconds = patience_seconds
        self._monitors = monitors or Monitors(app)
        self._press = Press()
        self._plates = NumberPlates(self._monitors, language)
        self._notices = Notices(self._monitors, language)
        self._pictures = WebPictures()
        self._released: dict[WindowId, QTimer] = {}
        self._aged: Callable[[WindowId, Stale | None], None] = lambda _window_id, _stale: None
        self._held: Callable[[WindowId], None] = lambda _window_id: None
        self._seen: Callable[[WindowId, Sight | None], None] = lambda _window_id, _sight: None
        self._relay_now_ms: Callable[[], int] = now_ms
        self._link: LinkState | None = None
        self._windows: dict[WindowId, DocumentWindow] = {}

    def speak(self, language: Language) -> None:
        """Caption in this language from now on, in every window that is open and every later one."""
        self._language = language
        self._plates.speak(language)
        self._notices.speak(language)
        for window in self._windows.values():
            window.speak(language)

    def connection(self, link: LinkState) -> None:
        """Caption how the line to the relay stands, in every window that is open and every later one."""
        self._link = link
        for window in self._windows.values():
            window.connection(link)

    def confirm(self, window_id: WindowId, trigger_id: TriggerId, as_of_ms: int) -> None:
        """Caption what a window shows as confirmed by the relay at this time (its UTC ms), if it is still that."""
        if (window := self._windows.get(window_id)) is not None:
            window.confirm(trigger_id, as_of_ms)

    def keep_time(self, relay_now_ms: Callable[[], int]) -> None:
        """Count the age of documents by this clock: the relay's, in UTC milliseconds."""
        self._relay_now_ms = relay_now_ms

    def warm_up(self) -> None:
        """Start what draws documents, so that the first one need not wait for it. Needs the running loop."""
        self._press.warm_up()

    def listen_for_wear(self, worn_out: Callable[[], None]) -> None:
        """Call `worn_out`, once, when documents can be drawn again only after a restart of the app."""
        self._press.on_worn_out(worn_out)

    @property
    def monitors(self) -> Monitors:
        """The monitors of this workstation."""
        return self._monitors

    def listen_for_holds(self, held: Callable[[WindowId], None]) -> None:
        """Call `held` when a worker has pressed on a document long enough to close it."""
        self._held = held

    def displays(self) -> tuple[Display, ...]:
        """List the monitors that are connected now, in the order of their index."""
        return self._monitors.displays()

    def absent(self) -> tuple[Display, ...]:
        """List the monitors that were met before and are away, the latest first."""
        return self._monitors.absent()

    def seat(self, wished: Display) -> Display | None:
        """Tell on which connected monitor a window is that belongs on `wished`; None while it waits."""
        return self._monitors.seat(wished)

    def surface(self, window_id: WindowId) -> Surface:
        """Return the window of that name; it opens when it is first asked to show something."""
        if (timer := self._released.pop(window_id, None)) is not None:
            timer.stop()
        window = self._windows.get(window_id)
        if window is None:
            window = DocumentWindow(
                window_id,
                self._monitors,
                self._press,
                self._language,
                self._pictures,
                aged=lambda stale: self._aged(window_id, stale),
                held=lambda: self._held(window_id),
                relay_now_ms=self._now_ms,
                patience_seconds=self._patience_seconds,
            )
            window.steered.seen = lambda sight: self._seen(window_id, sight)
            if self._link is not None:
                window.connection(self._link)
            self._windows[window_id] = window
        return window

    def look(self, window_id: WindowId) -> ViewWish:
        """Tell how a window's content is looked at, as a wish that brings that view back."""
        window = self._windows.get(window_id)
        look = None if window is None else window.look()
        return (
            ViewWish()
            if look is None
            else ViewWish(page=look.page, fit=look.fit, zoom=look.zoom, rotate=look.rotate)
        )

    def look_at(self, window_id: WindowId, viewport: Viewport) -> None:
        """Show this part of the page of a window from the next frame on."""
        if (window := self._windows.get(window_id)) is not None:
            window.steered.look_at(viewport)

    def point(self, window_id: WindowId, pointer: Pointer | None) -> None:
        """Show where a finger points in a window; None takes it away."""
        if (window := self._windows.get(window_id)) is not None:
            window.steered.point(pointer)

    def listen_to_sights(self, seen: Callable[[WindowId, Sight | None], None]) -> None:
        """Call `seen` whenever a window shows something else, or otherwise, and with None when it holds nothing."""
        self._seen = seen

    def release(self, window_id: WindowId) -> None:
        """Let go of a window that was closed, unless it is asked for again soon."""
        if window_id in self._windows and window_id not in self._released:
            timer = self._released[window_id] = QTimer()
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self._let_go(window_id))
            timer.start(_RELEASE_MS)

    async def identify(self) -> None:
        """Show every monitor's number and name on it for a few seconds. Raises CannotShow."""
        await self._plates.show()

    async def notify(self, notice: Notice, display: Display, life_seconds: float) -> None:
        """Show a message over what is on this monitor; returns after it was painted there. Raises CannotShow."""
        await self._notices.show(notice, display, life_seconds)

    def ring_with(self, ring: Callable[[NoticeLevel], None]) -> None:
        """Play the sound of a message with this."""
        self._notices.ring = ring

    async def photograph(self, display: Display, window_id: WindowId | None) -> Snapshot:
        """Take a picture of a window, or of all that is on the monitor. Raises CannotShow."""
        if window_id is not None and window_id in self._windows:
            image = self._windows[window_id].grab()
        elif (screen := self._monitors.screen(display)) is not None:
            # The whole desktop's picture, cut to this monitor; null where the system does not grant it (Wayland).
            image = screen.grabWindow(0).toImage()
        else:
            raise CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=display.name)
        return await asyncio.to_thread(develop, image)

    def listen(self, monitors_changed: Callable[[], None]) -> Callable[[], None]:
        """Call `monitors_changed` when a monitor came, went or changed; returns what ends that."""
        return self._monitors.listen(monitors_changed)

    def listen_to_pages(self, aged: Callable[[WindowId, Stale | None], None]) -> None:
        """Call `aged` when a web page's picture takes its place in a window, and with None when it is there again."""
        self._aged = aged

    def forget_pages(self) -> None:
        """Forget how web pages looked: the bench belongs to nobody any more."""
        self._pictures.forget()

    def dismiss(self) -> None:
        """Take every window away, for good: the app is about to end."""
        self._plates.dismiss()
        self._notices.dismiss()
        for timer in self._released.values():
            timer.stop()
        self._released.clear()
        for window in self._windows.values():
            window.dismiss()
        self._windows.clear()
        self._press.dismiss()
        self._monitors.dismiss()

    def _now_ms(self) -> int:
        return self._relay_now_ms()

    def _let_go(self, window_id: WindowId) -> None:
        self._released.pop(window_id).deleteLater()
        self._windows.pop(window_id).dismiss()
