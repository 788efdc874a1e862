"""Every kind of barcode as a camera sees it: sharp, small, blurred, turned, dark, and damaged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from helpers.camera_video import PAPER, barcode, glared, scratched, seen, tilted
from PIL import Image

MARK = 48  # pixels of each of the three squares by which a page tells scenes apart
LEVELS = 7

# How zxing calls it, and the pixels of its narrowest bar or square, as usual and where it is small.
KINDS: dict[str, tuple[str, int, int]] = {
    "Code 128": ("Code128", 3, 2),
    "Code 39": ("Code39", 3, 2),
    "EAN-13": ("EAN13", 4, 2),
    "EAN-8": ("EAN8", 4, 2),
    "ITF": ("ITF", 4, 2),
    "Data Matrix": ("DataMatrix", 10, 4),
    "QR": ("QRCode", 8, 3),
    "PDF417": ("PDF417", 3, 2),
    "GS1-128": ("Code128", 2, 1),
    "GS1 Data Matrix": ("DataMatrix", 10, 4),
}
# `blurred` is a Gaussian's sigma in pixels, `spread` the same in widths of the kind's narrowest bar: at 0.6 bars and
# spaces of that width keep 17 % of their contrast, at 0.7 they keep 9 %, at 1.1 (GS1-128 with 2.2 pixels) 0.3 %.
LOOKS: dict[str, dict[str, Any]] = {
    "sharp": {},
    "small": {"small": True},
    "blurred": {"spread": 0.6},
    "blurred by 2.2 px": {"blurred": 2.2},
    "turned 30°": {"turned": 30},
    "turned 90°": {"turned": 90},
    "dark": {"brightness": 0.18, "noisy": 8},
}
DAMAGE: dict[str, dict[str, Any]] = {
    "scratched": {"scratched": True},
    "glare": {"glared": True},
    "faint": {"ink": PAPER - 40},
    "tilted 25°": {"tilted": 25},
}


@dataclass(frozen=True)
class Scene:
    """One look at one kind of code; `mark` is what a page knows it by."""

    kind: str
    look: str
    text: str
    mark: str
    picture: Image.Image


def text_of(kind: str, number: int) -> str:
    """Write a text that this kind can hold, and no other scene has."""
    if kind.startswith("GS1"):
        return f"(400)WO-2025-{number:04d}(10)L7"
    if kind == "EAN-13":
        return with_check_digit(f"88012345{number:04d}")
    if kind == "EAN-8":
        return with_check_digit(f"963{number:04d}")
    return with_check_digit(f"20250000{number:05d}") if kind == "ITF" else f"WO-2025-{number:04d}"


def with_check_digit(digits: str) -> str:
    """Add the check digit (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def plain(text: str) -> str:
    """Leave out the symbology identifier and how GS1 is written."""
    return "".join(sign for sign in (text[3:] if text.startswith("]") else text) if sign not in "()\x1d")


def scenes(looks: dict[str, dict[str, Any]], kinds: Iterable[str] = KINDS) -> list[Scene]:
    """Draw the kinds in every one of these looks."""
    drawn: list[Scene] = []
    for kind in kinds:
        for look, how in looks.items():
            number = len(drawn) + 1
            text = text_of(kind, number)
            picture = drawn_as(kind, text, **how)
            mark = "".join(str(number // LEVELS**place % LEVELS) for place in (0, 1, 2))
            for place, level in enumerate(mark):
                light = int(level) * 255 // (LEVELS - 1)
                picture.paste((light, light, light), (place * MARK, 0, (place + 1) * MARK, MARK))
            drawn.append(Scene(kind, look, text, mark, picture))
    return drawn


def drawn_as(kind: str, text: str, **how: Any) -> Image.Image:
    """Take a picture of one code in one of the looks above."""
    symbology, usual, small = KINDS[kind]
    scale = small if how.pop("small", False) else usual
    if spread := how.pop("spread", 0):
        how["blurred"] = spread * scale
    label = barcode(text, symbology, scale=scale, gs1=kind.startswith("GS1"))
    if how.pop("scratched", False):
        label = scratched(label)
    spot, away = how.pop("glared", False), how.pop("tilted", 0)
    picture = seen(label, **how)
    if spot:
        picture = glared(picture)
    return tilted(picture, away) if away else picture
