"""What a Korean keyboard made of a scan is turned back, whatever the input method composed."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.scan.hangul import KEYS, to_keys

# The 2-set keyboard (KS X 5002) as it is printed on the keys; the composing below knows nothing of app.scan.hangul.
PRINTED = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        strict=True,
    )
)
PRINTED |= {key.upper(): jamo for key, jamo in PRINTED.items()} | dict(
    zip("QWERTOP", "ㅃㅉㄸㄲㅆㅒㅖ", strict=True)
)
LEADING = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TRAILING = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
JOINED_VOWELS = {
    "ㅗㅏ": "ㅘ",
    "ㅗㅐ": "ㅙ",
    "ㅗㅣ": "ㅚ",
    "ㅜㅓ": "ㅝ",
    "ㅜㅔ": "ㅞ",
    "ㅜㅣ": "ㅟ",
    "ㅡㅣ": "ㅢ",
}
JOINED_TRAILING = {
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ", "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip


def compose(typed: str) -> str:
    """A 2-set input method: takes the longest syllable that the jamo ahead allow, as its automaton ends up doing."""
    jamo = [PRINTED.get(key, key) for key in typed]
    out, place = [], 0

    def vowel_at(index: int) -> tuple[str, int]:
        if index >= len(jamo) or jamo[index] not in VOWELS:
            return "", 0
        pair = "".join(jamo[index : index + 2])
        return (JOINED_VOWELS[pair], 2) if pair in JOINED_VOWELS else (jamo[index], 1)

    while place < len(jamo):
        lead = jamo[place]
        vowel, width = vowel_at(place + 1) if lead in LEADING else ("", 0)
        if not vowel:
            vowel, width = vowel_at(place)
            out.append(vowel or lead)
            place += width or 1
            continue
        place += 1 + width
        trail = ""
        for length in (2, 1):
            pair = "".join(jamo[place : place + length])
            joined = JOINED_TRAILING.get(pair, "") if length == 2 else pair
            # A consonant before a vowel begins the next syllable.
            if joined and joined in TRAILING and joined != " " and not vowel_at(place + length)[0]:
                trail, place = joined, place + length
                break
        out.append(
            chr(0xAC00 + (LEADING.index(lead) * 21 + VOWELS.index(vowel)) * 28 + TRAILING.index(trail or " "))
        )
    return "".join(out)


@given(st.text(string.ascii_letters + string.digits + "-+/:.#?=&_", max_size=60))
@example("gksrmf")  # 한글
@example("WO-2025-0001")
@example("rkqtdl")  # 값이
def test_composing_is_undone(typed: str) -> None:
    composed = compose(typed)
    expected = typed.upper() if any(sign.isalpha() for sign in typed) else typed
    assert to_keys(composed) == expected


@given(st.text(string.ascii_letters + string.digits + "-", max_size=40))
def test_single_jamo_are_undone(typed: str) -> None:
    assert to_keys("".join(PRINTED.get(key, key) for key in typed)) == typed.upper()


@pytest.mark.parametrize(
    ("scanned", "meant"),
    [
        ("ㅉㅒ-2025-0001", "WO-2025-0001"),
        ("ㅈㅐ-2025-0001", "WO-2025-0001"),
        ("재-2025-0001", "WO-2025-0001"),  # composed to a syllable
        ("한글", "GKSRMF"),
        ("값", "RKQT"),
        ("왜", "DHO"),
        ("ﾡ-1", "R-1"),  # half-width jamo
        ("ＷＯ－１", "WO-1"),  # the input method's full-width mode
        ("wo-1", "wo-1"),  # no Hangul: the letter case is the barcode's
        ("작업지시", "WKRDJQWLTL"),
    ],
)
def test_known_scans(scanned: str, meant: str) -> None:
    assert to_keys(scanned) == meant


def test_the_table_knows_every_jamo_of_the_keyboard() -> None:
    assert len(KEYS) == 19 + 21 + 27
    for key, jamo in PRINTED.items():
        assert to_keys(jamo) == key.upper()


def test_a_jamo_that_no_keyboard_has_stays() -> None:
    assert to_keys("ㆍ-ㅈ") == "ㆍ-W"
