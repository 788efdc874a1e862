"""The last good picture of each web page that was shown: in memory alone, a few, and small.

A web page leaves nothing on disk here, and its picture is no exception: it may show what the page's own server
protects. So pictures do not outlive the app.
"""

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

MOST_PICTURES = 16
MOST_BYTES = 16 * 1024 * 1024
_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """How a page looked at `taken_ms`, UTC milliseconds of this machine."""

    jpeg: bytes
    taken_ms: int

    def image(self) -> QImage:
        """Decode it."""
        return QImage.fromData(self.jpeg)


class WebPictures:
    """Keeps one picture for each address, and forgets the ones that were not used for longest."""

    def __init__(self, *, most: int = MOST_PICTURES, most_bytes: int = MOST_BYTES) -> None:
        """Begin with none."""
        self._most = most
        self._most_bytes = most_bytes
        self._pictures: OrderedDict[str, Picture] = OrderedDict()

    def keep(self, url: str, picture: Picture) -> None:
        """Keep the newest picture of this address."""
        self._pictures[url] = picture
        self._pictures.move_to_end(url)
        while len(self._pictures) > self._most or self._bytes() > self._most_bytes:
            self._pictures.popitem(last=False)

    def find(self, url: str) -> Picture | None:
        """Return the last good picture of this address."""
        picture = self._pictures.get(url)
        if picture is not None:
            self._pictures.move_to_end(url)
        return picture

    def forget(self) -> None:
        """Forget all: nothing of this relay's pages is to be seen here any more."""
        self._pictures.clear()

    def _bytes(self) -> int:
        return sum(len(picture.jpeg) for picture in self._pictures.values())


def encode(image: QImage) -> bytes:
    """Make a picture small; some 20 ms for a full screen, so it is done in a worker thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", _QUALITY)  # pyright: ignore[reportCallIssue, reportArgumentType] - stub wants bytes
    return bytes(buffer.data().data())
