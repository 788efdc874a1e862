"""An open document made of pages that can be drawn at any size, wherever the press is that draws it."""

from typing import Any, Protocol

from PySide6.QtCore import QRect, QSize, QSizeF
from PySide6.QtGui import QImage

from app.stage.surface import CannotShow
from app.windows.press_process import Answer
from relay.contract.commands import Rotation
from relay.contract.problems import Code


class Draws(Protocol):
    """What a paper wants of the press."""

    async def ask(self, question: dict[str, Any], *, idle: bool = False) -> Answer:
        """Ask a press. Raises CannotShow."""
        ...

    def forget(self, number: int) -> None:
        """Let go of an opened document."""
        ...


class Paper:
    """An open document. Pages count from 1. Nothing here waits in the event loop."""

    def __init__(self, press: Draws, number: int, source: dict[str, Any], pages: int | None) -> None:
        """Take over a document that the press has opened; `source` says how to open it again."""
        self.number = number
        self.pages = pages  # None where the word makes no sense: a picture
        self._press = press
        self._source = {**source, "paper": number}
        self._sizes: dict[int, QSizeF] = {}

    async def size(self, page: int) -> QSizeF:
        """Tell the page's own size at 96 dpi. Raises CannotShow."""
        check_page(page, self.pages)
        size = self._sizes.get(page)
        if size is None:
            answer = await self._press.ask({"do": "size", "page": page, **self._source})
            size = self._sizes[page] = QSizeF(*answer.said["size"])
        return size

    def known_size(self, page: int) -> QSizeF | None:
        """Tell the page's own size at 96 dpi if it was asked for before, as it is before a page is drawn."""
        return self._sizes.get(page)

    async def draw(
        self, page: int, scaled: QSize, clip: QRect, rotate: Rotation = 0, *, idle: bool = False
    ) -> QImage:
        """Draw the part `clip` of the page at this size in device pixels, then turn it. Raises CannotShow.

        `idle` waits for a moment when nobody wants anything else.
        """
        check_page(page, self.pages)
        question = {
            "do": "draw",
            "page": page,
            "scaled": (scaled.width(), scaled.height()),
            "clip": (clip.x(), clip.y(), clip.width(), clip.height()),
            "rotate": rotate,
        }
        answer = await self._press.ask({**question, **self._source}, idle=idle)
        assert answer.image is not None, "a press that draws brings an image"
        return answer.image

    def close(self) -> None:
        """Let go of the file and the memory."""
        self._press.forget(self.number)


def check_page(page: int, pages: int | None) -> None:
    """Refuse a page that is not there: another page than the wished one would be worse than a clear answer.

    Raises CannotShow(VALIDATION_ERROR).
    """
    if page < 1 or page > (pages or 1):
        raise CannotShow(Code.VALIDATION_ERROR, field="page", reason="reason.range")
