"""The windows around the bench window for everybody: reached by keys, named, legible, whole, in both languages."""

import re
from dataclasses import replace

import pytest
from helpers.desktop_states import FOCUSABLE, every_window, facts, settings_window, views, words
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from app.windows import theme
from app.windows.monitor_map import MonitorMap
from app.windows.settings_facts import Rule
from relay.contract.wording import LANGUAGES, Language


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


def test_a_page_that_is_only_read_scrolls_with_the_keys(qtbot, tmp_path):
    window, _ = settings_window(qtbot, tmp_path)
    rules = tuple(Rule(key="island_hours", value=str(number)) for number in range(30))
    window.show_facts(replace(facts(tmp_path), rules=rules))
    window.turn_to("rules")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    area = window.stack.currentWidget()
    assert isinstance(area, QScrollArea)
    for _ in range(20):
        if area.hasFocus():
            break
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
    assert area.hasFocus()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    qtbot.keyClick(area, Qt.Key.Key_PageDown)
    assert area.verticalScrollBar().value() > 0


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
