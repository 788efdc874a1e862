"""What an operator reads of a scan without the relay: that it is from memory, how old, and what to do if it is not."""

import pytest

from app.stage.island_answer import IslandNot, IslandShown, word_age, word_island
from app.stage.scan_result import Tone
from app.stage.wording_of_outcome import word_answer
from relay.contract.reports import DisplayName

HOUR = 3_600_000
RIGHT = DisplayName(display_id="right", index=1, name="R")


@pytest.mark.parametrize(
    ("age_ms", "korean", "english"),
    [
        (59_999, "방금 전", "just now"),
        (60_000, "1분 전", "1 min ago"),
        (3 * HOUR - 1, "2시간 전", "2 h ago"),
        (50 * HOUR, "2일 전", "2 d ago"),
    ],
)
def test_an_age_is_worded_in_its_largest_whole_unit(age_ms: int, korean: str, english: str) -> None:
    assert (word_age(age_ms, "ko"), word_age(age_ms, "en")) == (korean, english)


def test_a_document_from_memory_says_so_and_how_old_it_is_in_large_letters() -> None:
    result = word_answer(IslandShown(3 * HOUR, "C", RIGHT), subject="WO-1", language="en", told_in="en")
    assert result.tone is Tone.GOOD
    assert result.headline == "WO-1"
    assert result.verdict == "From memory · 3 h ago"
    assert result.detail == "Monitor 2 · revision C. Shown from this bench's memory, without the relay."
    korean = word_answer(IslandShown(3 * HOUR, "C", RIGHT), subject="WO-1", language="ko", told_in="en")
    assert korean.verdict == "저장된 문서 · 3시간 전"


@pytest.mark.parametrize("reason", ["unknown", "too_old", "age_unknown", "web", "no_file", "not_kept"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_may_not_be_shown_says_why_and_what_to_do(reason: str, language: str) -> None:
    answer = IslandNot(reason, age_ms=9 * HOUR, limit_hours=8)
    words = word_island(answer, language)
    assert words.verdict
    assert words.detail
    assert words.action
    assert word_answer(answer, subject="WO-1", language=language, told_in=language).tone is Tone.BAD


def test_what_is_too_old_names_both_its_age_and_the_rule() -> None:
    detail = word_island(IslandNot("too_old", age_ms=9 * HOUR, limit_hours=8), "en").detail
    assert "9 h ago" in detail
    assert "8 h" in detail
