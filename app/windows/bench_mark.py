"""A mark: one of the app's icons, drawn in the colour of what it says."""

import re
from functools import cache
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from app.stage.tone import Tone
from app.windows.theme import RESOURCES

MarkName = Literal["shown", "failed", "waiting", "connected", "offline", "monitor", "scan"]
MARK_OF: dict[Tone, MarkName] = {Tone.GOOD: "shown", Tone.WAITING: "waiting", Tone.BAD: "failed"}

# No icon of its own kind: a barcode, for the place where a scan is expected.
_BARS = ((2, 2), (5.5, 1), (8, 2.5), (12, 1), (14.5, 1.5), (17.5, 1), (20, 2))
_SCAN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" color="#000"><g fill="currentColor">'
    + "".join(f'<rect x="{x}" y="5" width="{width}" height="14"/>' for x, width in _BARS)
    + "</g></svg>"
)


class Mark(QWidget):
    """A square of a fixed size with a mark in it."""

    def __init__(self, size_px: int) -> None:
        """Begin empty."""
        super().__init__()
        self.setFixedSize(size_px, size_px)
        self._renderer: QSvgRenderer | None = None
        self.name: MarkName | None = None

    def show_mark(self, name: MarkName | None, colour: str) -> None:
        """Show this one (None: none, but keep its place)."""
        self.name = name
        self._renderer = _renderer(name, colour) if name else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Draw the mark."""
        if self._renderer is not None:
            self._renderer.render(QPainter(self), QRectF(self.rect()))


@cache
def _renderer(name: MarkName, colour: str) -> QSvgRenderer:
    drawing = _SCAN if name == "scan" else (RESOURCES / "icons" / f"{name}.svg").read_text("utf-8")
    coloured = re.sub(r'(<svg[^>]*?) color="[^"]*"', rf'\1 color="{colour}"', drawing, count=1)
    # Qt's SVG knows currentColor only through the attribute of the same element, so it is written out.
    return QSvgRenderer(QByteArray(coloured.replace("currentColor", colour).encode()))
