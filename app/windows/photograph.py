"""Pictures of a window or a monitor, as files of a bounded size."""

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage

from app.stage.camera import Snapshot
from app.stage.displays import CannotShow
from relay.contract.pictures import LARGEST_BYTES, LONGEST_SIDE
from relay.contract.problems import Code

_JPEG_QUALITIES = (90, 75, 50)


def develop(image: QImage) -> Snapshot:
    """Make a file of a picture: PNG, and JPEG where that would be too large. Takes its time; needs no Qt thread.

    Raises CannotShow(UNSUPPORTED) for a picture without content.
    """
    if image.isNull():
        raise CannotShow(Code.UNSUPPORTED, what="stage.what.no_monitor_picture")
    image.setDevicePixelRatio(1.0)
    if max(image.width(), image.height()) > LONGEST_SIDE:
        image = image.scaled(
            QSize(LONGEST_SIDE, LONGEST_SIDE),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    data = _write(image, "PNG", -1)
    if len(data) <= LARGEST_BYTES:
        return Snapshot(data=data, media_type="image/png", width=image.width(), height=image.height())
    for quality in _JPEG_QUALITIES:
        data = _write(image, "JPEG", quality)
        if len(data) <= LARGEST_BYTES:
            break
    return Snapshot(data=data, media_type="image/jpeg", width=image.width(), height=image.height())


def _write(image: QImage, form: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form, quality)  # pyright: ignore[reportCallIssue, reportArgumentType] - PySide's stubs
    return bytes(buffer.data().data())
