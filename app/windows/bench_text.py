"""Text that fits its place: large text that shrinks and wraps before it is cut, and lines that may be cut."""

from bisect import bisect_left

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_STEP_PX = 2


class BigText(QWidget):
    """One text, as large as its place allows between two sizes; wrapped anywhere if a word is too long."""

    def __init__(
        self, *, smallest_px: int, largest_px: int, bold: bool = False, one_line: bool = False
    ) -> None:
        """Begin empty. `one_line`: shrink before wrapping, and wrap only what is too long at its smallest."""
        super().__init__()
        self._text = ""
        self._smallest, self._largest = smallest_px, largest_px
        self._bold, self._one_line = bold, one_line
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str) -> None:
        """Say this; nothing takes no room."""
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def set_largest(self, px: int) -> None:
        """Allow more or less than before."""
        if max(px, self._smallest) == self._largest:
            return
        self._largest = max(px, self._smallest)
        self.updateGeometry()
        self.update()

    def is_cut(self) -> bool:
        """Does the text not even fit at its smallest size?"""
        return self._height(self._smallest, self.width()) > self.height()

    def used_px(self) -> int:
        """Tell the size that it is written in."""
        return self._size_for(self.width(), self.height())

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Ask for room for the largest size that suits this width."""
        return self._height(self._size_for(width, None), width)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for room for the largest size in a usual width."""
        return QSize(400, self.heightForWidth(400))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Insist on one line of the smallest size. Never on more for less width: layouts would go round in circles."""
        return QSize(120, QFontMetrics(self._font_of(self._smallest)).height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Write the text; what does not fit at the smallest size ends in an ellipsis."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        layout, height = self._lay_out(self.used_px(), self.width())
        top = max(0.0, (self.height() - height) / 2)
        if height <= self.height():
            layout.draw(painter, QPointF(0, top))
            return
        painter.setFont(layout.font())
        self._draw_cut(painter, layout)

    def _draw_cut(self, painter: QPainter, layout: QTextLayout) -> None:
        line_height = layout.lineAt(0).height()
        lines = max(1, int(self.height() // line_height))
        for place in range(lines):
            line = layout.lineAt(place)
            if place < lines - 1:
                line.draw(painter, QPointF(0, 0))
                continue
            rest = painter.fontMetrics().elidedText(
                self._text[line.textStart() :], Qt.TextElideMode.ElideRight, self.width()
            )
            painter.drawText(QPointF(0, line.y() + line.ascent()), rest)

    def _size_for(self, width: int, height: int | None) -> int:
        """Find the largest size that suits; a smaller one suits, too. Each that is tried is a font to be loaded."""
        sizes = range(self._largest, self._smallest, -_STEP_PX)
        place = bisect_left(sizes, 1, key=lambda size: int(self._suits(size, width, height)))
        return sizes[place] if place < len(sizes) else self._smallest

    def _suits(self, px: int, width: int, height: int | None) -> bool:
        if height is not None and self._height(px, width) > height:
            return False
        metrics = QFontMetrics(self._font_of(px))
        # No word is broken, and nothing wrapped that need not be, as long as a smaller size prevents it.
        unbroken = [self._text] if self._one_line else self._text.split()
        return all(metrics.horizontalAdvance(part) <= width for part in unbroken)

    def _height(self, px: int, width: int) -> int:
        return round(self._lay_out(px, width)[1] + 0.5)

    def _lay_out(self, px: int, width: int) -> tuple[QTextLayout, float]:
        layout = QTextLayout(self._text, self._font_of(px))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout, height

    def _font_of(self, px: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(px)
        font.setBold(self._bold)
        return font


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where its place is too narrow, and is whole in its tool tip."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Say this."""
        self._whole = text
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Write as much as there is room for."""
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self._whole if shown != self._whole else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
