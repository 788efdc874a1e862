"""Turns what a foreign keyboard layout made of a scanner's keys back into what the scanner meant.

A wedge scanner presses the keys of a US keyboard. Where the machine is set to another layout the same keys type other
characters: on a German one Y and Z change places and a dash becomes ß. A key is known by what it types, so the way
back is a table for each layout; dead keys, and the letters that they were joined with, are taken apart first.
"""

import unicodedata
from functools import cache

from app.scan.layout_tables import LAYOUTS

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


def undo_layout(text: str, layout: str) -> str:
    """Say what a US keyboard would have typed with the keys that typed `text` on `layout`.

    What no key of that layout types stays as it is. Raises KeyError for a layout that is not in the table.
    """
    way_back = _way_back(layout)
    meant: list[str] = []
    for sign in text:
        if sign in way_back:
            meant.append(way_back[sign])
            continue
        base, *accents = unicodedata.normalize("NFD", sign)
        if accents and base in way_back and all(accent in way_back for accent in accents):
            # The dead key was pressed before the letter.
            meant += [way_back[accent] for accent in reversed(accents)]
            meant.append(way_back[base])
        else:
            meant.append(sign)
    return "".join(meant)


def type_on(text: str, layout: str) -> str:
    """Say what `layout` types when a scanner presses a US keyboard's keys for `text`."""
    to_foreign = dict(zip("".join(LAYOUTS["us"]), "".join(LAYOUTS[layout]), strict=True))
    return "".join(to_foreign.get(sign, sign) for sign in text)


def undo_caps_lock(text: str) -> str:
    """Say what would have been typed without Caps Lock: it changes the case of letters, and nothing else."""
    return "".join(sign.swapcase() if len(sign.swapcase()) == 1 else sign for sign in text)


@cache
def _way_back(layout: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for foreign, usual in zip("".join(LAYOUTS[layout]), "".join(LAYOUTS["us"]), strict=True):
        if foreign != "\x00":
            found.setdefault(foreign, usual)
    for accent, alone in _SPACING.items():
        if accent in found:
            found.setdefault(alone, found[accent])
    return found
