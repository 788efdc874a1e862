"""Picture files inside the press: PNG, JPEG and a few others decoded once, SVG drawn at the size it is seen
at.
"""

import codecs
import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.windows.original import TOO_LARGE, UNREADABLE, CannotDraw, white

_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "bmp", "webp", "tiff"})
_BOOKS = frozenset({"tiff"})  # formats whose further pictures are pages; those of a GIF are an animation
MEGAPIXELS = 100  # 400 MB decoded; a photo of a good camera has 50
_MEGABYTES = MEGAPIXELS * 8  # while it is decoded, a picture may have 16 bits for each colour
_SVG_BYTES = 32_000_000
# Qt's SVG opens files that a drawing names, and default attributes could name one. What a drawing brings along stays.
_LINK = re.compile(rb"""(href\s*=\s*)("(?!\s*(?:#|data:))[^"]*"|'(?!\s*(?:#|data:))[^']*')""", re.IGNORECASE)
_DEFAULTS = re.compile(rb"<!ATTLIST[^>]*>", re.IGNORECASE)


def open_image(path: str, media_type: str | None) -> "RasterPaper | SvgPaper":
    """Open a picture file. Raises CannotDraw."""
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(4096)
            if media_type == "image/svg+xml" or b"<svg" in beginning.replace(b"\0", b""):
                return SvgPaper(_harmless(beginning + file.read(_SVG_BYTES)))
            return RasterPaper(beginning + file.read())
    except OSError as error:
        raise CannotDraw(UNREADABLE, what="stage.what.missing") from error


class RasterPaper:
    """A picture made of pixels: the first of an animation, or each page of a TIFF file."""

    def __init__(self, source: bytes) -> None:
        """Decode the first picture, so that it is known to be good."""
        self._source = source
        self._page = 1
        reader = self._reader()
        self._pages = reader.imageCount() if reader.format().toStdString() in _BOOKS else None
        if self._pages is not None and self._pages < 2:
            self._pages = None
        self._picture = self._decoded(reader, 1)
        if self._pages is None:
            self._source = b""

    @property
    def pages(self) -> int | None:
        """How many pages a TIFF file of several has."""
        return self._pages

    @property
    def cost(self) -> int:
        """The pixels, and the file of one that has more pages."""
        return self._picture.sizeInBytes() + len(self._source)

    def size(self, page: int) -> tuple[float, float]:
        """One pixel is 1/96 inch."""
        picture = self._turned_to(page)
        return float(picture.width()), float(picture.height())

    def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:
        """Scale the visible part smoothly."""
        picture, offset = self._turned_to(page), QPoint(0, 0)
        part = QRect(QPoint(0, 0), scaled)
        if clip.size() != scaled:
            across, down = scaled.width() / picture.width(), scaled.height() / picture.height()
            seen = QRectF(clip.x() / across, clip.y() / down, clip.width() / across, clip.height() / down)
            whole = seen.toAlignedRect().intersected(picture.rect())  # whole pixels of the picture
            picture = picture.copy(whole)
            offset = clip.topLeft() - QPoint(round(whole.x() * across), round(whole.y() * down))
            part.setSize(
                QSize(max(1, round(whole.width() * across)), max(1, round(whole.height() * down))).expandedTo(
                    QSize(offset.x() + clip.width(), offset.y() + clip.height())
                )
            )
        picture = picture.scaled(
            part.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        ).copy(QRect(offset, clip.size()))
        if picture.isNull():
            raise CannotDraw(TOO_LARGE, limit=f"{clip.width()} x {clip.height()}")
        return picture

    def close(self) -> None:
        """Let go of the pixels."""
        self._picture = QImage()
        self._source = b""

    def _turned_to(self, page: int) -> QImage:
        if page != self._page:
            reader = self._reader()
            if not reader.jumpToImage(page - 1):
                raise CannotDraw(UNREADABLE, what="stage.what.page", page=page)
            self._picture = QImage()  # never two of them in memory
            self._picture = self._decoded(reader, page)
            self._page = page
        return self._picture

    def _reader(self) -> QImageReader:
        QImageReader.setAllocationLimit(_MEGABYTES)
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(self._source))
        reader = QImageReader(self._buffer)
        reader.setDecideFormatFromContent(True)
        reader.setAutoTransform(True)  # photos are stored as the phone was held
        if reader.format().toStdString() not in _FORMATS:
            raise CannotDraw(UNREADABLE, what="stage.what.format")
        return reader

    def _decoded(self, reader: QImageReader, page: int) -> QImage:
        size = reader.size()
        if size.width() * size.height() > MEGAPIXELS * 1_000_000:
            raise CannotDraw(TOO_LARGE, limit=f"{MEGAPIXELS} MP")
        picture = reader.read()
        self._buffer.close()
        if picture.isNull() and page == 1:
            raise CannotDraw(UNREADABLE, what="stage.what.damaged")
        if picture.isNull():
            raise CannotDraw(UNREADABLE, what="stage.what.page", page=page)
        if picture.hasAlphaChannel():
            sheet = white(picture.size())
            painter = QPainter(sheet)
            painter.drawImage(0, 0, picture)
            painter.end()
            return sheet
        return picture.convertToFormat(QImage.Format.Format_RGB32)


class SvgPaper:
    """A picture made of shapes."""

    pages = None

    def __init__(self, source: bytes) -> None:
        """Parse the drawing."""
        if len(source) > _SVG_BYTES:
            raise CannotDraw(TOO_LARGE, limit=f"{_SVG_BYTES // 1_000_000} MB")
        self.cost = 10 * len(source)
        self._renderer = QSvgRenderer()
        self._renderer.setAnimationEnabled(False)
        self._renderer.load(QByteArray(source))
        self._size = QSizeF(self._renderer.defaultSize())
        if not self._renderer.isValid() or self._size.isEmpty():
            raise CannotDraw(UNREADABLE, what="stage.what.damaged")

    def size(self, page: int) -> tuple[float, float]:  # noqa: ARG002 - a drawing is one page
        """Tell the size that the file names."""
        return self._size.width(), self._size.height()

    def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:  # noqa: ARG002 - a drawing is one page
        """Draw the visible part at its real size, so that it is sharp."""
        sheet = white(clip.size())
        painter = QPainter(sheet)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self._renderer.render(painter, QRectF(QPoint(0, 0) - clip.topLeft(), QSizeF(scaled)))
        painter.end()
        return sheet

    def close(self) -> None:
        """Let go of the shapes."""
        self._renderer.load(QByteArray(b""))


def _harmless(source: bytes) -> bytes:
    """Take away what would make Qt open other files of this machine."""
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = source.decode("utf-16", "replace")
        source = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode()
    return _LINK.sub(rb'\1""', _DEFAULTS.sub(b"", source))
