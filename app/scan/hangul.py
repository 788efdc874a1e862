"""Turns Hangul that a Korean keyboard made of a scanner's keystrokes back into the letters on those keys.

A wedge scanner presses keys. While the 2-set (dubeolsik) layout is on, the key W gives ㅈ, and an input
method composes what follows to syllables. Every jamo stands on one key, so the way back is exact, but for the
letter case: most jamo are the same with and without Shift. The result is upper case, as orders are printed
and as pairing links allow.
"""

import unicodedata

# The keys of each jamo in Unicode's order (The Unicode Standard, 3.12): leading consonants from U+1100,
# vowels from U+1161, trailing consonants from U+11A8. Two keys where the input method joins two jamo; upper
# case is Shift.
_LEADING = "r R s e E f a q Q t T d w W c z x v g".split()  # noqa: SIM905 - reads as a table
_VOWELS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l".split()  # noqa: SIM905 - likewise
_TRAILING = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g".split()  # noqa: SIM905 - likewise

KEYS: dict[str, str] = {
    chr(first + place): keys
    for first, table in ((0x1100, _LEADING), (0x1161, _VOWELS), (0x11A8, _TRAILING))
    for place, keys in enumerate(table)
}

_HANGUL = ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3), (0xFFA1, 0xFFDC))
_FULL_WIDTH = (0xFF01, 0xFF5E)  # ASCII as the input method's full-width mode writes it
_FULL_WIDTH_SHIFT = 0xFEE0


def to_keys(text: str) -> str:
    """Give `text` back as it would read on a Latin keyboard; text without Hangul stays as it is.

    Archaic jamo, which no 2-set keyboard types, stay too.
    """
    narrow = "".join(
        chr(ord(sign) - _FULL_WIDTH_SHIFT) if _within(sign, _FULL_WIDTH) else sign for sign in text
    )
    if not any(_is_hangul(sign) for sign in narrow):
        return narrow
    return "".join(_keys_of(sign) if _is_hangul(sign) else sign for sign in narrow).upper()


def _keys_of(sign: str) -> str:
    # NFKD takes a syllable apart, and turns compatibility and half-width jamo into the plain ones.
    jamo = unicodedata.normalize("NFKD", sign)
    return "".join(KEYS[part] for part in jamo) if all(part in KEYS for part in jamo) else sign


def _is_hangul(sign: str) -> bool:
    return any(_within(sign, area) for area in _HANGUL)


def _within(sign: str, area: tuple[int, int]) -> bool:
    return area[0] <= ord(sign) <= area[1]
