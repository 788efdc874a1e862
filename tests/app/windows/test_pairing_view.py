"""What the operator sees and can do at a bench that belongs to no relay yet."""

import dataclasses

import pytest
from helpers.bench_states import Asked, Silence, open_window, problem
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

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
    bench.window.pairing.paste.click()
    assert bench.asked.pairings == [PairingWish(link=LINK)]


def test_address_and_code_pair_too(bench: Bench, qtbot: QtBot) -> None:
    bench.window.pairing.address.setText("https://10.0.0.5:8443")
    qtbot.keyClicks(bench.window.pairing.code, "ABCD-2345")
    qtbot.keyClick(bench.window.pairing.code, Qt.Key.Key_Return)
    assert bench.asked.pairings == [PairingWish(address="https://10.0.0.5:8443", code="ABCD-2345")]


def test_what_is_missing_is_said_and_the_focus_goes_there(bench: Bench) -> None:
    view = bench.window.pairing
    view.pair.click()
    assert bench.failure()[0] == "Not a pairing link"
    view.address.setText("https://10.0.0.5")
    view.pair_by_code.click()
    assert bench.failure()[0] == "Code missing"
    assert view.code.hasFocus()
    assert not view.retry.isVisible(), "there is nothing to try again"
    assert bench.asked.pairings == []
    assert bench.sound.played == [Tone.BAD, Tone.BAD]


def test_the_steps_are_ticked_one_after_the_other(bench: Bench) -> None:
    bench.window.pairing_began(PairingWish(link=LINK))
    bench.window.pairing_step(PairingStep.REACH, "10.0.0.5:8443")
    assert bench.marks() == ["shown", "waiting", None, None, None]
    assert "10.0.0.5:8443" in bench.window.pairing.steps.labels[PairingStep.REACH].text()
    bench.window.pairing_step(PairingStep.CONNECT)
    assert bench.marks() == ["shown"] * 4 + ["waiting"]


def test_a_failure_stands_at_its_step_with_words_and_can_be_tried_again(bench: Bench, qtbot: QtBot) -> None:
    bench.window.pairing.link.setText(LINK)
    bench.window.pairing.pair.click()
    bench.window.pairing_step(PairingStep.CLAIM)
    bench.window.pairing_failed(problem(Code.PAIRING_EXPIRED, "en"))
    assert bench.marks() == ["shown", "shown", "failed", None, None]
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
    assert bench.marks() == [None] * 5


def test_the_tab_key_leads_from_link_to_code(bench: Bench, qtbot: QtBot) -> None:
    view = bench.window.pairing
    order = [view.link]
    for _ in range(6):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
    assert order[:6] == [view.link, view.paste, view.pair, view.address, view.code, view.pair_by_code]
