"""A small desk for the wedge on a real X display: prints each scan and each line that a human entered.

Escape empties the field, and is answered with a line of its own: whoever typed something that went wrong begins anew.
"""

import sys

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit

from app.scan.burst import Burst
from app.windows.wedge import Wedge


def main() -> None:
    """Run until standard input ends."""
    app = QApplication(sys.argv)
    wedge = Wedge(Burst())
    wedge.follow(app)
    field = QLineEdit()
    field.setWindowTitle("wedge desk")
    field.resize(400, 60)
    wedge.scanned.connect(lambda heard: print(f"scan {heard.text} field {field.text()!r}", flush=True))
    field.returnPressed.connect(lambda: print(f"typed {field.text()}", flush=True))
    field.textChanged.connect(lambda text: print(f"field {text}", flush=True))
    clear = QShortcut(QKeySequence("Escape"), field)
    clear.activated.connect(lambda: (field.clear(), print("cleared", flush=True)))
    field.show()
    field.activateWindow()
    app.exec()


if __name__ == "__main__":
    main()
