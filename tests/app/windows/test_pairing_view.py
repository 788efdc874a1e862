"""What the operator sees and can do at a bench that belongs to no relay yet."""

import dataclasses
from pathlib import Path

import pytest
import zxingcpp
from helpers.bench_states import Asked, Silence, open_window, problem
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.stage.asking import Asking, Comparing, FoundRelay
from app.stage.scan_result import BadLink, NotPaired, PairingStep, PairingWish, Stopped, Tone
from app.stage.status import LinkState
from app.windows.bench_window import BenchWindow
from relay.contract.problems import Code

LINK = "https://10.0.0.5:8443/api/pair?screenId=BENCH-07#token=7ZZ4ABCD"


@dataclasses.dataclass
class Bench:
    window: BenchWindow
    asked: Asked
    sound: Silence

    def marks(self) -> list[str | None]:
        return [mark.name for mark in self.window.pairing.steps.marks.values()]

    def failure(self) -> list[str]:
        steps = self.window.pairing.steps
        if not steps.plate.isVisible():
            return []
        return [steps.failure.text(), steps.detail.text(), steps.action.text()]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    window, asked, sound = open_window("en")
    qtbot.addWidget(window, before_close_func=lambda window: window.farewell())
    window.show_link(LinkState.UNPAIRED)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    return Bench(window, asked, sound)


def test_the_link_field_has_the_focus_and_enter_pairs(bench: Bench, qtbot: QtBot) -> None:
    assert bench.window.pairing.link.hasFocus()
    bench.window.pairing.link.setText(f" {LINK}\n")
    qtbot.keyClick(bench.window.pairing.link, Qt.Key.Key_Return)
    assert bench.asked.pairings == [PairingWish(link=LINK)]
    assert bench.marks()[0] == "waiting"


def test_one_button_pastes_and_pairs(bench: Bench) -> None:
    QApplication.clipboard().setText(f"  {LINK} ")
    bench.window.pairing.ways.paste.click()
    assert bench.asked.pairings == [PairingWish(link=LINK)]


def test_address_and_code_pair_too(bench: Bench, qtbot: QtBot) -> None:
    bench.window.pairing.ways.by_address.click()
    bench.window.pairing.ways.address.setText("https://10.0.0.5:8443")
    qtbot.keyClicks(bench.window.pairing.code, "ABCD-2345")
    qtbot.keyClick(bench.window.pairing.code, Qt.Key.Key_Return)
    assert bench.asked.pairings == [PairingWish(address="https://10.0.0.5:8443", code="ABCD-2345")]


def test_what_is_missing_is_said_and_the_focus_goes_there(bench: Bench) -> None:
    view = bench.window.pairing.ways
    view.pair.click()
    assert bench.failure()[0] == "Not a pairing link"
    view.by_address.click()
    view.address.setText("https://10.0.0.5")
    view.pair_by_code.click()
    assert bench.failure()[0] == "Code missing"
    assert view.code.hasFocus()
    assert not bench.window.pairing.retry.isVisible(), "there is nothing to try again"
    assert bench.asked.pairings == []
    assert bench.sound.played == [Tone.BAD, Tone.BAD]


def test_the_steps_are_ticked_one_after_the_other(bench: Bench) -> None:
    bench.window.pairing_began(PairingWish(link=LINK))
    bench.window.pairing_step(PairingStep.REACH, "10.0.0.5:8443")
    assert bench.marks() == ["shown", "waiting", None, None, None, None]
    assert "10.0.0.5:8443" in bench.window.pairing.steps.labels[PairingStep.REACH].text()
    bench.window.pairing_step(PairingStep.CONNECT)
    assert bench.marks() == ["shown"] * 5 + ["waiting"]


def test_a_failure_stands_at_its_step_with_words_and_can_be_tried_again(bench: Bench, qtbot: QtBot) -> None:
    bench.window.pairing.link.setText(LINK)
    bench.window.pairing.ways.pair.click()
    bench.window.pairing_step(PairingStep.CLAIM)
    bench.window.pairing_failed(problem(Code.PAIRING_EXPIRED, "en"))
    assert bench.marks() == ["shown", "shown", "shown", "failed", None, None]
    assert bench.failure() == [
        "Pairing expired",
        "The pairing code's 10 minutes are over.",
        "Ask the admin for a new pairing link.",
    ]
    assert bench.window.pairing.retry.hasFocus()
    qtbot.keyClick(bench.window.pairing.retry, Qt.Key.Key_Space)
    assert bench.asked.pairings == [PairingWish(link=LINK)] * 2
    assert bench.failure() == []
    assert bench.marks()[0] == "waiting"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            Stopped(Code.CONNECTION_TIMEOUT, (("address", "https://10.0.0.5"),)),
            "https://10.0.0.5 did not answer",
        ),
        (BadLink("token"), "token"),
        (NotPaired(), "not paired yet"),
    ],
)
def test_each_failure_says_why(bench: Bench, failure: object, words: str) -> None:
    bench.window.pairing_failed(failure)
    assert words in bench.failure()[1]


def test_after_pairing_the_bench_is_there_and_the_secret_is_gone(bench: Bench) -> None:
    bench.window.pairing.link.setText(LINK)
    bench.window.pairing.code.setText("ABCD-2345")
    bench.window.show_link(LinkState.CONNECTING)
    assert bench.window.bench.isVisible()
    bench.window.show_link(LinkState.UNPAIRED)
    assert bench.window.pairing.isVisible()
    assert bench.window.pairing.link.text() == ""
    assert bench.window.pairing.code.text() == ""
    assert bench.marks() == [None] * 6


def test_the_tab_key_leads_through_each_way(bench: Bench, qtbot: QtBot) -> None:
    view = bench.window.pairing.ways

    def tabs(first: QWidget, count: int) -> list[QWidget]:
        first.setFocus()
        order = [first]
        for _ in range(count):
            focused = QApplication.focusWidget()
            assert focused is not None
            qtbot.keyClick(focused, Qt.Key.Key_Tab)
            order.append(QApplication.focusWidget())
        return order

    assert tabs(view.link, 2) == [view.link, view.paste, view.pair]
    view.by_address.click()
    assert view.address.hasFocus()
    fields = [view.address, view.code, view.found, view.ask, view.pair_by_code]
    assert tabs(view.address, 4) == fields


# Asking for approval, and comparing.

FOUND = (
    FoundRelay("3라인 중계 서버", "0.1.0", ("https://192.168.0.10:8440",)),
    FoundRelay("Benchcast", "0.1.0", ("https://192.168.0.44:8440",)),
)
CHECK = "4166 9022 3004 1173"
PAGE = "https://192.168.0.10:8440/pair"
ASKING = Asking(
    code="7ZQ4-M2X9",
    page=PAGE,
    qr=f"{PAGE}?code=7ZQ4-M2X9&check={CHECK.replace(' ', '')}",
    check=CHECK,
    seconds_left=541,
)


def test_an_address_alone_asks_for_approval(bench: Bench, qtbot: QtBot) -> None:
    view = bench.window.pairing.ways
    view.by_address.click()
    view.ask.click()
    assert bench.asked.pairings == []
    assert view.address.hasFocus()
    qtbot.keyClicks(view.address, "192.168.0.10")
    qtbot.keyClick(view.address, Qt.Key.Key_Return)
    assert bench.asked.pairings == [PairingWish(address="192.168.0.10")]


def test_relays_of_the_network_come_and_go_and_only_fill_in_an_address(bench: Bench, qtbot: QtBot) -> None:
    view = bench.window.pairing.ways
    view.by_address.click()
    assert view.found.count() == 0
    assert "Looking" in view.found_label.text()
    bench.window.show_found(FOUND)
    assert view.found.count() == 2
    assert "Looking" not in view.found_label.text()
    view.found.setCurrentRow(1)
    view.found.itemClicked.emit(view.found.item(1))
    assert view.address.text() == "https://192.168.0.44:8440"
    assert view.ask.hasFocus()
    assert bench.asked.pairings == [], "nothing is paired with by itself"
    bench.window.show_found(FOUND[1:])
    assert view.found.count() == 1
    assert view.found.currentRow() == 0, "what was chosen stays chosen"
    bench.window.show_found(())
    assert view.found.count() == 0


def test_the_code_the_number_and_a_readable_qr_are_shown(bench: Bench, tmp_path: Path) -> None:
    bench.window.pairing_began(PairingWish(address="192.168.0.10"))
    bench.window.pairing_asks(ASKING)
    shown = bench.window.pairing.asking
    assert shown.isVisible()
    assert (shown.code.text(), shown.check.text()) == ("7ZQ4-M2X9", CHECK)
    assert "10 min" in shown.left.text()
    shown.qr.grab().save(str(tmp_path / "qr.png"))
    with Image.open(tmp_path / "qr.png") as picture:
        (read,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert read.text == ASKING.qr


def test_a_relay_that_is_away_is_told_while_waiting(bench: Bench) -> None:
    bench.window.pairing_asks(dataclasses.replace(ASKING, is_away=True, check=None))
    shown = bench.window.pairing.asking
    assert "does not answer" in shown.left.text()
    assert not shown.check.isVisible()


def test_waiting_can_be_given_up_and_ends_with_a_failure(bench: Bench) -> None:
    bench.window.pairing_asks(ASKING)
    bench.window.pairing.asking.cancel.click()
    assert bench.asked.cancelled == 1
    assert bench.window.pairing.ways.isVisible()
    bench.window.pairing_asks(ASKING)
    bench.window.pairing_failed(problem(Code.PAIRING_DENIED, "en"))
    assert bench.window.pairing.ways.isVisible()
    assert bench.failure()[0] == "Pairing denied"
    bench.window.pairing_asks(ASKING)
    bench.window.pairing_stopped()
    assert bench.window.pairing.ways.isVisible()
    assert bench.failure() == []


@pytest.mark.parametrize(("button", "same"), [("same", True), ("differ", False)])
def test_a_number_is_compared_once_and_enter_compares_nothing(
    bench: Bench, qtbot: QtBot, button: str, same: bool
) -> None:
    answers: list[bool] = []
    bench.window.pairing_compares(Comparing("https://192.168.0.10:8440", CHECK), answers.append)
    page = bench.window.pairing.comparing
    assert page.number.text() == CHECK
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert answers == []
    getattr(page, button).click()
    getattr(page, button).click()
    assert answers == [same]
    assert bench.window.pairing.ways.isVisible()


def test_the_language_changes_while_waiting(bench: Bench) -> None:
    bench.window.pairing_asks(ASKING)
    bench.window.state.languages["ko"].click()
    shown = bench.window.pairing.asking
    assert shown.isVisible()
    assert shown.title.text() == "관리자의 승인을 기다립니다"
    assert shown.code.text() == "7ZQ4-M2X9"
