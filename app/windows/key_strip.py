"""The newest keys as they came, each in a box of its own with the milliseconds before it: a rhythm that can be seen."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.stage.scan_result import Tone
from app.stage.scanners import RawKey
from app.windows.theme import BUTTON, INK, LINE, QUIET, SMALL_PX, TEXT

MOST = 120
_BOX = 44
_GAP = 6
_FOOT = 20
# Longer names are cut; letters stand alone.
_NAMES = {
    "Return": "⏎",
    "Enter": "⏎",
    "Tab": "⇥",
    "Space": "␣",
    "Backspace": "⌫",
    "CapsLock": "⇪",
    "Shift": "⇧",
}


class KeyStrip(QWidget):
    """Boxes from left to right, as many rows as there is room for; the newest is the last."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._keys: list[RawKey] = []
        self._empty = ""
        self.slow_ms = 50.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def keys(self) -> tuple[RawKey, ...]:
        """What is shown, the newest last."""
        return tuple(self._keys)

    def add(self, key: RawKey) -> None:
        """Show one more."""
        self._keys = [*self._keys, key][-MOST:]
        self.update()

    def clear(self) -> None:
        """Show none."""
        self._keys.clear()
        self.update()

    def speak(self, empty: str, name: str) -> None:
        """Word what stands there while no key has come, and what this is."""
        self._empty = empty
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for three rows of a dozen keys."""
        return QSize(12 * (_BOX + _GAP), 3 * (_BOX + _FOOT + _GAP))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Insist on two rows of six."""
        return QSize(6 * (_BOX + _GAP), 2 * (_BOX + _FOOT + _GAP))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Draw the newest that there is room for."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._keys:
            painter.setPen(QColor(QUIET))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self._empty)
            return
        columns = max(1, (self.width() + _GAP) // (_BOX + _GAP))
        rows = max(1, (self.height() + _GAP) // (_BOX + _FOOT + _GAP))
        # Whole rows are left out at the beginning, so that no key wanders while the others come.
        left_out = max(0, -(-len(self._keys) // columns) - rows) * columns
        for place, key in enumerate(self._keys[left_out:]):
            self._draw(
                painter, key, (place % columns) * (_BOX + _GAP), (place // columns) * (_BOX + _FOOT + _GAP)
            )

    def _draw(self, painter: QPainter, key: RawKey, x: int, y: int) -> None:
        box = QRectF(x + 1, y + 1, _BOX - 2, _BOX - 2)
        painter.setPen(QColor(LINE))
        painter.setBrush(QColor(BUTTON))
        painter.drawRoundedRect(box, 6, 6)
        face = _face(key)
        font = QFont(self.font())
        font.setPixelSize(24 if len(face) == 1 else 13)
        painter.setFont(font)
        painter.setPen(QColor(TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, face)
        if key.gap_ms is None:
            return
        slow = key.gap_ms > self.slow_ms
        font.setPixelSize(SMALL_PX - 3)
        font.setBold(slow)
        painter.setFont(font)
        painter.setPen(QColor(INK[Tone.WAITING] if slow else QUIET))
        painter.drawText(
            QRectF(x - 4, y + _BOX, _BOX + 8, _FOOT), Qt.AlignmentFlag.AlignCenter, f"{key.gap_ms:.0f}"
        )


def _face(key: RawKey) -> str:
    if key.name in _NAMES:
        return _NAMES[key.name]
    if key.text and key.text.isprintable() and not key.text.isspace():
        return key.text
    return key.name[:6] or "·"
