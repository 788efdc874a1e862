"""PDF files, drawn by QtPdf in a thread of its own, so that neither the event loop nor a scan ever waits
for a page.

PDFium has one lock for the whole process: a call from the event loop would stand still for as long as any
page is being drawn. So everything that touches PDFium takes its turn at the `PdfPress` first, and a turn
that draws ends only when the page has really been drawn, even if nobody waits for it any more.
`QPdfDocument.render` is never used: it holds the interpreter's lock for as long as it draws.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect, QSize, QSizeF
from PySide6.QtGui import QImage
from PySide6.QtPdf import QPdfDocument, QPdfDocumentRenderOptions, QPdfPageRenderer

from app.stage.surface import CannotShow, Content
from app.windows.paper import Paper, check_file, check_page
from relay.contract.problems import Code

_DPI_PER_POINT = 96 / 72
_WHY = {
    QPdfDocument.Error.FileNotFound: "stage.what.missing",
    QPdfDocument.Error.IncorrectPassword: "stage.what.encrypted",
    QPdfDocument.Error.UnsupportedSecurityScheme: "stage.what.encrypted",
}


class PdfPress:
    """Opens PDF files and lets one of them at a time use PDFium."""

    def __init__(self) -> None:
        """Start idle."""
        self.free = asyncio.Lock()
        self._afterwards: list[Callable[[], None]] = []

    async def open(self, content: Content) -> Paper:
        """Open a file. Raises CannotShow(DOCUMENT_UNREADABLE) for one that is missing, empty, damaged or
        encrypted.
        """
        path = check_file(content.path)
        async with self.free:
            return PdfPaper(self, _load(path))

    def give_back(self) -> None:
        """End a turn that was taken with `free.acquire()`."""
        self.free.release()
        self._tidy()

    def when_free(self, work: Callable[[], None]) -> None:
        """Do `work` as soon as nobody is drawing, which may be now."""
        self._afterwards.append(work)
        self._tidy()

    def _tidy(self) -> None:
        if not self.free.locked():
            waiting, self._afterwards = self._afterwards, []
            for work in waiting:
                work()


class PdfPaper:
    """One open PDF file."""

    def __init__(self, press: PdfPress, document: QPdfDocument) -> None:
        """Take over a loaded document; the caller has the press."""
        self._press = press
        self._document = document
        self._pages = document.pageCount()
        self._renderer = QPdfPageRenderer()
        self._renderer.setRenderMode(QPdfPageRenderer.RenderMode.MultiThreaded)
        self._renderer.setDocument(document)
        self._renderer.pageRendered.connect(self._drawn)
        self._wanted: asyncio.Future[QImage] | None = None

    @property
    def pages(self) -> int | None:
        """How many pages it has."""
        return self._pages

    async def size(self, page: int) -> QSizeF:
        """Tell the page's size, as its own rotation says. Raises CannotShow."""
        check_page(page, self._pages)
        async with self._press.free:
            size = self._document.pagePointSize(page - 1) * _DPI_PER_POINT
        if size.width() <= 0 or size.height() <= 0:
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.page", page=page)
        return size

    async def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:
        """Draw a part of a page; its background stays transparent. Raises CannotShow."""
        options = QPdfDocumentRenderOptions()
        if clip.size() != scaled:
            options.setScaledSize(scaled)
            options.setScaledClipRect(clip)
        await self._press.free.acquire()  # given back in _drawn
        self._wanted = asyncio.get_running_loop().create_future()
        self._renderer.requestPage(page - 1, clip.size(), options)
        image = await self._wanted
        if image.isNull():
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.page", page=page)
        return image

    def close(self) -> None:
        """Let go of the document, as soon as nobody is drawing."""
        self._press.when_free(self._discard)

    def _drawn(self, _page: int, _size: QSize, image: QImage) -> None:
        self._press.give_back()
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(image)

    def _discard(self) -> None:
        # Explicitly, and in this order: left to the garbage collector, they might be destroyed by a worker thread.
        self._renderer.pageRendered.disconnect(self._drawn)
        self._renderer.deleteLater()
        self._document.deleteLater()


def _load(path: Path) -> QPdfDocument:
    document = QPdfDocument()
    error = document.load(str(path))
    what = None
    if error is not QPdfDocument.Error.None_:
        what = _WHY.get(error, "stage.what.damaged")
    elif document.pageCount() < 1:
        what = "stage.what.no_pages"
    if what is not None:
        document.deleteLater()
        raise CannotShow(Code.DOCUMENT_UNREADABLE, what=what)
    return document
