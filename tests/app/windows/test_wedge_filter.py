"""The wedge inside Qt: a scan arrives once and leaves no trace, a human's keys all arrive."""

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.scan.burst import Burst
from app.windows.wedge import Wedge


class Form(QWidget):
    """A window with a field and a button, and a wedge over the whole application."""

    def __init__(self, *, tab_ends: bool = False) -> None:
        super().__init__()
        self.field, self.button = QLineEdit(), QPushButton("button")
        self.entered: list[str] = []
        self.clicks = 0
        self.field.returnPressed.connect(lambda: self.entered.append(self.field.text()))
        self.button.clicked.connect(self._click)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addWidget(self.button)
        self.scans: list[str] = []
        self.wedge = Wedge(Burst(suffix="tab" if tab_ends else "enter"), parent=self)
        self.wedge.scanned.connect(lambda heard: self.scans.append(heard.text))

    def _click(self) -> None:
        self.clicks += 1

    def type(self, text: str, *, gap_ms: int = 0) -> None:
        for sign in text:
            QTest.keyClick(self.windowHandle(), sign, delay=gap_ms)

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.windowHandle(), key)


@pytest.fixture
def form(qtbot: QtBot, qapp: QApplication) -> Iterator[Form]:
    form = Form()
    yield from _shown(form, qtbot, qapp)


@pytest.fixture
def tab_form(qtbot: QtBot, qapp: QApplication) -> Iterator[Form]:
    yield from _shown(Form(tab_ends=True), qtbot, qapp)


def _shown(form: Form, qtbot: QtBot, qapp: QApplication) -> Iterator[Form]:
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    form.field.setFocus()
    form.wedge.follow(qapp)
    yield form
    form.wedge.leave()


def test_a_scan_arrives_once_and_leaves_nothing_in_the_field(form: Form, qtbot: QtBot) -> None:
    form.type("WO-2025-0001+D2")
    form.press(Qt.Key.Key_Return)
    assert form.scans == ["WO-2025-0001+D2"]
    QTest.qWait(80)
    assert form.field.text() == ""
    assert form.entered == []


def test_a_scan_arrives_whatever_has_the_focus(form: Form) -> None:
    form.button.setFocus()
    form.type("WO 2025")  # a blank would press the button
    form.press(Qt.Key.Key_Enter)
    assert form.scans == ["WO 2025"]
    assert form.clicks == 0
    assert not form.button.isDown()


def test_two_scans_are_two(form: Form) -> None:
    for text in ("WO-1", "WO-2"):
        form.type(text)
        form.press(Qt.Key.Key_Return)
    assert form.scans == ["WO-1", "WO-2"]


def test_a_human_s_typing_arrives_key_by_key(form: Form, qtbot: QtBot) -> None:
    form.type("WO-7", gap_ms=85)
    qtbot.waitUntil(lambda: form.field.text() == "WO-7")
    form.press(Qt.Key.Key_Return)
    assert form.scans == []
    assert form.entered == ["WO-7"]


def test_a_fast_run_without_enter_is_replayed_after_the_gap(form: Form, qtbot: QtBot) -> None:
    form.type("WO-2025")
    assert form.field.text() == ""
    qtbot.waitUntil(lambda: form.field.text() == "WO-2025")
    assert form.scans == []


def test_a_few_fast_keys_and_enter_go_to_the_field_in_their_order(form: Form) -> None:
    form.type("42")
    form.press(Qt.Key.Key_Return)
    assert form.entered == ["42"]
    assert form.scans == []


def test_a_key_that_no_scanner_sends_lets_the_held_ones_go_first(form: Form) -> None:
    form.type("abc")
    form.press(Qt.Key.Key_Backspace)
    form.type("de")
    form.press(Qt.Key.Key_Home)
    assert form.field.text() == "abde"
    assert form.field.cursorPosition() == 0


def test_a_quick_blank_on_a_button_still_clicks_it(form: Form, qtbot: QtBot) -> None:
    form.button.setFocus()
    form.press(Qt.Key.Key_Space)  # press and release within the gap: the release must not overtake
    qtbot.waitUntil(lambda: form.clicks == 1)
    assert not form.button.isDown()


def test_a_shortcut_is_no_scan(form: Form) -> None:
    form.field.setText("all of it")
    QTest.keyClick(form.windowHandle(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert form.field.selectedText() == "all of it"


def test_capitals_come_with_their_shift_key(form: Form) -> None:
    for sign in "WO-1":
        QTest.keyPress(form.windowHandle(), Qt.Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClick(form.windowHandle(), sign, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyRelease(form.windowHandle(), Qt.Key.Key_Shift)
    form.press(Qt.Key.Key_Return)
    assert form.scans == ["WO-1"]


def test_tab_ends_a_scan_only_if_it_is_set_so(tab_form: Form) -> None:
    tab_form.type("WO-2025")
    tab_form.press(Qt.Key.Key_Tab)
    assert tab_form.scans == ["WO-2025"]
    assert tab_form.field.hasFocus()


def test_tab_is_a_human_s_otherwise(form: Form) -> None:
    form.type("WO-2025")
    form.press(Qt.Key.Key_Tab)
    assert form.scans == []
    assert form.field.text() == "WO-2025"
    assert form.button.hasFocus()


def test_a_window_that_closes_meanwhile_takes_its_keys_along(
    form: Form, qtbot: QtBot, qapp: QApplication
) -> None:
    other = QLineEdit()
    other.show()
    qtbot.waitExposed(other)
    for sign in "ab":
        QTest.keyClick(other.windowHandle(), sign)
    other.deleteLater()
    del other
    QTest.qWait(120)
    form.type("WO-3")
    form.press(Qt.Key.Key_Return)
    assert form.scans == ["WO-3"]


def test_a_busy_interface_does_not_tear_a_scan_apart(form: Form, qtbot: QtBot, qapp: QApplication) -> None:
    # The thread is busy for longer than the gap while the rest of the scan is waiting in the queue.
    form.type("WO-")
    QTimer.singleShot(0, lambda: QTest.qSleep(150))
    qapp.processEvents()
    form.wedge._on_lapse()  # the timer is late, and first
    assert form.field.text() == ""
    form.wedge._keystrokes._last_at += 0.150  # the keys below were pressed meanwhile
    form.type("2025")
    form.press(Qt.Key.Key_Return)
    assert form.scans == ["WO-2025"]


def test_keys_that_came_in_time_but_stand_behind_the_timer_are_still_the_scanner_s(form: Form) -> None:
    form.type("WO-")
    stamp = round(form.wedge._keystrokes._last_at * 1000)
    for sign in "2025\r":
        key = Qt.Key.Key_Return if sign == "\r" else ord(sign)
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, sign)
        event.setTimestamp(stamp := stamp + 1)
        QCoreApplication.postEvent(form.windowHandle(), event)
    form.wedge._timer.stop()
    form.wedge._due = time.perf_counter()
    form.wedge._on_lapse()  # on time by its own clock, and yet before what is queued
    QCoreApplication.sendPostedEvents(form.windowHandle())
    assert form.field.text() == ""
    assert form.scans == ["WO-2025"]


def test_mouse_and_focus_are_not_touched(form: Form, qtbot: QtBot) -> None:
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert form.clicks == 1


def test_who_has_left_hears_nothing_and_keeps_nothing(form: Form, qtbot: QtBot) -> None:
    form.type("ab")
    form.wedge.leave()
    assert form.field.text() == "ab"
    form.type("WO-2025-0001")
    form.press(Qt.Key.Key_Return)
    assert form.scans == []
    assert form.entered == ["abWO-2025-0001"]
