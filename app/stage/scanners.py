"""What scanners tell: texts, the keys they were made of, and whether they are heard at all.

The rooms of scanners and of windows are strangers; both speak of these.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from relay.contract.controls import Control

ScannerKind = Literal["wedge", "serial", "evdev"]


@dataclass(frozen=True)
class Heard:
    """One scan. `shifts` tells for each character whether Shift was down, `keys` which key it was (its number in
    linux/input-event-codes.h); both are empty where nobody knows.
    """

    text: str
    scanner: str = "wedge"
    kind: ScannerKind = "wedge"
    shifts: tuple[bool, ...] = ()
    keys: tuple[int, ...] = ()
    # The end was missing: the scanner was unplugged, or fell silent, in the middle of it.
    torn: bool = False

    @property
    def caps_lock(self) -> bool | None:
        """Was Caps Lock on? None if nobody can say: no letters, no word of Shift, or letters that disagree."""
        if len(self.shifts) != len(self.text):
            return None
        # Other letters than ours stand with and without Shift as each layout has it.
        said = {
            sign.isupper() != shift
            for sign, shift in zip(self.text, self.shifts, strict=True)
            if sign.isascii() and sign.isalpha()
        }
        return said.pop() if len(said) == 1 else None


@dataclass(frozen=True)
class RawKey:
    """One key as it came: its name or character, and the milliseconds since the key before it (None: a long time)."""

    name: str
    text: str
    gap_ms: float | None = None


class Hearing(StrEnum):
    """Whether a scanner is heard now, and if not, why."""

    READY = "ready"
    ABSENT = "absent"  # not plugged in
    UNFOCUSED = "unfocused"  # its keys go to another program
    FORBIDDEN = "forbidden"  # this user may not read it
    BUSY = "busy"  # another program holds it
    UNSUPPORTED = "unsupported"  # a part of this app, or of this system, is missing


@dataclass(frozen=True)
class ScannerState:
    """How one scanner stands. `detail` is what a technician asks for: the port, the device, the system's words."""

    scanner: str
    kind: ScannerKind
    name: str
    hearing: Hearing
    detail: str = ""


@dataclass(frozen=True)
class Understood:
    """A scan during the test of a scanner. `subject` is the order or control; `reason` why it is nothing of ours."""

    heard: Heard
    text: str
    means: Literal["order", "control", "pairing", "ignored", "calibration", "unreadable"]
    control: Control | None = None
    subject: str = ""
    reason: str = ""
    detail: str = ""
    # What was put right: `hangul`, `caps_lock`, `learned`, or the name of a layout.
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """What the scan of the keyboard test barcode taught; `failed` nothing, for it was another barcode."""

    result: Literal["right", "layout", "keys", "pairs", "caps_lock", "failed"]
    layout: str = ""
    count: int = 0
