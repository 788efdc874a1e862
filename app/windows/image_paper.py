"""Picture files: PNG, JPEG and a few others decoded, SVG drawn at the size it is seen at, all in a worker
thread.
"""

import asyncio
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.stage.surface import CannotShow, Content
from app.windows.paper import Paper, check_file
from relay.contract.problems import Code

_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "bmp", "webp", "tiff"})
MEGAPIXELS = 100  # 400 MB decoded; a photo of a good camera has 50
_MEGABYTES = MEGAPIXELS * 4
_UNREADABLE = Code.DOCUMENT_UNREADABLE


async def open_image(content: Content) -> Paper:
    """Open a picture file. Raises CannotShow (DOCUMENT_UNREADABLE or DOCUMENT_TOO_LARGE)."""
    path = check_file(content.path)
    return await asyncio.to_thread(_open, path, content.media_type)


class RasterPaper:
    """A picture made of pixels."""

    pages = None

    def __init__(self, picture: QImage) -> None:
        """Show a decoded picture."""
        self._picture = picture

    async def size(self, page: int) -> QSizeF:
        """One pixel is 1/96 inch."""
        _only_page_one(page)
        return QSizeF(self._picture.size())

    async def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:  # noqa: ARG002 - a picture is one page
        """Scale the visible part smoothly."""
        return await asyncio.to_thread(_scale, self._picture, scaled, clip)

    def close(self) -> None:
        """Let go of the pixels."""
        self._picture = QImage()


class SvgPaper:
    """A picture made of shapes."""

    pages = None

    def __init__(self, source: bytes, size: QSizeF) -> None:
        """Show a picture that has been parsed once, so that it is known to be good."""
        self._source = source
        self._size = size

    async def size(self, page: int) -> QSizeF:
        """Tell the size that the file names."""
        _only_page_one(page)
        return self._size

    async def draw(self, page: int, scaled: QSize, clip: QRect) -> QImage:  # noqa: ARG002 - a picture is one page
        """Draw the visible part at its real size, so that it is sharp."""
        return await asyncio.to_thread(_draw_svg, self._source, scaled, clip)

    def close(self) -> None:
        """Let go of the text."""
        self._source = b""


def _only_page_one(page: int) -> None:
    if page != 1:
        raise CannotShow(Code.VALIDATION_ERROR, field="page", reason="reason.range")


def _open(path: Path, media_type: str | None) -> Paper:
    try:
        source = path.read_bytes()
    except OSError as error:
        raise CannotShow(_UNREADABLE, what="stage.what.missing") from error
    if not source:
        raise CannotShow(_UNREADABLE, what="stage.what.empty")
    is_svg = media_type == "image/svg+xml" or b"<svg" in source[:4096]
    opened = _open_svg(source) if is_svg else _decode(source)
    if isinstance(opened, CannotShow):
        raise opened
    return opened


# The functions that hold Qt objects return their refusals: a raised one would keep its frame, and with it objects of
# the worker thread, until some other thread destroys them.
def _decode(source: bytes) -> "RasterPaper | CannotShow":
    QImageReader.setAllocationLimit(_MEGABYTES)
    buffer = QBuffer()
    buffer.setData(QByteArray(source))
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)  # photos are stored as the phone was held
    if reader.format().toStdString() not in _FORMATS:
        return CannotShow(_UNREADABLE, what="stage.what.format")
    size = reader.size()
    if size.width() * size.height() > MEGAPIXELS * 1_000_000:
        return CannotShow(Code.DOCUMENT_TOO_LARGE, limit=f"{MEGAPIXELS} MP")
    picture = reader.read()
    if picture.isNull():
        return CannotShow(_UNREADABLE, what="stage.what.damaged")
    painted_fast = (
        QImage.Format.Format_ARGB32_Premultiplied if picture.hasAlphaChannel() else QImage.Format.Format_RGB32
    )
    return RasterPaper(picture.convertToFormat(painted_fast))


def _open_svg(source: bytes) -> "SvgPaper | CannotShow":
    renderer = _parse_svg(source)
    size = QSizeF(renderer.defaultSize())
    if not renderer.isValid() or size.isEmpty():
        return CannotShow(_UNREADABLE, what="stage.what.damaged")
    return SvgPaper(source, size)


def _scale(picture: QImage, scaled: QSize, clip: QRect) -> QImage:
    if clip.size() != scaled:
        across, down = picture.width() / scaled.width(), picture.height() / scaled.height()
        part = QRectF(clip.x() * across, clip.y() * down, clip.width() * across, clip.height() * down)
        picture = picture.copy(part.toAlignedRect().intersected(picture.rect()))
    return picture.scaled(
        clip.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def _parse_svg(source: bytes) -> QSvgRenderer:
    renderer = QSvgRenderer()
    renderer.setAnimationEnabled(False)  # its timer would need an event loop in the worker thread
    renderer.load(QByteArray(source))
    return renderer


def _draw_svg(source: bytes, scaled: QSize, clip: QRect) -> QImage:
    renderer = _parse_svg(source)
    image = QImage(clip.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    renderer.render(painter, QRectF(QPoint(0, 0) - clip.topLeft(), QSizeF(scaled)))
    painter.end()
    return image
