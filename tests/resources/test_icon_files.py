"""The icons are there in every size, and the states differ in shape, not only in colour."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

ICONS = RESOURCES / "icons"
STATES = ["shown", "failed", "waiting", "offline", "connected", "monitor"]
SIZES = [16, 32, 48, 128, 256]


@pytest.mark.parametrize("size", SIZES)
def test_the_app_icon_exists_in_every_size(size: int) -> None:
    with Image.open(ICONS / f"benchcast-{size}.png") as image:
        assert image.size == (size, size)
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(("name", "size"), [("maskable", 192), ("maskable", 512), ("apple", 180)])
def test_what_home_screens_cut_is_filled_to_its_edge(name: str, size: int) -> None:
    with Image.open(ICONS / f"phone-{name}-{size}.png") as image:
        assert image.size == (size, size)
        assert image.mode == "RGB"
        # Nothing of the picture is outside the circle of four fifths (W3C App Manifest, maskable icons).
        ground, centre = image.getpixel((0, 0)), size / 2
        if name == "maskable":
            inked = [
                (x, y)
                for x in range(0, size, 4)
                for y in range(0, size, 4)
                if image.getpixel((x, y)) != ground
            ]
            assert max(((x - centre) ** 2 + (y - centre) ** 2) ** 0.5 for x, y in inked) <= 0.4 * size


def test_the_windows_icon_holds_every_size() -> None:
    with Image.open(ICONS / "benchcast.ico") as image:
        assert sorted(image.info["sizes"]) == [(size, size) for size in SIZES]


@pytest.mark.parametrize("path", sorted(ICONS.glob("*.svg")), ids=lambda path: path.stem)
def test_every_vector_icon_is_square_and_has_a_title(path: Path) -> None:
    root = ET.parse(path).getroot()
    _, _, width, height = root.attrib["viewBox"].split()
    assert width == height
    assert root.findtext("{http://www.w3.org/2000/svg}title")


def test_the_states_differ_in_shape_alone() -> None:
    shapes: set[tuple[str, ...]] = set()
    for state in STATES:
        content = (ICONS / f"{state}.svg").read_text(encoding="utf-8")
        # One colour, named once at the root: whatever differs beyond it is shape.
        assert content.count("#") == 1
        assert 'stroke="currentColor"' in content
        elements = ET.fromstring(content).iter("*")
        shapes.add(tuple(e.get("d", e.tag) for e in elements if e.tag.endswith(("path", "circle", "rect"))))
    assert len(shapes) == len(STATES)
