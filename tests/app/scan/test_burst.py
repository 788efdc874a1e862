"""A scanner is told from a human by its rhythm alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.burst import Burst

START = 1000.0
SCANNABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
FAST_MS = st.integers(0, 50)
HUMAN_MS = st.integers(80, 3_000)


class Person:
    """Whoever delivers the keys: holds them as told, and keeps what came through to the focused field."""

    def __init__(self) -> None:
        self.burst = Burst()
        self.held: list[str] = []
        self.field: list[str] = []
        self.scans: list[str] = []

    def press(self, text: str, at_ms: int) -> None:
        if not self.burst.feed(text, START + at_ms / 1000):
            self.let_go()
        self.held.append(text)

    def enter(self, at_ms: int) -> None:
        scan = self.burst.end(START + at_ms / 1000)
        if scan is None:
            self.let_go()
        else:
            self.scans.append(scan.text)
            self.held.clear()

    def let_go(self) -> None:
        self.field += self.held
        self.held.clear()


@given(st.lists(st.tuples(SCANNABLE, FAST_MS), min_size=4, max_size=120), FAST_MS)
def test_a_fast_run_that_ends_in_enter_is_one_scan_and_leaves_nothing(
    keys: list[tuple[str, int]], pause: int
) -> None:
    person, now = Person(), 0
    for text, gap in keys:
        now += gap
        person.press(text, now)
    person.enter(now + pause)
    assert person.scans == ["".join(text for text, _ in keys)]
    assert person.field == []


@given(st.lists(st.tuples(SCANNABLE, HUMAN_MS), min_size=1, max_size=60), HUMAN_MS)
def test_what_a_human_types_stays_typing(keys: list[tuple[str, int]], pause: int) -> None:
    person, now = Person(), 0
    for text, gap in keys:
        now += gap
        person.press(text, now)
    person.enter(now + pause)
    assert person.scans == []
    assert person.field == [text for text, _ in keys]


@given(st.lists(st.tuples(st.one_of(SCANNABLE, st.none()), st.integers(0, 120)), max_size=80))
def test_no_key_is_lost_doubled_or_moved_whatever_the_rhythm(keys: list[tuple[str | None, int]]) -> None:
    person, now, arrived = Person(), 0, []
    for text, gap in keys:
        now += gap
        if text is None:
            before = len(person.scans)
            person.enter(now)
            arrived += person.scans[before:]
        else:
            person.press(text, now)
        arrived += person.field
        person.field.clear()
    person.let_go()
    assert "".join(arrived + person.field) == "".join(text for text, _ in keys if text is not None)


@pytest.mark.parametrize(("gap_ms", "scans"), [(50, ["WO-1"]), (51, [])])
def test_fifty_milliseconds_are_the_limit(gap_ms: int, scans: list[str]) -> None:
    person = Person()
    for place, text in enumerate("WO-1"):
        person.press(text, place * gap_ms)
    person.enter(4 * gap_ms)
    assert person.scans == scans


def test_three_characters_are_no_scan() -> None:
    person = Person()
    for place, text in enumerate("WO1"):
        person.press(text, place * 2)
    person.enter(8)
    assert person.scans == []
    assert person.field == ["W", "O", "1"]


def test_enter_long_after_a_fast_run_is_a_human_s() -> None:
    person = Person()
    for place, text in enumerate("WO-2025"):
        person.press(text, place * 2)
    person.enter(200)
    assert person.scans == []
    assert "".join(person.field) == "WO-2025"


def test_a_scan_right_after_typing_is_only_the_scan() -> None:
    person = Person()
    person.press("x", 0)
    for place, text in enumerate("WO-7"):
        person.press(text, 100 + place * 3)
    person.enter(115)
    assert person.field == ["x"]
    assert person.scans == ["WO-7"]


def test_after_a_lapse_nothing_is_left_of_what_was_held() -> None:
    burst = Burst()
    for text in "WO-2":
        burst.feed(text, START)
    burst.lapse()
    assert not burst.holding
    assert burst.end(START) is None


def test_time_that_runs_backwards_joins_nothing() -> None:
    burst = Burst()
    burst.feed("W", START)
    assert burst.feed("O", START - 5) is False
