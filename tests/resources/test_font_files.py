"""The shipped fonts can write Korean, and travel with their licence."""

import hashlib
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

FONTS = sorted((RESOURCES / "fonts").glob("*.ttf"))
README = (RESOURCES / "fonts" / "README.md").read_text(encoding="utf-8")


def test_a_regular_and_a_bold_face_are_shipped() -> None:
    assert [font.name for font in FONTS] == ["NanumGothic.ttf", "NanumGothicBold.ttf"]


@pytest.mark.parametrize("font", FONTS, ids=lambda font: font.stem)
def test_every_modern_hangul_syllable_has_a_glyph(font: Path) -> None:
    with TTFont(font) as opened:
        characters = opened.getBestCmap()
        empty = [code for code in range(0xAC00, 0xD7A4) if characters.get(code, ".notdef") == ".notdef"]
    assert empty == []


@pytest.mark.parametrize("font", FONTS, ids=lambda font: font.stem)
def test_the_readme_names_the_file_that_is_here(font: Path) -> None:
    assert font.name in README
    assert hashlib.sha256(font.read_bytes()).hexdigest() in README


def test_the_licence_travels_with_the_fonts() -> None:
    licence = (RESOURCES / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith("Copyright (c) 2010, NAVER Corporation")
    for part in (
        "SIL OPEN FONT LICENSE",
        "Version 1.1 - 26 February 2007",
        "PERMISSION & CONDITIONS",
        "TERMINATION",
    ):
        assert part in licence
