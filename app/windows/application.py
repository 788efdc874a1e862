"""The QApplication, set up as every window of ours expects it."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QLocale, QObject, Qt
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.windows.theme import RESOURCES, STYLE
from relay.contract.wording import Language


def make_application(language: Language) -> QApplication:
    """Make the one application object; it ends when main says so, not with its last window."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)  # for web pages, later
    QLocale.setDefault(QLocale(QLocale.Language.Korean if language == "ko" else QLocale.Language.English))
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    app.setProperty(STYLE, "fusion")
    app.setApplicationName("Benchcast")
    app.setDesktopFileName("benchcast")
    app.setQuitOnLastWindowClosed(False)
    return app


def introduce(app: QApplication) -> None:
    """Give the app its icon and its version: not before the first paint, for each of them reads half a library."""
    from importlib import metadata

    from PySide6.QtGui import QIcon

    app.setWindowIcon(QIcon(str(RESOURCES / "icons" / "benchcast.svg")))
    app.setApplicationVersion(metadata.version("benchcast"))


def pyside_none_safe(calls: int = 200) -> bool:
    """Tell whether this PySide6 keeps its references to None; where it loses them the process dies within
    the hour.

    WORKAROUND for PySide6 6.12.0 on Python 3.11 and older, which drops one reference of None in every call
    that returns nothing. Check it at start-up and refuse to start: it cannot be caught later.
    """
    probe = QObject()
    probe.setObjectName("probe")
    before = sys.getrefcount(None)
    for _ in range(calls):
        probe.setObjectName("probe")
    return sys.getrefcount(None) - before > -calls // 2


class LinkEvents(QObject):
    """Hears the links that macOS gives to a running app; other systems start a second one. Not run there yet."""

    def __init__(self, app: QApplication, on_link: Callable[[str], None]) -> None:
        """Call `on_link` with each."""
        super().__init__()
        self._app = app
        self._on_link = on_link
        if sys.platform == "darwin":  # elsewhere every event of the app would pass through Python for nothing
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take what is to be opened; everything else goes on."""
        if isinstance(event, QFileOpenEvent) and not event.url().isLocalFile():
            self._on_link(event.url().toString())
            return True
        return super().eventFilter(watched, event)

    def close(self) -> None:
        """Hear nothing any more."""
        self._app.removeEventFilter(self)
