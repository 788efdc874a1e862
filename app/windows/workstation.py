"""All document windows and monitors of this workstation, as the stage wants them."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from app.stage.displays import Display
from app.stage.surface import Stale, Surface
from app.windows.document_window import DocumentWindow
from app.windows.identify import NumberPlates
from app.windows.monitors import Monitors
from app.windows.press import Press
from app.windows.web_pictures import WebPictures
from relay.contract.names import WindowId
from relay.contract.wording import DEFAULT_LANGUAGE, Language


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
        self._pictures = WebPictures()
        self._aged: Callable[[WindowId, Stale | None], None] = lambda _window_id, _stale: None
        self._windows: dict[WindowId, DocumentWindow] = {}

    def speak(self, language: Language) -> None:
        """Caption in this language from now on, in every window that is open and every later one."""
        self._language = language
        self._plates.speak(language)
        for window in self._windows.values():
            window.speak(language)

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
        window = self._windows.get(window_id)
        if window is None:
            window = DocumentWindow(
                window_id,
                self._monitors,
                self._press,
                self._language,
                self._pictures,
                aged=lambda stale: self._aged(window_id, stale),
                patience_seconds=self._patience_seconds,
            )
            self._windows[window_id] = window
        return window

    def identify(self) -> None:
        """Show every monitor's number and name on it for a few seconds."""
        self._plates.show()

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
        for window in self._windows.values():
            window.dismiss()
        self._windows.clear()
        self._press.dismiss()
        self._monitors.dismiss()
