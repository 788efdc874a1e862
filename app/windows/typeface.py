"""The letters that windows write with: the Hangul font that the app brings along, so that no bench needs
one.
"""

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from relay.contract.wording import CATALOGUE

FONTS = CATALOGUE.parent / "fonts"


@cache
def _families() -> tuple[str, ...]:
    found: dict[str, None] = {}
    for file in sorted(FONTS.glob("NanumGothic*.ttf")):
        number = QFontDatabase.addApplicationFont(str(file))
        for family in QFontDatabase.applicationFontFamilies(number) if number >= 0 else ():
            found[family] = None
    return tuple(found)


def typeface(pixels: int, *, bold: bool = False) -> QFont:
    """Return the app's font at a height in logical pixels. Needs a QGuiApplication."""
    font = QFont()
    if families := _families():
        font.setFamilies(list(families))
    font.setPixelSize(max(1, pixels))
    font.setBold(bold)
    return font
