"""Puts right what a keyboard's mode made of a scan: Hangul, Caps Lock, a foreign layout.

Three things are known without anybody's help. Hangul jamo come of a Korean keyboard's Hangul mode. A capital without
Shift, or a small letter with it, comes of Caps Lock. And a text that becomes a control barcode, a pairing link or a
known beginning of an order only when it is read key by key, or on exactly one layout, was typed so. Everything else is
learned: in the learn mode one known barcode is scanned, and what arrives tells whether the keys have to be read
instead of the text, on which layout, or, where neither is known, each character's partner.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.scan.hangul import to_keys
from app.scan.layout_tables import LAYOUTS
from app.scan.layouts import read_keys, undo_caps_lock, undo_layout
from app.scanner_settings import LearnedLayout
from app.stage.scanners import Heard
from relay.contract.controls import CALIBRATION

# Learned: the keys are right and the text is not, on a layout that has no table here.
KEYS = "keys"

# ISO/IEC 15424: `]`, the symbology's letter, a modifier.
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")


@dataclass(frozen=True)
class Repaired:
    """A scan as the scanner meant it. `steps` names what was put right: `hangul`, `caps_lock`, `learned`, a layout."""

    text: str
    steps: tuple[str, ...] = ()


class Repair:
    """What this bench knows of its keyboard."""

    def __init__(
        self, *, learned: LearnedLayout | None = None, is_known: Callable[[str], bool] = lambda _text: False
    ) -> None:
        """Take what was learned, and who tells whether a text is one of ours beyond doubt."""
        self.learned = learned or LearnedLayout()
        self._is_known = is_known

    def mend(self, heard: Heard) -> Repaired:
        """Say what the scanner meant. Only keyboards need it: other scanners send what they read."""
        if heard.kind != "wedge":
            return Repaired(heard.text)
        in_latin = to_keys(heard.text)
        if in_latin != heard.text:
            return Repaired(in_latin, ("hangul",))
        steps: tuple[str, ...] = ()
        shifts = self._shifts(heard)
        if heard.caps_lock and shifts:
            steps = ("caps_lock",)
        if self.learned.layout is not None:
            by_keys = read_keys(heard.keys, shifts)
            if by_keys is not None or self.learned.layout == KEYS:
                return Repaired(by_keys if by_keys is not None else heard.text, (*steps, self.learned.layout))
            return Repaired(
                undo_layout(heard.text, self.learned.layout, shifts), (*steps, self.learned.layout)
            )
        plain = undo_caps_lock(heard.text) if steps else heard.text
        if self.learned.pairs:
            return Repaired(plain.translate(str.maketrans(dict(self.learned.pairs))), (*steps, "learned"))
        if self._is_known(plain):
            return Repaired(plain, steps)
        by_keys = read_keys(heard.keys, shifts)
        if by_keys is not None:
            return Repaired(by_keys, (*steps, KEYS)) if self._is_known(by_keys) else Repaired(plain, steps)
        return self._try_layouts(heard, plain, steps)

    def _try_layouts(self, heard: Heard, plain: str, steps: tuple[str, ...]) -> Repaired:
        shifts = self._shifts(heard)
        found = {
            meant: layout
            for layout in reversed(LAYOUTS)
            # A scanner's keys type nothing but ASCII: what is left of another layout was not undone.
            if layout != "us"
            and (meant := undo_layout(heard.text, layout, shifts)).isascii()
            and self._is_known(meant)
        }
        if len(found) == 1:
            meant, layout = next(iter(found.items()))
            return Repaired(meant, (*steps, layout))
        return Repaired(plain, steps)

    def _shifts(self, heard: Heard) -> tuple[bool, ...]:
        # Letters that disagree about Caps Lock say that Shift was not told rightly.
        has_letters = any(sign.isascii() and sign.isalpha() for sign in heard.text)
        if self.learned.compensates_caps_lock or (has_letters and heard.caps_lock is None):
            return ()
        return heard.shifts


def learn(heard: Heard) -> LearnedLayout | None:
    """Find out, from the scan of the calibration barcode, what there is to repair; None: that was not the barcode."""
    if heard.text == CALIBRATION and heard.caps_lock:
        return LearnedLayout(compensates_caps_lock=True)
    if is_calibration(heard.text) or is_calibration(to_keys(heard.text)):
        return LearnedLayout()
    for layout in LAYOUTS:
        if is_calibration(undo_layout(heard.text, layout, heard.shifts)) or is_calibration(
            undo_layout(heard.text, layout)
        ):
            return LearnedLayout(layout=None if layout == "us" else layout)
    if is_calibration(read_keys(heard.keys, heard.shifts) or ""):
        return LearnedLayout(layout=KEYS)
    return _learn_pairs(undo_caps_lock(heard.text) if heard.caps_lock else heard.text)


def is_calibration(text: str) -> bool:
    """Tell whether a text is the keyboard test barcode's, as it should be."""
    return _AIM.sub("", text.strip()) == CALIBRATION


def _learn_pairs(text: str) -> LearnedLayout | None:
    text = text.strip()
    if len(text) != len(CALIBRATION) or len(set(text)) != len(text):
        return None
    same = sum(arrived == meant for arrived, meant in zip(text, CALIBRATION, strict=True))
    foreign = sum(not arrived.isascii() for arrived in text)
    if same < len(text) // 4 and foreign < len(text) // 4:
        return None  # some other barcode that happens to be as long
    pairs: dict[str, str] = {}
    for arrived, meant in zip(text, CALIBRATION, strict=True):
        pairs[arrived] = meant
        small = arrived.lower()
        if meant.isalpha() and small != arrived and len(small) == 1:
            pairs.setdefault(small, meant.lower())
    return LearnedLayout(
        pairs=tuple((arrived, meant) for arrived, meant in pairs.items() if arrived != meant)
    )
