"""What draws a document inside the press (press_worker): the promise of PDF and picture files, and why one
cannot be drawn.

Nothing here or below may import the contract or the stage: the press starts in 0.15 s because it knows only
Qt.
"""

from typing import Protocol

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage

UNREADABLE = "DOCUMENT_UNREADABLE"
TOO_LARGE = "DOCUMENT_TOO_LARGE"


class CannotDraw(Exception):
    """The file or one of its pages cannot be drawn; `code` and `values` become those of a CannotShow."""

    def __init__(self, code: str, **values: str | int) -> None:
        """Name the problem as the contract does, and what its sentence needs."""
        super().__init__(code)
        self.code = code
        self.values: dict[str, str | int] = values


class Original(Protocol):
    """An open file. Pages count from 1. Everything may take as long as it takes, and may raise CannotDraw."""

    @property
    def pages(self) -> int | None:
        """How many pages it has; None where the word makes no sense (a picture)."""
        ...

    @property
    def cost(self) -> int:
        """How many bytes of memory it holds, roughly."""
        ...

    def size(self, page: int) -> tuple[float, float]:
        """Tell the page's own width and height at 96 dpi."""
        ...

    def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:
        """Draw the part `clip` of the page at this size in pixels, in Format_RGB32."""
        ...

    def close(self) -> None:
        """Let go of the file and the memory."""
        ...


def white(size: QSize) -> QImage:
    """Take a fresh sheet. Raises CannotDraw when the memory does not suffice."""
    sheet = QImage(size, QImage.Format.Format_RGB32)
    if sheet.isNull():
        raise CannotDraw(TOO_LARGE, limit=f"{size.width()} x {size.height()}")
    sheet.fill(0xFFFFFFFF)
    return sheet
