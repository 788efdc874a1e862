"""Turns what a foreign keyboard layout made of a scanner's keys back into what the scanner meant.

A wedge scanner presses the keys of a US keyboard. Where the machine is set to another layout the same keys type other
characters: on a German one Y and Z change places and a dash becomes ß. Where the system tells which key was pressed,
the way back needs no layout at all. Elsewhere a key is known by what it types, and the way back is a table for each
layout; dead keys, and the letters that they were joined with, are taken apart first. Whether Shift was down is told
beside the text where that is known: then Caps Lock changes nothing, whatever it does on that layout.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache

from app.scan.layout_tables import KEY_CODES, KEYS, LAYOUTS

# How systems write a dead key that nothing followed: as a sign of its own.
_SPACING = {
    "\u0300": "`",
    "\u0301": "´",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": "¨",
    "\u030a": "˚",
    "\u030c": "ˇ",
}
_US = "".join(LAYOUTS["us"])
_PLACE_OF_KEY = {code: place for place, code in enumerate(KEY_CODES)}
_SPACE = 57


def read_keys(keys: Sequence[int], shifts: Sequence[bool]) -> str | None:
    """Say what these keys type on a US keyboard, exactly; None if one of them, or its Shift, is not known."""
    if not keys or len(keys) != len(shifts):
        return None
    meant: list[str] = []
    for key, shift in zip(keys, shifts, strict=True):
        if key == _SPACE:
            meant.append(" ")
        elif key in _PLACE_OF_KEY:
            meant.append(_on_us(_PLACE_OF_KEY[key], shift))
        else:
            return None
    return "".join(meant)


def undo_layout(text: str, layout: str, shifts: Sequence[bool] = ()) -> str:
    """Say what a US keyboard would have typed with the keys that typed `text` on `layout`.

    `shifts` tells for each character whether Shift was down; empty: as the character says. What no key of that layout
    types stays as it is. Raises KeyError for a layout that is not in the table.
    """
    places = _places(layout)
    return "".join(
        _undo_sign(sign, places, shifts[at] if len(shifts) == len(text) else None)
        for at, sign in enumerate(text)
    )


def type_on(text: str, layout: str) -> str:
    """Say what `layout` types when a scanner presses a US keyboard's keys for `text`."""
    to_foreign = dict(zip(_US, "".join(LAYOUTS[layout]), strict=True))
    return "".join(to_foreign.get(sign, sign) for sign in text)


def undo_caps_lock(text: str) -> str:
    """Say what would have been typed without Caps Lock, where it changes the case of letters and nothing else."""
    return "".join(sign.swapcase() if len(sign.swapcase()) == 1 else sign for sign in text)


def _undo_sign(sign: str, places: dict[str, int], shift: bool | None) -> str:
    if sign in places:
        return _on_us(places[sign], shift)
    other = sign.swapcase()  # Caps Lock on a layout that has such a letter in one case alone
    if other in places:
        return _on_us(places[other], shift)
    base, *accents = unicodedata.normalize("NFD", sign)
    if accents and base in places and all(accent in places for accent in accents):
        # The dead keys were pressed before the letter, whose Shift is the one that is known.
        return "".join(_on_us(places[accent], None) for accent in reversed(accents)) + _on_us(
            places[base], shift
        )
    return sign


def _on_us(place: int, shift: bool | None) -> str:
    return _US[place] if shift is None else _US[place % KEYS + KEYS * shift]


@cache
def _places(layout: str) -> dict[str, int]:
    """Where each character stands: below 47 without Shift, from 47 with it."""
    found: dict[str, int] = {}
    for place, sign in enumerate("".join(LAYOUTS[layout])):
        if sign != "\x00":
            found.setdefault(sign, place)
    for accent, alone in _SPACING.items():
        if accent in found:
            found.setdefault(alone, found[accent])
    return found
