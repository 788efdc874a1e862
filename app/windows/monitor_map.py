"""The monitors as they stand on the desk: each with its number, its name and what it shows; one can be chosen.

It holds no facts and asks nobody: whoever shows it tells it the monitors again when they change. Chosen by mouse,
touch, or the keyboard (Tab to the map, arrows between the monitors). The choice stays when monitors come and go, by
the monitor's id.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLabel, QSizePolicy, QWidget

from app.stage.displays import Display
from app.windows.theme import ACCENT, BODY_PX, BUTTON, FOCUS, LINE, QUIET, SMALL_PX, TEXT
from app.windows.typeface import typeface
from relay.contract.names import DisplayId
from relay.contract.wording import Wording

_GAP = 8
_SMALLEST = QSize(280, 150)


class MonitorMap(QWidget):
    """A live map. `chosen` carries the id of the monitor that a person has just chosen."""

    chosen = Signal(str)

    def __init__(self) -> None:
        """Begin without monitors, and without a choice."""
        super().__init__()
        self.setMinimumSize(_SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._displays: tuple[Display, ...] = ()
        self._selected: DisplayId | None = None
        self._tiles: list[_Tile] = []
        self._group = QButtonGroup(self)
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "quiet")

    @property
    def selected(self) -> DisplayId | None:
        """The monitor that is chosen, also while it is away."""
        return self._selected

    def select(self, display_id: DisplayId | None) -> None:
        """Choose a monitor without telling anybody; None chooses none."""
        self._selected = display_id
        self._group.setExclusive(False)
        for tile in self._tiles:
            tile.setChecked(tile.display.display_id == display_id)
        self._group.setExclusive(True)

    def show_monitors(
        self,
        wording: Wording,
        displays: Sequence[Display],
        showing: Mapping[DisplayId, str] | None = None,
        *,
        eligible: Sequence[DisplayId] | None = None,
    ) -> None:
        """Show these monitors, and what each of them shows; only `eligible` ones (None: all) can be chosen."""
        say, held = wording.say, self._focused()
        for tile in self._tiles:
            self._group.removeButton(tile)
            tile.hide()
            tile.deleteLater()
        self._displays, self._tiles = tuple(displays), []
        for display in displays:
            what = (showing or {}).get(display.display_id) or say("desk.monitors.idle")
            role = say("desk.monitors.primary") if display.primary else ""
            tile = _Tile(self, display, role, what)
            named = say("monitors.map.tile", number=display.index + 1, name=display.name)
            tile.setAccessibleName(", ".join(part for part in (named, role, what) if part))
            tile.setEnabled(eligible is None or display.display_id in eligible)
            tile.clicked.connect(self._clicked)
            tile.show()
            self._group.addButton(tile)
            self._tiles.append(tile)
        self.setAccessibleName(say("monitors.map.name"))
        self._empty.setText(say("monitors.map.empty"))
        self._empty.setVisible(not displays)
        self.select(self._selected)
        self._lay_out()
        for tile in self._tiles:
            if held == tile.display.display_id:
                tile.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the map as large as its place allows."""
        super().resizeEvent(event)
        self._lay_out()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for a place in which a name can be read."""
        return QSize(480, 220)

    def _focused(self) -> DisplayId | None:
        within = self.focusWidget()  # also while the window is not the active one
        return within.display.display_id if isinstance(within, _Tile) else None

    def _clicked(self) -> None:
        tile = self.sender()
        if isinstance(tile, _Tile):
            self._selected = tile.display.display_id
            self.chosen.emit(self._selected)

    def _lay_out(self) -> None:
        self._empty.setGeometry(self.rect())
        for tile, box in zip(self._tiles, arrange(self._displays, self.size()), strict=True):
            tile.setGeometry(box)


def arrange(displays: Sequence[Display], room: QSize) -> list[QRect]:
    """Lay the monitors out as they stand on the desk, as large as the room allows, in the middle of it."""
    if not displays:
        return []
    boxes = [QRect(each.x, each.y, each.width, each.height) for each in displays]
    if any(one.intersects(other) for at, one in enumerate(boxes) for other in boxes[:at]):
        # macOS places monitors in points, and sizes are native pixels: in points they meet again.
        boxes = [
            QRect(each.x, each.y, round(each.width / each.scale), round(each.height / each.scale))
            for each in displays
        ]
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.united(box)
    factor = min(room.width() / max(1, whole.width()), room.height() / max(1, whole.height()))
    left = (room.width() - whole.width() * factor) / 2
    top = (room.height() - whole.height() * factor) / 2
    return [
        QRectF(
            left + (box.x() - whole.x()) * factor,
            top + (box.y() - whole.y()) * factor,
            box.width() * factor,
            box.height() * factor,
        )
        .toRect()
        .adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        for box in boxes
    ]


class _Tile(QAbstractButton):
    """One monitor of the map."""

    def __init__(self, parent: QWidget, display: Display, role: str, what: str) -> None:
        super().__init__(parent)
        self.display = display
        self._lines = [display.name, *([role] if role else []), what]
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("\n".join(self._lines))
        self.setText(str(display.index + 1))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        """Draw the number large, the words below it, and a tick when it is chosen: colour says nothing alone."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        edge = FOCUS if self.hasFocus() else TEXT if self.isChecked() else LINE
        painter.setPen(QPen(QColor(edge), 4 if self.hasFocus() or self.isChecked() else 2))
        painter.setBrush(QColor(ACCENT if self.isChecked() else BUTTON))
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        painter.drawRoundedRect(box, 8, 8)
        room = self.rect().adjusted(10, 6, -10, -8)
        line = SMALL_PX + 6
        lines = self._lines[: max(0, (room.height() - BODY_PX - 8) // line)]
        painter.setPen(QColor(TEXT))
        number = max(BODY_PX, min(64, room.height() - line * len(lines) - 6))
        painter.setFont(typeface(number, bold=True))
        head = QRect(room.x(), room.y(), room.width(), room.height() - line * len(lines))
        sign = f"{self.text()} ✓" if self.isChecked() else self.text()
        painter.drawText(head, Qt.AlignmentFlag.AlignCenter, sign)
        painter.setFont(typeface(SMALL_PX))
        metrics = painter.fontMetrics()
        for place, words in enumerate(lines):
            painter.setPen(QColor(TEXT if place == 0 or self.isChecked() else QUIET))
            at = QRect(room.x(), head.bottom() + 1 + place * line, room.width(), line)
            cut = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, cut)
        painter.end()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Leave the size to the map."""
        return QSize(120, 80)
