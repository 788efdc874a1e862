"""The QApplication, set up as every window of ours expects it."""

import sys
from importlib import metadata

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from relay.contract.wording import Language


def make_application(language: Language) -> QApplication:
    """Make the one application object; it ends when main says so, not with its last window."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)  # for web pages, later
    QLocale.setDefault(QLocale(QLocale.Language.Korean if language == "ko" else QLocale.Language.English))
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Benchcast")
    app.setApplicationVersion(metadata.version("benchcast"))
    app.setDesktopFileName("benchcast")
    app.setQuitOnLastWindowClosed(False)
    return app
