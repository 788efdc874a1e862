"""The history: what was shown at this bench, when, where, on whose wish, and how it ended; searched and exported.

It is a view. It asks through callables and is told through methods; it keeps facts, so that the language can change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QDateTime, Qt, QTimer
from PySide6.QtGui import QBrush, QCloseEvent, QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.stage.scan_result import Tone
from app.stage.shown_before import Search, ShownRecord, Source
from app.windows.bench_mark import MARK_OF, Mark
from app.windows.theme import INK, RESOURCES, dress
from relay.contract.wording import Language, Wording

_PAUSE_MS = 200  # after the last key, before it is searched
_MARK_PX = 20
_COLUMNS = ("time", "subject", "revision", "display", "source", "ending")
# All, what failed, and one for each source.
_FILTERS = ("all", "failed", "bench", "relay", "island")


@dataclass(frozen=True, kw_only=True)
class HistoryActions:
    """What the window asks for."""

    search: Callable[[Search], None]  # answered by `show_records` or `show_error`
    show_again: Callable[[ShownRecord], None]
    export: Callable[[Search], None]


class HistoryWindow(QWidget):
    """A list with a search field. Opening it searches; every change of the field or the filter searches again."""

    def __init__(self, language: Language, actions: HistoryActions) -> None:
        """Build it; it is empty until `show_records`."""
        super().__init__()
        self.setProperty("role", "window")
        self._wording = Wording(language)
        self._actions = actions
        self._records: tuple[ShownRecord, ...] = ()
        self._error: str | None = None
        self.title = QLabel()
        self.title.setProperty("role", "head")
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self.field.setClearButtonEnabled(True)
        self.filter = QComboBox()
        self.table = QTableWidget(0, len(_COLUMNS))
        self.nothing = QLabel()
        self.nothing.setProperty("role", "large")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self._body = QStackedWidget()
        self._body.addWidget(self.table)
        self._body.addWidget(self.nothing)
        self.again, self.export, self.leave = QPushButton(), QPushButton(), QPushButton()
        self.again.setProperty("role", "main")
        self.mark = Mark(28)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self._lay_out()
        self._set_up_table()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.search)
        self.field.textEdited.connect(self._pause.start)
        self.field.returnPressed.connect(self.search)
        self.filter.activated.connect(self.search)
        self.table.itemSelectionChanged.connect(self._choose)
        self.table.itemActivated.connect(self._show_again)
        self.again.clicked.connect(self._show_again)
        self.export.clicked.connect(self._export)
        self.leave.clicked.connect(self.close)
        self.setWindowIcon(QIcon(str(RESOURCES / "icons" / "benchcast.svg")))
        self.resize(1180, 680)
        self.setMinimumSize(900, 480)
        dress(self)
        self.speak(language)

    def wish(self) -> Search:
        """Tell what is looked for now."""
        name = _FILTERS[max(0, self.filter.currentIndex())]
        sources: dict[str, Source] = {"bench": "bench", "relay": "relay", "island": "island"}
        return Search(text=self.field.text(), only_failed=name == "failed", source=sources.get(name))

    def search(self) -> None:
        """Ask for what is looked for now."""
        self._pause.stop()
        self._actions.search(self.wish())

    def show_records(self, records: tuple[ShownRecord, ...]) -> None:
        """Show what was found, the newest first."""
        self._records, self._error = records, None
        self._fill()

    def show_error(self, reason: str) -> None:
        """Say that the history cannot be read."""
        self._records, self._error = (), reason
        self._fill()

    def tell(self, sentence: str, tone: Tone) -> None:
        """Say below the list how the last action went."""
        self.mark.show_mark(MARK_OF[tone], INK[tone])
        self.said.setStyleSheet(f"color: {INK[tone]}")
        self.said.setText(sentence)

    def tell_export(self, file: Path | None, reason: str = "") -> None:
        """Say that the file was written, or why not."""
        if file is None:
            self.tell(self._wording.say("desktop.history.export_failed", reason=reason), Tone.BAD)
        else:
            self.tell(self._wording.say("desktop.history.exported", file=str(file)), Tone.GOOD)

    def speak(self, language: Language) -> None:
        """Word everything."""
        self._wording = Wording(language)
        say = self._wording.say
        self.setWindowTitle(say("desktop.history.title"))
        self.title.setText(say("desktop.history.title"))
        self.field.setPlaceholderText(say("desktop.history.search"))
        self.field.setAccessibleName(say("desktop.history.search"))
        self.filter.setAccessibleName(say("desktop.history.filter"))
        self.table.setAccessibleName(say("desktop.history.title"))
        chosen = max(0, self.filter.currentIndex())
        self.filter.clear()
        self.filter.addItems([say(f"desktop.history.filter.{name}") for name in _FILTERS])
        self.filter.setCurrentIndex(chosen)
        self.table.setHorizontalHeaderLabels([say(f"desktop.history.column.{name}") for name in _COLUMNS])
        self.again.setText(say("desktop.history.again"))
        self.export.setText(say("desktop.history.export"))
        self.leave.setText(say("desktop.close"))
        self.said.setText("")
        self.mark.show_mark(None, "")
        self._fill()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Go out of sight; the next opening searches anew."""
        self._pause.stop()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.title)
        top.addStretch(1)
        top.addWidget(self.field, 2)
        top.addWidget(self.filter)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addWidget(self.mark)
        buttons.addWidget(self.said, 1)
        buttons.addWidget(self.export)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(self._body, 1)
        layout.addLayout(buttons)

    def _set_up_table(self) -> None:
        table = self.table
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # Tab leaves the list, the arrows move in it
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(44)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, name in enumerate(_COLUMNS):
            stretches = name in {"subject", "ending"}
            mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.ResizeToContents
            head.setSectionResizeMode(column, mode)

    def _fill(self) -> None:
        say = self._wording.say
        self.table.clearContents()
        self.table.setRowCount(len(self._records))
        for row, record in enumerate(self._records):
            for column, item in enumerate(self._items(record)):
                self.table.setItem(row, column, item)
        if self._error is not None:
            self.nothing.setText(say("desktop.history.error", reason=self._error))
        else:
            searched = self.wish() != Search()
            self.nothing.setText(say("desktop.history.none_found" if searched else "desktop.history.empty"))
        self._body.setCurrentWidget(self.table if self._records else self.nothing)
        self.export.setEnabled(bool(self._records))
        self._choose()

    def _items(self, record: ShownRecord) -> list[QTableWidgetItem]:
        say = self._wording.say
        time = QDateTime.fromMSecsSinceEpoch(record.at_ms).toString("yyyy-MM-dd HH:mm:ss")
        both = record.order_id and record.title
        subject = f"{record.order_id} · {record.title}" if both else record.subject
        texts = (
            time,
            subject,
            record.revision or "",
            record.display,
            say(f"desktop.history.source.{record.source}"),
            self._ending(record),
        )
        items = [QTableWidgetItem(text) for text in texts]
        for item in items:
            item.setToolTip(item.text())
        tone = Tone.BAD if record.code else Tone.GOOD
        items[-1].setIcon(_mark_icon(tone))
        items[-1].setForeground(QBrush(QColor(INK[tone])))
        return items

    def _ending(self, record: ShownRecord) -> str:
        say = self._wording.say
        if record.code is not None:
            key = f"problem.{record.code}.title"
            reason = say(key) if self._wording.knows(key) else record.code
            return say("desktop.history.failed", reason=reason)
        if record.left is None:
            return say("desktop.history.now")
        time = QDateTime.fromMSecsSinceEpoch(record.left_ms).toString("HH:mm:ss") if record.left_ms else ""
        return say(f"desktop.history.left.{record.left}", time=time).strip()

    def _chosen(self) -> ShownRecord | None:
        row = self.table.currentRow() if self.table.selectedItems() else -1
        return self._records[row] if 0 <= row < len(self._records) else None

    def _choose(self) -> None:
        record = self._chosen()
        self.again.setEnabled(record is not None and record.order_id is not None)

    def _show_again(self) -> None:
        record = self._chosen()
        if record is not None and record.order_id is not None:
            self.tell(self._wording.say("desktop.history.asked", order=record.order_id), Tone.WAITING)
            self._actions.show_again(record)

    def _export(self) -> None:
        self._actions.export(self.wish())


@cache
def _mark_icon(tone: Tone) -> QIcon:
    mark = Mark(_MARK_PX)
    mark.show_mark(MARK_OF[tone], INK[tone])
    pixmap = QPixmap(_MARK_PX, _MARK_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    mark.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    mark.render(pixmap)
    return QIcon(pixmap)
