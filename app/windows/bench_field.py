"""A field that a scanner may hit: no input method composes in it, keys arrive as they were pressed."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QLabel, QLineEdit


class Field(QLineEdit):
    """One line of ASCII, as all orders' barcodes, links, addresses and codes are; anything can be pasted."""

    def __init__(self, label: QLabel) -> None:
        """Begin empty; `label` names the field."""
        super().__init__()
        # A Korean input method would turn a scanner's WO into 재. Scans are repaired as well
        # (app.scan.hangul), for systems where a keyboard layout, not an input method, makes the jamo.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setInputMethodHints(Qt.InputMethodHint.ImhLatinOnly | Qt.InputMethodHint.ImhNoPredictiveText)
        self.setMinimumHeight(58)
        label.setBuddy(self)
        self._label = label

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 - Qt's name
        """Take nothing from an input method: on X11 Qt's compose commits to a field that wants none."""
        event.ignore()

    def name(self, label: str, placeholder: str) -> None:
        """Word label and placeholder."""
        self._label.setText(label)
        self.setAccessibleName(label)
        self.setPlaceholderText(placeholder)
