"""The two typefaces of every sample, and how wide a text is in them."""

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).resolve().parents[2] / "fonts"
REGULAR = "NanumGothic"
BOLD = "NanumGothicBold"


def name_of(bold: bool) -> str:
    """The name under which reportlab and the font folder know the face."""
    return BOLD if bold else REGULAR


def path_of(bold: bool) -> Path:
    """The font file of the face."""
    return FOLDER / f"{name_of(bold)}.ttf"


def register() -> None:
    """Make both faces known to reportlab; needed once before anything is measured or drawn."""
    for bold in (False, True):
        pdfmetrics.registerFont(TTFont(name_of(bold), str(path_of(bold))))


@cache
def font_file(bold: bool) -> FontFile:
    """The opened font, for its outlines and its character map."""
    return FontFile(path_of(bold))


@cache
def characters(bold: bool) -> frozenset[int]:
    """Every code point that the face can draw."""
    return frozenset(font_file(bold).getBestCmap())


def insist_on_glyphs(text: str, bold: bool) -> None:
    """Raise ValueError for a character the face lacks: an empty box on a work order is a defect."""
    missing = sorted({letter for letter in text if ord(letter) not in characters(bold)})
    if missing:
        raise ValueError(f"{name_of(bold)} cannot draw {missing} in {text!r}.")


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of one line, in the unit of `size`."""
    return float(pdfmetrics.stringWidth(text, name_of(bold), size))


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width`, between words; a newline always breaks."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width_of(longer, size, bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def fitted(text: str, width: float, size: float, bold: bool = False) -> float:
    """The largest size up to `size` at which the text fits on one line of `width`."""
    return min(size, size * width / max(width_of(text, size, bold), 0.001))
