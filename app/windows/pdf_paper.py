"""PDF files, drawn by QtPdf inside the press."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument, QPdfDocumentRenderOptions

from app.windows.original import UNREADABLE, CannotDraw, white

_DPI_PER_POINT = 96 / 72
_DRAWN_BYTES = 8_000_000  # what PDFium keeps of pages that it has drawn; an estimate
_WHY = {
    QPdfDocument.Error.FileNotFound: "stage.what.missing",
    QPdfDocument.Error.IncorrectPassword: "stage.what.encrypted",
    QPdfDocument.Error.UnsupportedSecurityScheme: "stage.what.encrypted",
}


class PdfPaper:
    """One open PDF file. Only what a page needs is read of it, so its size does not matter."""

    cost = _DRAWN_BYTES

    def __init__(self, path: str) -> None:
        """Open the file. Raises CannotDraw for one that is missing, damaged, encrypted or has no pages."""
        self._document = QPdfDocument()
        error = self._document.load(path)
        if error is not QPdfDocument.Error.None_:
            raise CannotDraw(UNREADABLE, what=_WHY.get(error, "stage.what.damaged"))
        self._pages = self._document.pageCount()
        if self._pages < 1:
            raise CannotDraw(UNREADABLE, what="stage.what.no_pages")

    @property
    def pages(self) -> int | None:
        """How many pages it has."""
        return self._pages

    def size(self, page: int) -> tuple[float, float]:
        """Tell the page's size, as its own rotation says."""
        points = self._document.pagePointSize(page - 1)
        width, height = points.width() * _DPI_PER_POINT, points.height() * _DPI_PER_POINT
        if not (0 < width < float("inf") and 0 < height < float("inf")):
            raise CannotDraw(UNREADABLE, what="stage.what.page", page=page)
        return width, height

    def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:
        """Draw a part of a page on white paper."""
        options = QPdfDocumentRenderOptions()
        if clip.size() != scaled:
            options.setScaledSize(scaled)
            options.setScaledClipRect(clip)
        drawn = self._document.render(page - 1, clip.size(), options)
        if drawn.isNull():
            raise CannotDraw(UNREADABLE, what="stage.what.page", page=page)
        sheet = white(clip.size())
        painter = QPainter(sheet)
        painter.drawImage(0, 0, drawn)
        painter.end()
        return sheet

    def close(self) -> None:
        """Let go of the document."""
        self._document.close()
