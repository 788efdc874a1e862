"""A document made of pages that can be drawn at any size: the promise of PDF and picture files, and how
they open.
"""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QRect, QSize, QSizeF
from PySide6.QtGui import QImage

from app.stage.surface import CannotShow
from relay.contract.problems import Code


class Paper(Protocol):
    """An open document. Pages count from 1. Nothing here blocks the event loop for longer than a frame."""

    @property
    def pages(self) -> int | None:
        """How many pages it has; None where the word makes no sense (a picture)."""
        ...

    async def size(self, page: int) -> QSizeF:
        """Tell the page's own size at 96 dpi. Raises CannotShow."""
        ...

    async def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:
        """Draw the part `clip` of the page at this size in device pixels. Raises CannotShow."""
        ...

    def close(self) -> None:
        """Let go of the file and the memory."""
        ...


def check_file(path: Path | None) -> Path:
    """Refuse a file that is missing or empty. Raises CannotShow(DOCUMENT_UNREADABLE)."""
    if path is None or not path.exists():
        raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.missing")
    if path.is_file() and path.stat().st_size == 0:
        raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.empty")
    return path


def check_page(page: int, pages: int | None) -> None:
    """Refuse a page that is not there: another page than the wished one would be worse than a clear answer.

    Raises CannotShow(VALIDATION_ERROR).
    """
    if page < 1 or page > (pages or 1):
        raise CannotShow(Code.VALIDATION_ERROR, field="page", reason="reason.range")
