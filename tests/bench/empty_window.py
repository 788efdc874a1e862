"""The floor for a start: an empty window of PySide6, which prints when it was painted (UTC, nanoseconds)."""

import sys
import time

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

app = QApplication(sys.argv[:1])
window = QWidget()
window.resize(1280, 720)
window.show()
quietly = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
while not window.windowHandle().isExposed():
    app.processEvents(quietly, 20)
app.processEvents(quietly)
print(time.time_ns(), flush=True)
