"""The caption says what is shown in the operator's language, how old it is, and how the line stands."""

import pytest
from PySide6.QtCore import QSize

from app.stage.status import LinkState
from app.stage.surface import Content
from app.windows.caption import Caption, CaptionText, _fitting
from app.windows.caption_words import Shape, age, age_holds_ms, parts_of
from app.windows.revision_mark import RevisionBand, Revisions
from app.windows.typeface import typeface
from relay.contract.names import DocumentId, OrderId, TriggerId
from relay.contract.wording import LANGUAGES

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SHOWN = CaptionText(order_id="WO-1", title="Housing", revision="C", page=2, pages=6)


class Clock:
    now = 1_000 * DAY

    def __call__(self) -> int:
        return self.now


def words(text: CaptionText, link: LinkState | None = None, *, language="en", now: int = Clock.now) -> str:
    return " | ".join(part.words for part in parts_of(text, link, language, now))


def caption(text: CaptionText = SHOWN, clock: Clock | None = None) -> Caption:
    strip = Caption(None, "en", clock or Clock())  # type: ignore[arg-type] - a widget of its own here
    strip.say(text)
    return strip


def test_the_caption_of_what_is_shown_changes_its_language(qapp) -> None:
    strip = Caption(None, "ko")  # type: ignore[arg-type] - a widget of its own here
    strip.say(SHOWN)
    assert "개정 C" in strip.accessibleName()
    strip.speak("en")
    assert "Rev. C" in strip.accessibleName()
    assert "개정" not in strip.accessibleName()
    assert "WO-1" in strip.accessibleName()


def test_a_fresh_document_over_a_good_line_says_nothing_of_age_or_cache():
    fresh = CaptionText(revision="C", page=1, pages=6, as_of_ms=Clock.now - 9 * HOUR)
    assert words(fresh, LinkState.CONNECTED) == "Rev. C | page 1 of 6 | connected"
    assert words(fresh) == "Rev. C | page 1 of 6"


def test_a_document_from_the_cache_says_so_and_how_old_it_is():
    cached = CaptionText(revision="C", cached=True, as_of_ms=Clock.now - 3 * HOUR)
    assert words(cached, LinkState.CONNECTED) == "Rev. C | from cache | 3 h old | connected"
    assert words(cached, language="ko") == "개정 C | 저장된 문서 | 3시간 전 확인"


def test_when_the_line_is_gone_every_document_has_an_age():
    fresh = CaptionText(as_of_ms=Clock.now - 5 * MINUTE)
    assert words(fresh, LinkState.OFFLINE) == "5 min old | no connection"
    assert words(CaptionText(), LinkState.OFFLINE) == "no connection"


def test_what_was_shown_without_the_relay_says_so_also_when_the_relay_is_back():
    island = CaptionText(island=True, cached=True, as_of_ms=Clock.now - DAY)
    assert words(island, LinkState.CONNECTED) == "from cache, not confirmed | 1 d old | connected"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_the_line_has_words_of_its_own_and_what_is_wrong_a_shape_of_its_own(language):
    parts = [parts_of(CaptionText(), state, language, 0)[0] for state in LinkState]
    assert len({part.words for part in parts}) == len(LinkState)
    good = [part for part, state in zip(parts, LinkState, strict=True) if state is LinkState.CONNECTED]
    assert [part.shape for part in parts].count(Shape.DISC) == len(good) == 1


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (-HOUR, "just checked"),
        (0, "just checked"),
        (MINUTE - 1, "just checked"),
        (MINUTE, "1 min old"),
        (HOUR - 1, "59 min old"),
        (HOUR, "1 h old"),
        (DAY - 1, "23 h old"),
        (50 * HOUR, "2 d old"),
    ],
)
def test_an_age_is_told_in_one_unit_and_holds_until_the_next(ms: int, said: str):
    assert age(ms, "en") == said
    holds = age_holds_ms(ms)
    assert holds > 0
    assert age(ms + holds, "en") != said or ms < 0
    assert age(ms + holds - 1, "en") == said


def test_the_age_is_renewed_by_itself_while_it_is_seen_and_nothing_ticks_otherwise(qapp, qtbot) -> None:
    clock = Clock()
    strip = caption(CaptionText(cached=True, as_of_ms=clock.now - 59 * MINUTE), clock)
    qtbot.addWidget(strip)
    assert not strip._aging.isActive()
    strip.show()
    assert strip._aging.isActive()
    assert strip._aging.remainingTime() <= MINUTE + 5_000  # Qt rounds a very coarse timer
    clock.now += 2 * MINUTE
    strip._aging.timeout.emit()
    assert "1 h old" in strip.accessibleName()
    assert strip._aging.remainingTime() > 50 * MINUTE
    strip.hide()
    assert not strip._aging.isActive()
    strip.show()
    strip.say(SHOWN)
    assert not strip._aging.isActive(), "what has no age needs no timer"


@pytest.mark.parametrize("width", [1920, 960, 640, 320])
def test_the_strip_fits_a_narrow_window_and_keeps_the_marks(qapp, qtbot, width: int) -> None:
    long = CaptionText(
        order_id="WO-2025-0001", title="T" * 200, revision="C", changed_from="B", page=2, pages=600,
        island=True, cached=True, as_of_ms=Clock.now - 3 * HOUR,
    )  # fmt: skip
    strip = caption(long)
    strip.connection(LinkState.OFFLINE)
    qtbot.addWidget(strip)
    strip.resize(width, 32)
    image = strip.grab().toImage()
    amber = {
        x for x in range(width) for y in range(32)
        if image.pixelColor(x, y).red() > 220 and 150 < image.pixelColor(x, y).green() < 220
        and image.pixelColor(x, y).blue() < 120
    }  # fmt: skip
    assert amber, "the marks are there"
    order = {x for x in range(150) for y in range(32) if image.pixelColor(x, y).lightness() > 230}
    assert order, "and so is the order"


def content(revision: str | None, *, document: str | None = "d", order: str = "o") -> Content:
    return Content(
        trigger_id=TriggerId("t"),
        kind="pdf",
        revision=revision,
        document_id=DocumentId(document) if document else None,
        order_id=OrderId(order),
    )


def test_a_document_remembers_its_revision_and_no_other_documents():
    revisions = Revisions()
    assert revisions.before(content("B")) == ""
    revisions.shown(content("B"))
    revisions.shown(content("7", document="e"))
    assert revisions.before(content("B")) == ""
    assert revisions.before(content("C")) == "B"
    assert revisions.before(content("C", order="another order")) == "B"
    assert revisions.before(content("C", document="f")) == ""
    assert revisions.before(content(None)) == ""
    revisions.shown(content("B", document=None))
    assert revisions.before(content("C", document=None)) == "B"
    for number in range(600):
        revisions.shown(content("A", document=str(number)))
    assert revisions.before(content("C")) == "", "it does not remember without end"


def test_the_band_says_it_in_both_languages_and_goes_by_itself(qapp, qtbot) -> None:
    band = RevisionBand(None, "ko")  # type: ignore[arg-type] - a widget of its own here
    qtbot.addWidget(band)
    band.resize(QSize(800, 64))
    assert band.isHidden()
    band.announce("B", "C")
    assert band.isVisible()
    assert band.accessibleName() == "개정이 변경되었습니다: B → C"
    band.speak("en")
    assert band.accessibleName() == "The revision has changed: B → C"
    assert 0 < band._leaving.remainingTime() <= 10_000
    band._leaving.timeout.emit()
    assert band.isHidden()


def test_where_there_is_no_room_the_least_weighty_words_go_first(qapp) -> None:
    text = CaptionText(
        revision="C", changed_from="B", page=1, pages=3, cached=True, as_of_ms=Clock.now - HOUR
    )
    parts = parts_of(text, LinkState.OFFLINE, "en", Clock.now)
    order = [part.words for part in sorted(parts, key=lambda part: part.weight)]
    assert order == ["from cache", "page 1 of 3", "1 h old", "no connection", "Rev. B → C"]
    font = typeface(18)
    left = [part.words for part in _fitting(parts, font, font, 16, 420)]
    assert left[0] == "Rev. B → C"
    assert "no connection" in left
    assert "from cache" not in left
    marks = [part.shape for part in _fitting(parts, font, font, 16, 0)]
    assert marks == [Shape.DIAMOND, Shape.TRIANGLE], "the marks stay"
