"""A document that has another revision than when this window last showed it: noticed, and said over it for a
moment.
"""

from collections import OrderedDict

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.stage.scan_result import Tone
from app.stage.surface import Content
from app.windows.caption import draw_shape
from app.windows.caption_words import Shape
from app.windows.theme import INK, PLATE
from app.windows.typeface import typeface
from relay.contract.wording import Language, Wording

BAND_MS = 8000
_MOST_REMEMBERED = 500


class Revisions:
    """Remembers which revision of a document was shown last, of the latest 500 documents."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown: OrderedDict[str, str] = OrderedDict()

    def before(self, content: Content) -> str:
        """Tell the other revision that was shown of this document before; empty if there was none."""
        before = self._shown.get(_document(content), "")
        return before if content.revision and before != content.revision else ""

    def shown(self, content: Content) -> None:
        """Remember that this is what was shown."""
        document = _document(content)
        if document and content.revision:
            self._shown[document] = content.revision
            self._shown.move_to_end(document)
            if len(self._shown) > _MOST_REMEMBERED:
                self._shown.popitem(last=False)


class RevisionBand(QWidget):
    """Says over the top of a document, for eight seconds, that its revision has changed."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        """Stay hidden."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._language: Language = language
        self._before = self._revision = ""
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(BAND_MS)
        self._leaving.timeout.connect(self.hide)
        self.hide()

    def announce(self, before: str, revision: str) -> None:
        """Say it from the next frame on."""
        self._before, self._revision = before, revision
        self._reword()
        self.show()
        self.raise_()
        self._leaving.start()

    def leave(self) -> None:
        """Go before the time is over."""
        self._leaving.stop()
        self.hide()

    def speak(self, language: Language) -> None:
        """Say the same in this language."""
        self._language = language
        self._reword()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Paint one line in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(PLATE[Tone.WAITING]))
        ink, height = QColor(INK[Tone.WAITING]), self.height()
        painter.fillRect(0, height - max(2, height // 20), self.width(), height, ink)
        font = typeface(round(height * 0.46), bold=True)
        words = self._words()
        side = height * 0.34
        width = side * 1.6 + QFontMetrics(font).horizontalAdvance(words)
        left = max(side / 2, (self.width() - width) / 2)
        draw_shape(painter, Shape.DIAMOND, QRectF(left, (height - side) / 2, side, side), ink)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(
            self.rect().adjusted(round(left + side * 1.6), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words
        )
        painter.end()

    def _words(self) -> str:
        return Wording(self._language).say(
            "caption.revision_band", before=self._before, revision=self._revision
        )

    def _reword(self) -> None:
        self.setAccessibleName(self._words())
        self.update()


def _document(content: Content) -> str:
    if content.document_id is not None:
        return f"document {content.document_id}"
    return "" if content.order_id is None else f"order {content.order_id} {content.title}"
