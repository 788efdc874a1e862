"""The test of a scanner shows what comes and what it means, in both languages, and learns; it opens nothing."""

import pytest
from helpers.scanner_source import PlayedScanners
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.stage.scanners import Heard, Hearing, Lesson, ScannerState, Understood
from app.windows.bench_text import BigText
from app.windows.scanner_line import ScannerLine
from app.windows.scanner_test import ScannerTest, readable
from app.windows.theme import dress
from relay.contract.controls import CALIBRATION, Control
from relay.contract.wording import LANGUAGES, Language, Wording

GERMAN = "BCDEFGHIJKLNOPRSTUVX0123456789AQWYMZß?.-Ö`"


class Place(QWidget):
    """A window that embeds the test, as the wizard does."""

    def __init__(self, qtbot: QtBot, language: Language = "en", width: int = 1180) -> None:
        super().__init__()
        self.source = PlayedScanners()
        self.test = ScannerTest(self.source, Wording(language))
        QVBoxLayout(self).addWidget(self.test)
        dress(self)
        self.resize(width, 560)
        qtbot.addWidget(self)
        self.show()
        qtbot.waitExposed(self)

    def words(self) -> str:
        labels = [label.text() for label in self.findChildren(QLabel) if label.isVisible()]
        return "\n".join(
            [*labels, *(text.accessibleName() for text in self.findChildren(BigText) if text.isVisible())]
        )


def test_it_borrows_the_scanners_exactly_while_it_can_be_seen(qtbot: QtBot) -> None:
    place = Place(qtbot)
    assert place.source.lent == [place.test]
    place.hide()
    assert place.source.lent == [place.test, None]
    place.show()
    assert place.source.borrower is place.test


def test_it_shows_keys_pace_text_meaning_and_what_was_put_right(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.source.scan("WO-7", came_as="WOß7", steps=("de",), gap_ms=3.4)
    assert [key.text for key in place.test.strip.keys] == ["W", "O", "ß", "7", "\r"]
    words = place.words()
    assert "Order WO-7" in words
    assert "The German keyboard layout" in words
    assert "WOß7 → WO-7" in words
    assert "At most 3 ms" in words


def test_the_keys_of_the_scan_before_make_room(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.source.scan("WO-1")
    place.source.scan("WO-2")
    assert [key.text for key in place.test.strip.keys] == ["W", "O", "-", "2", "\r"]


def test_typing_that_was_no_scan_is_told_as_such(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.source.press("WO-7", gap_ms=120)
    assert "Taken for a person's typing" in place.words()
    place.source.scan("WO-7")
    assert "Taken for a person's typing" not in place.words()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "scan",
    [
        Understood(Heard("x"), "x", "order", subject="x"),
        Understood(
            Heard("x"), "x", "control", control=Control("display", 2), steps=("hangul", "caps_lock", "keys")
        ),
        Understood(Heard("x"), "x", "pairing", steps=("learned",)),
        Understood(Heard("x"), "x", "ignored", steps=("ch_fr",)),
        *(
            Understood(Heard("x", torn=True), "x", "unreadable", reason=reason, detail="7")
            for reason in (
                "empty",
                "too_long",
                "control_characters",
                "gs1_invalid",
                "gs1_no_order",
                "rule_too_slow",
                "torn",
                "display",
            )
        ),
    ],
)
def test_every_meaning_has_words_in_both_languages(
    qtbot: QtBot, language: Language, scan: Understood
) -> None:
    place = Place(qtbot, language)
    place.test.hear_scan(scan)
    other = Wording("en" if language == "ko" else "ko")
    before = place.words()
    place.test.speak(other)
    assert place.words() != before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("result", ["right", "layout", "keys", "pairs", "caps_lock", "failed"])
def test_learning_takes_the_next_scan_and_tells_what_came_of_it(
    qtbot: QtBot, language: Language, result: str
) -> None:
    place = Place(qtbot, language)
    place.source.lesson = Lesson(result, layout="de" if result == "layout" else "", count=4)
    assert not place.test.lesson.isVisible()
    qtbot.mouseClick(place.test.learn, Qt.MouseButton.LeftButton)
    assert place.test.is_learning
    assert place.test.bars.isVisible()
    place.source.scan(GERMAN)
    assert [scan.text for scan in place.source.learned] == [GERMAN]
    assert place.test.is_learning == (result == "failed"), "after another barcode it is asked for again"
    assert place.test.lesson.isVisible()
    assert ("4" in place.test.lesson.text()) == (result == "pairs")
    assert place.test.forget.isVisible() == (result in {"layout", "keys", "pairs", "caps_lock"})


def test_the_keyboard_test_teaches_also_without_being_asked_for(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.source.scan(CALIBRATION, means="calibration")
    assert len(place.source.learned) == 1
    assert "nothing to put right" in place.test.lesson.text()


def test_an_ordinary_scan_teaches_nothing(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.source.scan("WO-1")
    assert place.source.learned == []


def test_learning_can_be_left_and_what_was_learned_be_forgotten(qtbot: QtBot) -> None:
    place = Place(qtbot)
    qtbot.mouseClick(place.test.learn, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(place.test.cancel, Qt.MouseButton.LeftButton)
    assert not place.test.is_learning
    place.source.has_learned = True
    place.test.speak(Wording("en"))
    qtbot.mouseClick(place.test.forget, Qt.MouseButton.LeftButton)
    assert not place.source.has_learned
    assert not place.test.forget.isVisible()
    assert "forgotten" in place.test.lesson.text()


def test_half_a_barcode_is_never_shown(qtbot: QtBot) -> None:
    place = Place(qtbot, width=900)
    qtbot.mouseClick(place.test.learn, Qt.MouseButton.LeftButton)
    assert place.width() < place.test.bars.pixmap().width()
    assert not place.test.bars.isVisible()


def test_a_blank_of_a_scanner_presses_no_button(qtbot: QtBot) -> None:
    place = Place(qtbot)
    place.activateWindow()
    qtbot.waitUntil(place.test.hasFocus)
    qtbot.keyClick(place.windowHandle(), " ")
    assert not place.test.is_learning


def test_control_characters_are_written_by_their_names() -> None:
    assert readable("\x02A\x1dB\t") == "<STX>A<GS>B<TAB>"


ABSENT = ScannerState("serial-1", "serial", "Xenon", Hearing.ABSENT)
READY = ScannerState("serial-2", "serial", "", Hearing.READY, "/dev/ttyACM0")
UNFOCUSED = ScannerState("wedge", "wedge", "", Hearing.UNFOCUSED)


class TestLine:
    """The line at the bench."""

    @pytest.fixture
    def line(self, qtbot: QtBot) -> ScannerLine:
        line = ScannerLine()
        qtbot.addWidget(line)
        line.speak(Wording("en"))
        return line

    def test_says_nothing_without_scanners(self, line: ScannerLine) -> None:
        assert line.isHidden()

    def test_tells_the_worst_news_and_what_to_do(self, line: ScannerLine) -> None:
        line.show_states([READY, ABSENT])
        assert (
            line.accessibleName()
            == "Serial scanner Xenon not connected. Check the scanner's power and cable."
        )
        assert line.property("tone") == "bad"
        line.show_states([READY])
        assert line.accessibleName() == "Serial scanner ready"
        assert line.property("tone") == ""

    def test_a_click_brings_the_focus_back(self, line: ScannerLine, qtbot: QtBot) -> None:
        clicks: list[int] = []
        line.on_click = lambda: clicks.append(1)
        line.show_states([UNFOCUSED])
        assert "another program" in line.accessibleName()
        assert line.property("tone") == "waiting"
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
        assert clicks == [1]

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("hearing", Hearing)
    @pytest.mark.parametrize("kind", ["wedge", "serial", "evdev"])
    def test_every_state_has_words(
        self, line: ScannerLine, language: Language, hearing: Hearing, kind: str
    ) -> None:
        line.speak(Wording(language))
        line.show_states([ScannerState("x", kind, "Zebra", hearing, "DETAIL")])
        assert line.text.accessibleName()
        assert line.help.text() or hearing is Hearing.READY
        if hearing in {Hearing.FORBIDDEN, Hearing.BUSY, Hearing.UNSUPPORTED}:
            assert "DETAIL" in line.help.text()
