"""Control barcodes: what a worker with gloves on scans instead of a key, and how each is written.

The codes are closed: a scan is a control only if it is one of them, whole. They hold nothing but letters that keep
their place on QWERTY, QWERTZ and AZERTY keyboards, no digit and no sign, and their letter case means nothing: so a
foreign layout, Caps Lock and the Hangul mode of a Korean keyboard leave them what they are. The number of a display
is a Roman one for the same reason. `resources/control_sheet` prints them; bench, relay and phone read them from here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from relay.contract.wording import Language

ControlVerb = Literal[
    "next", "previous", "fit", "zoom_in", "zoom_out", "rotate", "close", "undo", "again", "display"
]
CONTROL_VERBS: tuple[ControlVerb, ...] = get_args(ControlVerb)

# Neither A, Q, W, Z, M nor Y: AZERTY and QWERTZ have them elsewhere.
SAFE_LETTERS = "BCDEFGHIJKLNOPRSTUVX"
PREFIX = "XBCX"
DISPLAYS = 8

_WORDS: dict[ControlVerb, str] = {
    "next": "NEXT",
    "previous": "PREV",
    "fit": "FIT",
    "zoom_in": "BIGGER",
    "zoom_out": "SHRINK",
    "rotate": "TURN",
    "close": "CLOSE",
    "undo": "UNDO",
    "again": "REOPEN",
    "display": "SCREEN",
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")

# What the learn mode asks for: every letter, every digit, and the signs that stand in order numbers.
CALIBRATION = "BCDEFGHIJKLNOPRSTUVX0123456789AQWZMY-_./:+"


@dataclass(frozen=True)
class Control:
    """What a control barcode asks for; `number` counts displays from 1, and is None for every other verb."""

    verb: ControlVerb
    number: int | None = None


def write_control(control: Control) -> str:
    """Return the text of the barcode. Raises KeyError or IndexError for a control that has none."""
    number = _ROMAN[control.number - 1] if control.number is not None else ""
    return f"{PREFIX}{_WORDS[control.verb]}{number}"


CONTROLS: tuple[Control, ...] = (
    *(Control(verb) for verb in CONTROL_VERBS if verb != "display"),
    *(Control("display", number) for number in range(1, DISPLAYS + 1)),
)
_BY_TEXT = {write_control(control): control for control in CONTROLS}
# The i without its dot is what a Turkish keyboard gives for the key I.
_DOTS = str.maketrans("ıİ", "II")


def read_control(text: str) -> Control | None:
    """Tell which control a scan is, whatever its letter case; None for everything else."""
    return _BY_TEXT.get(text.translate(_DOTS).upper())


def control_sheet_path(language: Language) -> Path:
    """Name the PDF of the printable sheet: A4, two pages, to be printed at 100 %."""
    folder = Path(__file__).resolve().parents[2] / "resources" / "control_sheet"
    return folder / f"control-sheet-{language}.pdf"
