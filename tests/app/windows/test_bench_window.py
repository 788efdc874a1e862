"""What the operator sees and can do at a paired bench."""

import dataclasses

import pytest
from helpers.bench_states import (
    LEFT,
    RIGHT,
    SHOWING,
    STATES,
    Asked,
    Silence,
    open_window,
    presence,
    problem,
    report,
    shown,
)
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.stage.scan_result import Kept, Stopped, Tone, Unreadable
from app.stage.status import LinkState
from app.windows.bench_confirm import Confirm
from app.windows.bench_text import ElidedLabel
from app.windows.bench_window import BenchWindow
from relay.contract.problems import Code
from relay.contract.wording import Wording


@dataclasses.dataclass
class Bench:
    window: BenchWindow
    asked: Asked
    sound: Silence

    def panel(self) -> list[str]:
        outcome = self.window.bench.outcome
        return [
            text.text
            for text in (outcome.headline, outcome.verdict, outcome.detail, outcome.action)
            if text.text
        ]

    def history(self) -> list[str]:
        return self._lines(self.window.bench.history)

    def monitors(self) -> list[str]:
        return self._lines(self.window.bench.monitors)

    def _lines(self, part: QWidget) -> list[str]:
        QApplication.processEvents()  # new lines become visible with the next layout
        return [line.text() for line in part.findChildren(ElidedLabel) if line.isVisible()]

    def dialog(self) -> Confirm:
        found = [dialog for dialog in self.window.findChildren(Confirm) if dialog.isVisible()]
        assert len(found) == 1
        return found[0]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    window, asked, sound = open_window("en")
    qtbot.addWidget(window, before_close_func=lambda window: window.farewell())
    window.show_bench(screen_id="BENCH-07", name="Bench 7", relay="https://r", kept=Kept("keyring"))
    window.show_link(LinkState.CONNECTED)
    window.show_presence(presence())
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    return Bench(window, asked, sound)


def test_a_scan_is_first_on_its_way_and_then_shown(bench: Bench) -> None:
    number = bench.window.scan_started("WO-2025-0001")
    assert bench.panel() == ["WO-2025-0001", "Looking it up…"]
    assert bench.sound.played == []
    bench.window.scan_answered(number, shown())
    assert bench.panel() == ["WO-2025-0001", "Shown on display 2 · revision C · 61 ms"]
    assert bench.sound.played == [Tone.GOOD]


def test_waiting_turns_to_shown_in_the_same_line(bench: Bench) -> None:
    number = bench.window.scan_started("WO-1")
    bench.window.scan_answered(number, report("waiting"))
    bench.window.scan_answered(number, report("received"))
    bench.window.scan_answered(number, shown())
    assert bench.sound.played == [Tone.WAITING, Tone.GOOD], "the same tone is not heard twice"
    assert bench.history() == ["WO-1", "Shown on display 2 · revision C · 61 ms"]


def test_an_older_scan_s_end_is_a_line_and_not_a_noise(bench: Bench) -> None:
    first = bench.window.scan_started("WO-1")
    second = bench.window.scan_started("WO-2")
    bench.window.scan_answered(second, shown())
    bench.window.scan_answered(first, report("superseded"))
    assert bench.panel()[0] == "WO-2"
    assert bench.sound.played == [Tone.GOOD]
    assert bench.history()[2:] == ["WO-1", Wording("en").say("problem.SUPERSEDED.title")]


def test_the_last_ten_scans_are_kept_newest_first(bench: Bench) -> None:
    numbers = [bench.window.scan_started(f"WO-{place}") for place in range(12)]
    assert bench.history()[::2] == [f"WO-{place}" for place in range(11, 1, -1)]
    bench.window.scan_answered(numbers[0], shown())  # forgotten long ago
    assert bench.sound.played == []


def test_a_refusal_says_what_why_and_what_next(bench: Bench) -> None:
    bench.window.scan_answered(
        bench.window.scan_started("WO-9"), problem(Code.ORDER_NOT_FOUND, "en", orderId="WO-9")
    )
    assert bench.panel() == [
        "WO-9",
        "Order not found",
        "There is no order WO-9.",
        "Scan the barcode again. If it stays, ask the admin to add the order.",
    ]
    assert bench.sound.played == [Tone.BAD]


def test_an_unreachable_relay_and_an_unreadable_code_are_refusals_too(bench: Bench) -> None:
    bench.window.scan_answered(
        bench.window.scan_started("WO-9"), Stopped(Code.CONNECTION_REFUSED, (("address", "https://r"),))
    )
    assert "https://r cannot be reached." in bench.panel()
    bench.window.scan_answered(bench.window.scan_started("\x1d\x00"), Unreadable("control_characters"))
    assert bench.panel()[:2] == ["Empty scan", "Unreadable barcode"]


def test_the_language_changes_at_once_and_back(bench: Bench) -> None:
    bench.window.scan_answered(
        bench.window.scan_started("WO-9"), problem(Code.ORDER_NOT_FOUND, "en", orderId="WO-9")
    )
    before = bench.panel()
    bench.window.state.languages["ko"].click()
    assert bench.panel()[1:3] == ["작업지시 없음", "작업지시 WO-9 번을 찾을 수 없습니다."]
    bench.window.state.languages["en"].click()
    assert bench.panel() == before
    assert bench.asked.languages == ["ko", "en"]


def test_an_order_typed_by_hand_is_asked_for_once_and_the_field_is_free_again(
    bench: Bench, qtbot: QtBot
) -> None:
    qtbot.keyClicks(bench.window.bench.entry, " WO-2025-0001 ")
    qtbot.keyClick(bench.window.bench.entry, Qt.Key.Key_Return)
    qtbot.keyClick(bench.window.bench.entry, Qt.Key.Key_Return)
    assert bench.asked.orders == ["WO-2025-0001"]
    assert bench.window.bench.entry.text() == ""


def test_no_input_method_composes_where_a_scan_may_land(bench: Bench) -> None:
    for field in (bench.window.bench.entry, bench.window.pairing.link, bench.window.pairing.code):
        assert not field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.UNPAIRED])
def test_each_link_state_has_words_and_a_mark_and_the_lost_ones_a_way_out(
    bench: Bench, state: LinkState
) -> None:
    bench.window.show_link(state, "")
    assert bench.window.state.state.text()
    assert bench.window.state._mark.name
    lost = state in (LinkState.REVOKED, LinkState.REPLACED)
    assert bench.window.state.repair.isVisible() is lost
    assert bench.window.state.help_plate.isVisible() is (lost or state is LinkState.OFFLINE)


def test_the_monitors_say_which_of_them_shows_what(bench: Bench) -> None:
    bench.window.show_presence(presence(SHOWING))
    assert bench.monitors() == [
        "nothing shown",
        "DELL U2419H · main screen",
        "WO-2025-0001 · p. 1/3 · rev. C",
        "LG 27UL850",
    ]
    numbers = [
        label.text() for label in bench.window.bench.monitors.findChildren(QLabel) if label.text() in "12"
    ]
    assert {"1", "2"} <= set(numbers)
    bench.window.show_presence(presence(displays=(LEFT,)))
    assert "second one" in bench.window.bench.monitors.note.text()
    assert RIGHT.name not in bench.monitors()


def test_where_the_credential_is_kept_is_said(bench: Bench) -> None:
    assert "keyring" in bench.window.bench.foot.text()
    bench.window.show_bench(screen_id="B", name="", relay="", kept=Kept("file", "/x"))
    assert bench.window.bench.foot.text() == "Credential kept in a file: this PC has no keyring"


def test_mute_is_kept_and_obeyed(bench: Bench) -> None:
    bench.window.state.sound.click()
    assert bench.sound.muted is True
    assert bench.asked.muted == [True]
    assert bench.window.state.sound.text() == "Sound off"
    bench.window.state.sound.click()
    assert bench.asked.muted == [True, False]


def test_disconnecting_asks_first_and_esc_means_no(bench: Bench, qtbot: QtBot) -> None:
    bench.window.bench.unpair.click()
    qtbot.keyClick(bench.dialog(), Qt.Key.Key_Escape)
    assert bench.asked.unpaired == 0
    bench.window.bench.unpair.click()
    bench.window.bench.unpair.click()  # a second question does not come on top
    bench.dialog().yes.click()
    assert bench.asked.unpaired == 1


def test_enter_on_a_question_is_no(bench: Bench, qtbot: QtBot) -> None:
    bench.window.show_link(LinkState.REVOKED)
    bench.window.state.repair.click()
    qtbot.keyClick(bench.dialog(), Qt.Key.Key_Return)
    assert bench.asked.unpaired == 0


def test_closing_quits_at_once_when_nothing_is_shown(bench: Bench) -> None:
    bench.window.close()
    assert bench.asked.quit == 1
    assert bench.window.isVisible(), "main ends the app; the window waits for its farewell"
    bench.window.farewell()
    assert not bench.window.isVisible()


def test_closing_asks_when_a_document_is_shown(bench: Bench) -> None:
    bench.window.show_presence(presence(SHOWING))
    bench.window.close()
    assert bench.asked.quit == 0
    bench.dialog().no.click()
    assert bench.asked.quit == 0
    bench.window.close()
    bench.dialog().yes.click()
    assert bench.asked.quit == 1


def test_the_farewell_takes_an_open_question_along(bench: Bench) -> None:
    bench.window.bench.unpair.click()
    bench.window.farewell()
    assert bench.asked.unpaired == 0
    assert not bench.window.isVisible()


def test_everything_can_be_reached_with_the_tab_key(bench: Bench, qtbot: QtBot) -> None:
    wanted = {bench.window.bench.entry, *bench.window.findChildren(QPushButton)}
    wanted = {widget for widget in wanted if widget.isVisible()}
    seen = set()
    for _ in range(30):
        focus = QApplication.focusWidget()
        if focus is None:
            break
        seen.add(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert wanted <= seen


def test_the_focus_can_be_seen(bench: Bench) -> None:
    button = bench.window.bench.unpair
    before = button.grab().toImage()
    button.setFocus()
    assert button.hasFocus()
    assert button.grab().toImage() != before


def test_the_app_s_states_are_all_reachable_in_any_order(bench: Bench) -> None:
    for reach in [*STATES.values(), *reversed(STATES.values())]:
        reach(bench.window, "en")
    assert bench.window.isVisible()
