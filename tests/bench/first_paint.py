"""The app until its first paint, and no further: for counting what that takes. Takes the app's own arguments."""

import os
import sys

from PySide6.QtWidgets import QApplication

from app.main import main
from app.windows.opening import Opened

show = Opened.show


def show_and_end(opened: Opened, app: QApplication) -> None:
    """Paint as ever; then the process is gone."""
    show(opened, app)
    os._exit(0)


Opened.show = show_and_end  # type: ignore[method-assign]
sys.exit(main())
