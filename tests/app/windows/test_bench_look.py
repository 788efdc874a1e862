"""Every state of the bench window, in both languages: readable, whole, and in the language that was chosen."""

import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.bench_states import STATES, open_window
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.stage.scan_result import Tone
from app.windows import theme
from app.windows.bench_text import BigText, ElidedLabel
from app.windows.bench_window import BenchWindow
from relay.contract.wording import CATALOGUE, LANGUAGES, Language

SIZES = {
    "1280x720": QSize(1280, 720),  # also 1920x1080 at a scale of 1.5
    "1240x640": QSize(1240, 640),  # a screen of 1280x720 less task bar and frame
    "1920x1080": QSize(1920, 1080),
}
# What a person wrote (a name, an order) or a machine (an address) is the same in every language.
GIVEN = re.compile(r"조립 7번 작업대|한국어|English")
HANGUL = re.compile(r"[가-힣ㄱ-ㅣ]")


def texts(window: QWidget) -> Iterator[tuple[QWidget, str]]:
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, BigText):
            yield widget, widget.text
        elif isinstance(widget, QLabel | QAbstractButton):
            yield widget, widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget, widget.placeholderText()


def reach(state: str, language: Language, size: QSize, qtbot: QtBot) -> BenchWindow:
    window, _asked, _sound = open_window(language)
    qtbot.addWidget(window, before_close_func=lambda window: window.farewell())
    window.resize(size)
    STATES[state](window, language)
    window.show()
    qtbot.waitExposed(window)
    # Layouts settle when posted requests are done.
    for _ in range(5):
        QApplication.processEvents()
    return window


def what_is_cut(window: BenchWindow) -> list[str]:
    cut: list[str] = []
    for widget, text in texts(window):
        if isinstance(widget, BigText):
            whole = not widget.is_cut()
        elif isinstance(widget, ElidedLabel):
            whole = widget.fontMetrics().horizontalAdvance(text) <= widget.width()
        elif isinstance(widget, QLabel) and widget.wordWrap():
            whole = widget.heightForWidth(widget.width()) <= widget.height()
        elif isinstance(widget, QLineEdit):
            whole = widget.fontMetrics().horizontalAdvance(text) <= widget.width() - 34  # padding and border
        else:
            whole = (
                widget.sizeHint().width() <= widget.width() and widget.sizeHint().height() <= widget.height()
            )
        in_sight = window.rect().contains(
            widget.rect().translated(widget.mapTo(window, widget.rect().topLeft()))
        )
        scrolls = any(area.isAncestorOf(widget) for area in window.findChildren(QScrollArea))
        if not whole or not (in_sight or scrolls):
            cut.append(f"{type(widget).__name__} {text!r} {widget.geometry()}")
    return cut


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [state for state in STATES if state != "long-order"])
def test_no_text_is_cut(state: str, language: Language, size: QSize, qtbot: QtBot) -> None:
    window = reach(state, language, size, qtbot)
    assert window.size() == size, "the window must not ask for more room than it was given"
    assert what_is_cut(window) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_everything_is_worded_in_the_chosen_language(state: str, language: Language, qtbot: QtBot) -> None:
    window = reach(state, language, SIZES["1280x720"], qtbot)
    for _widget, text in texts(window):
        assert "desk." not in text
        assert "problem." not in text
        assert "{" not in text
        if language == "en":
            assert not HANGUL.search(GIVEN.sub("", text)), text


@pytest.mark.parametrize("state", STATES)
def test_switching_the_language_leaves_no_word_of_the_other(state: str, qtbot: QtBot) -> None:
    window = reach(state, "ko", SIZES["1280x720"], qtbot)
    window.state.languages["en"].click()
    assert window.windowTitle() == "Benchcast bench"
    for _widget, text in texts(window):
        assert not HANGUL.search(GIVEN.sub("", text)), text


def test_an_order_of_a_hundred_characters_is_shown_whole_or_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    window = reach("long-order", "ko", SIZES["1280x720"], qtbot)
    assert window.size() == SIZES["1280x720"]
    assert not window.bench.outcome.headline.is_cut()
    text = BigText(smallest_px=40, largest_px=60)
    qtbot.addWidget(text)
    text.say("ORDER-" * 40)
    text.setFixedSize(300, 100)
    text.show()
    qtbot.waitExposed(text)
    assert text.is_cut()
    assert text.grab().size() == QSize(300, 100)  # painted without complaint


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "state", ["shown", "waiting", "not-found", "no-display", "internal", "idle", "offline"]
)
def test_the_outcome_can_be_read_from_two_metres(
    state: str, language: Language, size: QSize, qtbot: QtBot
) -> None:
    window = reach(state, language, size, qtbot)
    panel = window.bench.outcome
    assert panel.headline.used_px() >= 40
    for text in (panel.verdict, panel.detail, panel.action):
        assert text.used_px() >= (22 if text is not panel.verdict else 32)


@pytest.mark.parametrize(("text", "ground"), theme.TEXT_PAIRS)
def test_text_has_the_contrast_of_wcag_aa(text: str, ground: str) -> None:
    assert theme.contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), theme.SHAPE_PAIRS)
def test_borders_and_the_focus_have_the_contrast_of_shapes(shape: str, ground: str) -> None:
    assert theme.contrast(shape, ground) >= 3


def test_contrast_is_wcag_s() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("state", "tone"), [("shown", Tone.GOOD), ("waiting", Tone.WAITING), ("not-found", Tone.BAD)]
)
def test_the_panel_has_the_colour_of_the_outcome(state: str, tone: Tone, qtbot: QtBot) -> None:
    window = reach(state, "ko", SIZES["1280x720"], qtbot)
    picture = window.grab().toImage()
    place = window.bench.outcome.mapTo(window, window.bench.outcome.rect().bottomLeft())
    assert picture.pixelColor(place.x() + 30, place.y() - 12).name().upper() == theme.PLATE[tone]
    marks = {Tone.GOOD: "shown", Tone.WAITING: "waiting", Tone.BAD: "failed"}
    assert window.bench.outcome.mark.name == marks[tone]


def test_hangul_is_written_in_the_font_that_the_app_brings(qtbot: QtBot) -> None:
    window = reach("idle", "ko", SIZES["1280x720"], qtbot)
    assert theme.hangul_family() is not None
    assert window.bench.outcome.headline.font().family() == theme.hangul_family()


def test_both_catalogues_hold_the_same_sentences_with_the_same_values() -> None:
    ko, en = (
        json.loads(Path(CATALOGUE / language / "desk.json").read_text("utf-8")) for language in LANGUAGES
    )
    assert ko.keys() == en.keys()
    for key in ko:
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(words[key]) if name} for words in (ko, en)
        ]
        assert fields[0] == fields[1], key
        assert ko[key].strip()
        assert en[key].strip()
