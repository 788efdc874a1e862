"""The guide of the first start: four steps, by keyboard too, in both languages, whole at the smallest window."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from helpers.bench_states import Asked, open_window
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.stage.asking import Asking, FoundRelay
from app.stage.displays import Display
from app.stage.scan_result import PairingStep, PairingWish
from app.stage.scanners import Lesson, Understood
from app.stage.status import LinkState
from app.windows.bench_text import BigText, ElidedLabel
from app.windows.bench_window import BenchWindow
from app.windows.scanner_test import Borrower, ScannerTest
from app.windows.wizard import STEPS, Wizard, WizardActions
from relay.contract.names import DisplayId
from relay.contract.wording import LANGUAGES, Language, Wording

LEFT = Display(display_id=DisplayId("left"), index=0, name="DELL U2419H", x=0, y=0, width=1920, height=1080)
RIGHT = Display(display_id=DisplayId("right"), index=1, name="LG", x=1920, y=0, width=1920, height=1080)


class NoScanners:
    """Scanners that say nothing, and remember who has them."""

    longest_gap_ms = 50.0
    has_learned = False

    def __init__(self) -> None:
        self.borrower: Borrower | None = None

    def lend(self, borrower: Borrower | None) -> None:
        self.borrower = borrower

    def learn(self, scan: Understood) -> Lesson:
        raise AssertionError("nothing was scanned")

    def forget(self) -> None:
        return


@dataclass
class Guided:
    """The wizard in its window, and what it asked for."""

    window: BenchWindow
    wizard: Wizard
    asked: Asked
    scanners: NoScanners
    steps: list[str] = field(default_factory=list)
    displays: list[str] = field(default_factory=list)
    identified: list[None] = field(default_factory=list)
    closed: list[None] = field(default_factory=list)


@pytest.fixture
def guide(qtbot: QtBot) -> Callable[..., Guided]:
    def open_guide(language: Language = "en", step: str = STEPS[0], size: QSize | None = None) -> Guided:
        window, asked, _sound = open_window(language)
        qtbot.addWidget(window, before_close_func=lambda window: window.farewell())
        window.show_link(LinkState.UNPAIRED)
        window.resize(size or QSize(1180, 620))
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        scanners = NoScanners()
        steps: list[str] = []
        displays: list[str] = []
        identified: list[None] = []
        closed: list[None] = []

        def close() -> None:
            closed.append(None)
            window.close_wizard()

        actions = WizardActions(
            language=window.switch_language,
            display=displays.append,
            identify=lambda: identified.append(None),
            at_step=steps.append,
            close=close,
        )
        wording = Wording(language)
        test = ScannerTest(scanners, wording)
        wizard = Wizard(wording, actions, pairing=window.pairing, scanner_test=test, step=step)
        window.open_wizard(wizard)
        wizard.show_monitors((LEFT, RIGHT), None)
        return Guided(window, wizard, asked, scanners, steps, displays, identified, closed)

    return open_guide


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def visible(widget: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [each for each in widget.findChildren(kind) if each.isVisible()]


def test_it_has_four_steps_and_leads_through_them(guide) -> None:
    guided = guide()
    wizard = guided.wizard
    assert wizard.step == "language"
    assert not wizard.back.isEnabled()
    wizard.next.click()
    assert wizard.step == "relay"
    assert guided.window.pairing.isVisible()
    assert not wizard.next.isVisible(), "who is not paired can only skip"
    wizard.skip.click()
    assert wizard.step == "monitor"
    wizard.back.click()
    wizard.skip.click()
    wizard.next.click()
    assert wizard.step == "scanner"
    assert guided.scanners.borrower is wizard.scanner_test
    assert wizard.next.text() == "Finish"
    wizard.next.click()
    assert guided.closed
    assert guided.steps == ["language", "relay", "monitor", "relay", "monitor", "scanner"]
    assert guided.window.pairing.isVisible()
    assert guided.window.state.isVisible()
    assert guided.scanners.borrower is None


def test_it_can_be_left_at_every_step_and_goes_on_there(guide) -> None:
    for step in STEPS:
        guided = guide(step=step)
        assert guided.wizard.step == step
        guided.wizard.later.click()
        assert guided.closed
        assert guided.window.pairing.isVisible()


def test_a_step_that_is_not_known_any_more_begins_at_the_first(guide) -> None:
    assert guide(step="weather").wizard.step == "language"


def test_the_language_changes_at_once_and_everywhere(guide) -> None:
    guided = guide("ko")
    guided.wizard.languages["en"].click()
    assert guided.asked.languages == ["en"]
    assert guided.window.windowTitle() == "Benchcast bench"
    assert guided.wizard.next.text() == "Next"
    assert guided.wizard.scanner_test.title.text() == Wording("en").say("scanner.test.title")
    assert guided.wizard.languages["en"].isChecked()
    assert not guided.wizard.languages["ko"].isChecked()


def test_pairing_goes_on_inside_it_and_leads_to_the_next_step(guide, qtbot: QtBot) -> None:
    guided = guide(step="relay")
    pairing = guided.window.pairing
    assert pairing.link.hasFocus()
    qtbot.keyClicks(pairing.link, "https://10.0.0.5/api/pair")
    qtbot.keyClick(pairing.link, Qt.Key.Key_Return)
    assert guided.asked.pairings == [PairingWish(link="https://10.0.0.5/api/pair")]
    guided.wizard.show_paired("SCREEN-001", "3라인")
    guided.window.show_link(LinkState.CONNECTED)
    assert not pairing.isVisible()
    assert "SCREEN-001" in guided.wizard.paired_who.text()
    assert guided.wizard.next.isVisible()
    assert guided.wizard.next.hasFocus()
    guided.wizard.later.click()
    assert guided.window.bench.isVisible()


def test_a_link_that_is_scanned_elsewhere_leads_to_its_step(guide) -> None:
    guided = guide()
    guided.window.pairing_began(PairingWish(link="https://10.0.0.5/api/pair"))
    assert guided.wizard.step == "relay"
    assert guided.window.pairing.isVisible()


def test_the_monitor_is_chosen_on_the_map_and_the_admins_word_holds(guide) -> None:
    guided = guide(step="monitor")
    tiles = visible(guided.wizard.map, QAbstractButton)
    assert len(tiles) == 2
    tiles[1].click()
    assert guided.displays == ["right"]
    guided.wizard.identify.click()
    assert guided.identified
    guided.wizard.show_monitors((LEFT, RIGHT), 1)
    assert guided.wizard.map.selected == "right"
    guided.wizard.show_monitors((LEFT,), 1, is_locked=True)
    assert not guided.wizard.map.isEnabled()
    assert guided.wizard.monitor_how.text() == "The admin has fixed this setting."


def test_the_keyboard_alone_leads_through_it(guide, qtbot: QtBot) -> None:
    guided = guide()

    def tab_to(button: QPushButton) -> None:
        for _ in range(40):
            if button.hasFocus():
                return
            focused = QApplication.focusWidget()
            assert focused is not None
            qtbot.keyClick(focused, Qt.Key.Key_Tab)
        raise AssertionError(f"{button.text()} is not reached")

    assert guided.wizard.languages["en"].hasFocus()
    qtbot.keyClick(guided.wizard.languages["en"], Qt.Key.Key_Left)
    for button in (guided.wizard.next, guided.wizard.skip, guided.wizard.next, guided.wizard.back):
        tab_to(button)
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert guided.wizard.step == "monitor"
    assert guided.asked.languages == ["ko"]


def test_the_enter_of_a_scanner_presses_nothing(guide, qtbot: QtBot) -> None:
    guided = guide(step="monitor")
    qtbot.keyClick(guided.wizard.next, Qt.Key.Key_Return)
    assert guided.wizard.step == "monitor"


def ways(_guided: Guided) -> None:
    return


def by_address(guided: Guided) -> None:
    guided.window.show_found((FoundRelay("3라인", "0.1.0", ("https://192.168.0.10:8440",)),))
    guided.window.pairing.ways.by_address.click()


def asking(guided: Guided) -> None:
    page = "https://192.168.100.100:8440/pair"
    check = "4166 9022 3004 1173"
    guided.window.pairing_step(PairingStep.CLAIM, "https://192.168.100.100:8440")
    guided.window.pairing_asks(Asking("7ZQ4-M2X9", page, f"{page}?code=7ZQ4-M2X9", check, 540))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_it_is_cut(guide, language: Language) -> None:
    for size in (QSize(1180, 620), QSize(1920, 1080)):
        guided = guide(language, size=size)
        for step, reach in [*((step, ways) for step in STEPS), ("relay", by_address), ("relay", asking)]:
            guided.wizard.turn_to(step)
            reach(guided)
            settle()
            assert guided.window.size() == size
            assert what_is_cut(guided) == []


def what_is_cut(guided: Guided) -> list[str]:
    cut: list[str] = []
    for widget in guided.window.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            whole = widget.heightForWidth(widget.width()) <= widget.height()
        elif isinstance(widget, BigText | ElidedLabel | QLineEdit) or not getattr(widget, "text", str)():
            whole = True
        else:
            whole = (
                widget.sizeHint().width() <= widget.width() and widget.sizeHint().height() <= widget.height()
            )
        if not whole:
            cut.append(f"{type(widget).__name__} {widget.text()!r} {widget.geometry()} {widget.sizeHint()}")
    return cut
