"""A code that is read twice is one scan; bytes of a serial line become whole scans, and half ones are known as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.framing import LONGEST_BYTES, Framing
from app.scan.repeats import Repeats


def test_the_same_code_of_the_same_scanner_is_one_scan() -> None:
    repeats = Repeats(2.0)
    assert not repeats.is_repeat("a", "WO-1", 10.0)
    assert repeats.is_repeat("a", "WO-1", 11.9)
    assert not repeats.is_repeat("b", "WO-1", 11.9), "another scanner is another hand"
    assert not repeats.is_repeat("a", "WO-2", 12.0)
    assert not repeats.is_repeat("a", "WO-1", 12.1), "something else was scanned between"


def test_a_code_that_stays_under_the_scanner_stays_one_scan() -> None:
    repeats = Repeats(2.0)
    readings = [repeats.is_repeat("a", "WO-1", second * 1.5) for second in range(10)]
    assert readings == [False] + [True] * 9
    assert not repeats.is_repeat("a", "WO-1", 9 * 1.5 + 2.0)


def test_next_and_next_again_are_two() -> None:
    repeats = Repeats(2.0)
    assert not repeats.is_repeat("a", "XBCXNEXT", 1.0, control=True)
    assert repeats.is_repeat("a", "XBCXNEXT", 1.2, control=True)
    assert not repeats.is_repeat("a", "XBCXNEXT", 1.8, control=True)


def test_zero_seconds_leave_nothing_out() -> None:
    repeats = Repeats(0.0)
    assert not any(repeats.is_repeat("a", "WO-1", 1.0, control=control) for control in (False, False, True))


@given(
    st.lists(st.text("AZ09-", min_size=1, max_size=12), min_size=1, max_size=6),
    st.sampled_from([("enter", "\r"), ("enter", "\n"), ("enter", "\r\n"), ("tab", "\t"), ("##", "##")]),
    st.integers(1, 7),
)
def test_scans_are_whole_however_the_bytes_are_cut(
    scans: list[str], ending: tuple[str, str], cut: int
) -> None:
    suffix, end = ending
    stream = "".join(scan + end for scan in scans).encode()
    framing = Framing(suffix)
    read = [text for at in range(0, len(stream), cut) for text in framing.feed(stream[at : at + cut])]
    assert read == scans
    assert framing.silence() is None


def test_what_has_no_end_is_torn() -> None:
    framing = Framing("enter")
    assert framing.feed(b"WO-2025-00") == []
    assert framing.holding
    assert framing.silence() == ("WO-2025-00", False)
    assert not framing.holding
    assert framing.feed(b"WO-1\r") == ["WO-1"]


def test_a_scanner_without_an_end_ends_by_silence() -> None:
    framing = Framing("none")
    assert framing.feed(b"WO-") == framing.feed(b"1") == []
    assert framing.silence() == ("WO-1", True)
    assert framing.silence() is None


@pytest.mark.parametrize(
    ("data", "text"), [("주문-1\r".encode(), "주문-1"), (b"\xb0-1\r", "°-1"), (b"\x00WO\x00\r", "WO")]
)
def test_bytes_become_letters(data: bytes, text: str) -> None:
    assert Framing().feed(data) == [text]


def test_noise_without_an_end_is_thrown_away() -> None:
    framing = Framing()
    framing.feed(b"x" * (LONGEST_BYTES + 1))
    assert not framing.holding
    assert framing.feed(b"WO-1\r") == ["WO-1"]
