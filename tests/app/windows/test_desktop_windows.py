"""Settings, history, tray and menu: what they say and what they ask for."""

import importlib.metadata
import re
import tomllib
from dataclasses import replace
from pathlib import Path

from helpers.desktop_states import (
    RECORDS,
    Asked,
    facts,
    history_window,
    settings,
    settings_window,
    words,
)
from PySide6.QtCore import Qt

from app.settings import Choices, with_choices
from app.settings_sources import Origin
from app.stage.shown_before import Search
from app.stage.status import LinkState
from app.windows.desk_menu import DeskActions, DeskMenu
from app.windows.settings_pages import LICENCES
from app.windows.tray import SHAPES, Tray, state_icon
from relay.contract.wording import LANGUAGES, Wording

ROOT = Path(__file__).resolve().parents[3]


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
