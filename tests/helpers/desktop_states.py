"""The windows that live around the bench window, built with facts of a test, and what they ask for."""

from dataclasses import fields, replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.settings import Settings, load_settings
from app.stage.displays import Monitor, number
from app.stage.scan_result import Tone
from app.stage.shown_before import ShownRecord
from app.stage.status import LinkState
from app.windows.gave_up import GaveUp
from app.windows.history_window import HistoryActions, HistoryWindow
from app.windows.monitor_map import MonitorMap
from app.windows.settings_facts import Rule, SettingsActions, SettingsFacts
from app.windows.settings_window import SettingsWindow
from app.windows.told import Told
from relay.contract.names import DisplayId
from relay.contract.reports import DisplayInfo
from relay.contract.wording import Language, Wording

NOW = 1_800_000_000_000
RECORDS = (
    ShownRecord(at_ms=NOW, order_id="WO-1", title="기어박스", revision="C", display="LG", source="bench"),
    ShownRecord(at_ms=NOW - 1000, order_id="WO-2", display="LG", left="replaced", left_ms=NOW),
    ShownRecord(at_ms=NOW - 2000, order_id="WO-9", code="ORDER_NOT_FOUND"),
    ShownRecord(at_ms=NOW - 3000, url="https://plan.example/7", source="island", left="stopped"),
)
DISPLAYS = (
    DisplayInfo(
        display_id=DisplayId("a"), index=0, name="DELL", width=1920, height=1080, scale=1.0, primary=True
    ),
    DisplayInfo(
        display_id=DisplayId("b"), index=1, name="LG", width=3840, height=2160, scale=1.5, primary=False
    ),
)
FOCUSABLE = (QAbstractButton, QLineEdit, QComboBox, QTableWidget, QPlainTextEdit)


class Asked:
    """Writes down what a window asks for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[object, ...]]] = []

    def to(self, name: str):
        return lambda *values: self.calls.append((name, values))

    def all_of(self, kind: type):
        return kind(**{field.name: self.to(field.name) for field in fields(kind)})


def settings(tmp_path: Path, **changes: object) -> Settings:
    found = load_settings(
        ["--data", str(tmp_path)], environ={}, config=tmp_path / "none", admins=tmp_path / "none.toml"
    )
    return replace(found, **changes)


def facts(tmp_path: Path, **changes: object) -> SettingsFacts:
    return SettingsFacts(
        settings=settings(tmp_path, **changes),
        displays=DISPLAYS,
        link=LinkState.CONNECTED,
        screen="BENCH-07",
        relay="공장 (https://10.0.0.5:8440)",
        version="0.1.0",
        admins_file="/etc/benchcast/desk.toml",
        rules=(Rule(key="island_hours", value="8"), Rule(key="data", value="/d")),
    )


def settings_window(qtbot: QtBot, tmp_path: Path, language: Language = "en", **changes: object):
    asked = Asked()
    monitors = MonitorMap()
    two = [
        Monitor(connector=name, model=model, x=x, y=0, width=1920, height=1080, scale=1.0, primary=x == 0)
        for name, model, x in (("DP-1", "DELL", 0), ("DP-2", "LG", 1920))
    ]
    monitors.show_monitors(Wording(language), number(two))
    window = SettingsWindow(
        language, facts(tmp_path, **changes), asked.all_of(SettingsActions), monitor_map=monitors
    )
    qtbot.addWidget(window)
    window.show()
    return window, asked


def history_window(qtbot: QtBot, language: Language = "en"):
    asked = Asked()
    window = HistoryWindow(language, asked.all_of(HistoryActions))
    qtbot.addWidget(window)
    window.show()
    return window, asked


def words(window: QWidget) -> str:
    QApplication.processEvents()
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    texts += [button.text() for button in window.findChildren(QAbstractButton) if button.isVisible()]
    for table in window.findChildren(QTableWidget):
        texts += [
            item.text()
            for row in range(table.rowCount())
            for column in range(table.columnCount())
            if (item := table.item(row, column)) is not None
        ]
    return " | ".join(texts)


def every_window(qtbot: QtBot, tmp_path: Path, language: Language) -> list[QWidget]:
    history, _ = history_window(qtbot, language)
    history.show_records(RECORDS)
    history.table.selectRow(0)
    chosen, _ = settings_window(qtbot, tmp_path, language)
    gave_up = GaveUp(language, "/logs", lambda: None)
    told = Told(None, Wording(language), "Saved: /x", Tone.GOOD)
    told.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    for window in (gave_up, told):
        qtbot.addWidget(window)
        window.show()
    return [history, chosen, gave_up, told]


def views(window: QWidget) -> list[str]:
    return list(window.pages) if isinstance(window, SettingsWindow) else [""]
