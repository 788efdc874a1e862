"""Settings, history, tray, menu: what they say in both languages, that keys reach everything, that all is legible."""

import importlib.metadata
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
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

from app.settings import Choices, Settings, load_settings, with_choices
from app.settings_sources import Origin
from app.stage.displays import Monitor, number
from app.stage.scan_result import Tone
from app.stage.shown_before import Search, ShownRecord
from app.stage.status import LinkState
from app.windows import theme
from app.windows.desk_menu import DeskActions, DeskMenu
from app.windows.gave_up import GaveUp
from app.windows.history_window import HistoryActions, HistoryWindow
from app.windows.monitor_map import MonitorMap
from app.windows.settings_facts import Rule, SettingsActions, SettingsFacts
from app.windows.settings_pages import LICENCES
from app.windows.settings_window import SettingsWindow
from app.windows.told import Told
from app.windows.tray import SHAPES, Tray, state_icon
from relay.contract.names import DisplayId
from relay.contract.reports import DisplayInfo
from relay.contract.wording import LANGUAGES, Language, Wording

ROOT = Path(__file__).resolve().parents[3]
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


# Settings.


def test_every_value_says_where_it_comes_from_and_what_is_locked(qtbot, tmp_path):
    origins = {
        "update_check": Origin("admin", "/etc/benchcast/desk.toml"),
        "volume": Origin("choice"),
        "muted": Origin("admin", "/etc/benchcast/desk.toml"),
    }
    window, _ = settings_window(qtbot, tmp_path, origins=origins)
    rows = {row.key: row for row in window.general.rows}
    assert rows["updates"].origin.text() == (
        "From the admin's file /etc/benchcast/desk.toml. Locked: it cannot be changed here."
    )
    assert not window.general.updates.isEnabled()
    assert rows["volume"].origin.text() == "Chosen at this bench."
    assert "Locked" not in rows["sound"].origin.text(), "sound and language are the worker's own"
    assert window.general.sound.isEnabled()
    assert rows["language"].origin.text() == "The default."
    assert not rows["at_login"].origin.isVisible(), "this is no setting of a file"
    window.turn_to("rules")
    assert "/etc/benchcast/desk.toml" in words(window)


def test_a_change_goes_out_at_once_and_the_window_shows_what_is_true_then(qtbot, tmp_path):
    window, asked = settings_window(qtbot, tmp_path)
    general = window.general
    for button in (
        general.languages.buttons["ko"],
        general.sound.buttons[False],
        general.volume.buttons[50],
        general.at_login.buttons[True],
        general.updates.buttons[False],
        general.check_now,
        general.try_sound,
    ):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    window.turn_to("monitors")
    window.monitors.display.setCurrentIndex(2)
    window.monitors.display.activated.emit(2)
    window.monitors.display.activated.emit(window.monitors.display.setCurrentIndex(0) or 0)
    assert asked.calls == [
        ("language", ("ko",)),
        ("muted", (True,)),
        ("volume", (50,)),
        ("starts_at_login", (True,)),
        ("update_check", (False,)),
        ("check_now", ()),
        ("try_sound", ()),
        ("display", (1,)),
        ("display", (None,)),
    ]
    window.show_facts(facts(tmp_path))  # nothing of it held
    assert general.volume.buttons[100].isChecked()
    assert general.at_login.buttons[False].isChecked()
    assert general.volume.buttons[100].text().startswith("✓"), "not by its colour alone"


def test_a_monitor_that_is_away_stays_the_chosen_one(qtbot, tmp_path):
    window, _ = settings_window(qtbot, tmp_path, default_display_index=4)
    window.turn_to("monitors")
    assert window.monitors.display.currentText() == "Monitor 5 · not connected now"
    assert window.monitors.display.currentData() == 4


def test_what_could_not_be_changed_is_said_at_its_place(qtbot, tmp_path):
    window, _ = settings_window(qtbot, tmp_path)
    window.complain("at_login", "It could not be changed: Permission denied")
    assert "⚠ It could not be changed: Permission denied" in words(window)
    window.complain("at_login", "")
    assert "Permission denied" not in words(window)


def test_a_newer_version_is_told_with_where_to_get_it(qtbot, tmp_path):
    window, _ = settings_window(qtbot, tmp_path)
    window.show_facts(replace(facts(tmp_path), newer="0.2.0", newer_note="from \\\\files"))
    assert "Your relay recommends the newer version 0.2.0. from \\\\files" in words(window)


def test_choices_change_what_holds_but_nothing_that_is_locked(tmp_path):
    locked = settings(tmp_path, origins={"screenshots": Origin("admin", "/etc/x")})
    now = with_choices(locked, Choices(update_check=False, volume=25, default_display_index=1))
    assert (now.update_check, now.volume, now.default_display_index) == (False, 25, 1)
    assert now.origin("volume") == Origin("choice")
    assert now.origin("screenshots").where == "admin"
    assert with_choices(now, Choices()).default_display_index is None, "automatic again"


def test_every_brought_along_package_is_in_the_list_of_licences():
    text = LICENCES.read_text("utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        re.split(r"[^A-Za-z0-9._-]", line)[0]
        for line in (*project["dependencies"], *extras["desktop"], *extras["web"])
    ]
    seen: set[str] = set()
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in seen or name == "pyside6":
            continue
        try:
            needs = importlib.metadata.distribution(name).requires or []
        except importlib.metadata.PackageNotFoundError:
            continue  # another system's
        seen.add(name)
        wanted += [re.split(r"[^A-Za-z0-9._-]", need)[0] for need in needs if "extra ==" not in need]
    assert not sorted(name for name in seen if name not in text)


# History.


def test_the_history_says_what_was_shown_where_by_whom_and_how_it_ended(qtbot):
    window, _ = history_window(qtbot)
    window.show_records(RECORDS)
    said = words(window)
    for text in ("WO-1 · 기어박스", "On screen now", "This bench", "Replaced", "The app ended"):
        assert text in said
    assert "Not shown: Order not found" in said
    assert "https://plan.example/7" in said


def test_an_order_is_shown_again_and_a_page_without_one_is_not(qtbot):
    window, asked = history_window(qtbot)
    window.show_records(RECORDS)
    assert not window.again.isEnabled()
    window.table.selectRow(1)
    qtbot.mouseClick(window.again, Qt.MouseButton.LeftButton)
    assert asked.calls[-1] == ("show_again", (RECORDS[1],))
    assert "WO-2 was asked for again" in words(window)
    window.table.selectRow(3)
    assert not window.again.isEnabled()


def test_the_history_is_searched_with_a_pause_after_the_last_key(qtbot):
    window, asked = history_window(qtbot)
    window.field.setFocus()
    qtbot.keyClicks(window.field, "WO-2")
    qtbot.waitUntil(lambda: len(asked.calls) > 0, timeout=3000)
    assert asked.calls == [("search", (Search(text="WO-2"),))]
    window.filter.setCurrentIndex(1)
    window.filter.activated.emit(1)
    assert asked.calls[-1] == ("search", (Search(text="WO-2", only_failed=True),))
    window.filter.setCurrentIndex(4)
    qtbot.mouseClick(window.export, Qt.MouseButton.LeftButton)
    assert asked.calls[-1][0] != "export", "nothing was found, so there is nothing to save"
    window.show_records(RECORDS)
    qtbot.mouseClick(window.export, Qt.MouseButton.LeftButton)
    assert asked.calls[-1] == ("export", (Search(text="WO-2", source="island"),))


def test_an_empty_history_a_vain_search_and_an_error_are_three_things(qtbot):
    window, _ = history_window(qtbot)
    window.show_records(())
    assert "Nothing was shown at this bench yet." in words(window)
    window.field.setText("x")
    window.show_records(())
    assert "Nothing matches." in words(window)
    window.show_error("disk I/O error")
    assert "The history cannot be read: disk I/O error" in words(window)


# Tray and menu.


def test_every_state_has_a_shape_and_a_picture_of_its_own():
    assert SHAPES.keys() == set(LinkState)
    looks = {SHAPES[state] for state in LinkState}
    shapes = [shape for shape, _ in looks]
    assert len(shapes) == len(set(shapes)), "a shape never means two things, whatever its colour"
    pictures = {look: state_icon(*look).pixmap(24, 24).toImage() for look in looks}
    grey = {
        look: tuple(picture.pixelColor(x, y).lightness() // 64 for x in range(24) for y in range(24))
        for look, picture in pictures.items()
    }
    assert len(set(grey.values())) == len(looks), "told apart without colour"


def test_the_menu_opens_everything_from_the_tray_and_from_the_window(qtbot):
    asked = Asked()
    menu = DeskMenu(asked.all_of(DeskActions))
    qtbot.addWidget(menu)
    for language in LANGUAGES:
        menu.speak(Wording(language), "BENCH-07")
        assert all(entry.text() for entry in menu.entries.values())
    assert not menu.state.isEnabled()
    for entry in menu.entries.values():
        entry.trigger()
    assert [name for name, _ in asked.calls] == ["open", "history", "settings", "sheet", "bundle", "quit"]
    opened: list[bool] = []
    tray = Tray(menu, lambda: opened.append(True))
    tray.show_state(LinkState.OFFLINE, "BENCH-07 · Offline")
    tray.icon.activated.emit(tray.icon.ActivationReason.Trigger)
    tray.tell("title", "without a tray nobody hears it")
    assert opened == [True]
    assert tray.icon.toolTip() == "BENCH-07 · Offline"
    assert not tray.is_there
    tray.close()


# Everybody can use it.


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_control_is_reached_with_the_tab_key_has_a_name_and_shows_its_focus(qtbot, tmp_path, language):
    for window in every_window(qtbot, tmp_path, language):
        for view in views(window):
            if view:
                window.turn_to(view)
            window.activateWindow()
            window.setFocus()
            QApplication.processEvents()
            wanted = {
                widget
                for kind in FOCUSABLE
                for widget in window.findChildren(kind)
                if widget.isVisible() and widget.isEnabled() and _is_a_stop(widget)
            }
            reached: set[QWidget] = set()
            for _ in range(80):
                qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
                focused = QApplication.focusWidget()
                if focused is None:
                    continue
                reached.add(focused)
                # A group of monitors is one stop; the arrows move within it.
                if isinstance(focused, QAbstractButton) and focused.group() is not None:
                    reached |= set(focused.group().buttons())
                if isinstance(focused, QAbstractButton | QLineEdit | QComboBox):
                    name = focused.accessibleName() or getattr(focused, "text", lambda: "")()
                    assert name, f"{type(focused).__name__} without a name in {type(window).__name__}"
            missed = [getattr(widget, "text", lambda: "?")() for widget in wanted - reached]
            assert not missed, f"{type(window).__name__} {view}: {missed}"


def _is_a_stop(widget: QWidget) -> bool:
    return widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("kind", ["button", "main", "plain", "checked"])
def test_the_focus_is_seen_on_every_kind_of_button(qtbot, kind):
    from PySide6.QtWidgets import QPushButton, QVBoxLayout

    window = QWidget()
    button, other = QPushButton("A"), QPushButton("B")
    if kind in {"main", "plain"}:
        button.setProperty("role", kind)
    if kind == "checked":
        button.setCheckable(True)
        button.setChecked(True)
    layout = QVBoxLayout(window)
    layout.addWidget(button)
    layout.addWidget(other)
    theme.dress(window)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()

    def border() -> QColor:
        QApplication.processEvents()
        return button.grab().toImage().pixelColor(QPoint(button.width() // 2, 1))

    other.setFocus()
    without = border()
    button.setFocus()
    assert border().name().upper() == theme.FOCUS
    assert theme.contrast(theme.FOCUS, without.name()) >= 3, "seen against what was there before"


def test_every_pair_of_colours_that_occurs_is_legible():
    for text, ground in theme.TEXT_PAIRS:
        assert theme.contrast(text, ground) >= 4.5, (text, ground)
    for shape, ground in theme.SHAPE_PAIRS:
        assert theme.contrast(shape, ground) >= 3.0, (shape, ground)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_visible_text_is_legible_as_it_is_painted(qtbot, tmp_path, language):
    """Every label's own colour against the ground that is really painted around it."""
    for window in every_window(qtbot, tmp_path, language):
        for view in views(window):
            if view:
                window.turn_to(view)
            QApplication.processEvents()
            picture = window.grab().toImage()
            for label in window.findChildren(QLabel):
                if not label.isVisible() or not label.text() or label.width() < 4:
                    continue
                corner = label.mapTo(window, QPoint(0, 0))
                if not window.rect().contains(corner) or label.visibleRegion().isEmpty():
                    continue
                ground = picture.pixelColor(corner).name()
                ink = label.palette().color(label.foregroundRole()).name()
                assert theme.contrast(ink, ground) >= 4.5, (label.text(), ink, ground)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_button_and_no_note_is_cut_off(qtbot, tmp_path, language):
    for window in every_window(qtbot, tmp_path, language):
        for view in views(window):
            if view:
                window.turn_to(view)
            QApplication.processEvents()
            for button in window.findChildren(QAbstractButton):
                if button.isVisible() and button.text() and not isinstance(button.parent(), MonitorMap):
                    assert button.width() >= button.sizeHint().width(), (view, button.text())


@pytest.mark.parametrize("first", LANGUAGES)
def test_the_language_changes_without_a_restart(qtbot, tmp_path, first):
    second: Language = "en" if first == "ko" else "ko"
    for window in every_window(qtbot, tmp_path, first)[:2]:
        window.speak(second)
        hangul = re.findall("[가-힣]{2,}", words(window).replace("한국어", "").replace("기어박스", ""))
        assert bool(hangul) is (second == "ko"), hangul
