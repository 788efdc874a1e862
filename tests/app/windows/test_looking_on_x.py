"""Looking closer, on a real X server: steps, zoom and scrolling are true on the monitor, and sharp to the pixel."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from helpers import hostile_papers as hostile
from helpers.paper_samples import BLUE, GREEN, RED, WHITE, YELLOW, Colour, near, pdf
from helpers.stage_desk import StageDesk, content, stage_desk
from helpers.x11 import RIGHT, Desk, two_monitors, wait_for
from reportlab.pdfgen.canvas import Canvas

pytestmark = pytest.mark.x11

MIDDLE = (RIGHT.x + RIGHT.width // 2, RIGHT.height // 2)
BAND = (78, 58, 0)
GROUND = (35, 39, 46)
COLOURS = [RED, GREEN, BLUE, YELLOW]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with two_monitors(window_manager=True) as display:
        yield display


@pytest.fixture
def stage(desk: Desk) -> Iterator[StageDesk]:
    with stage_desk(desk.env) as process:
        yield process


def shows(desk: Desk, colour: Colour, at: tuple[int, int] = MIDDLE) -> bool:
    return near(desk.pixel(*at), colour)


def stripes(path: Path, *, size: tuple[float, float], wide: float) -> Path:
    """Black stripes on white, each `wide` points, over the whole page."""
    canvas = Canvas(str(path), pagesize=size)
    x = 0.0
    while x < size[0]:
        canvas.rect(x, 0, wide, size[1], fill=1, stroke=0)
        x += 2 * wide
    canvas.save()
    return path


def test_a_page_is_on_the_monitor_when_the_step_is_answered(desk: Desk, stage: StageDesk, tmp_path: Path):
    stage.show("pdf", pdf(tmp_path / "a.pdf", COLOURS))
    page = 1
    for turn, step in enumerate(["next", "next", "next", "next", "previous", "first", "last", "previous"]):
        page = {"next": min(4, page + 1), "previous": max(1, page - 1), "first": 1, "last": 4}[step]
        assert stage.ask("view", view={"step": step})["page"] == page
        assert shows(desk, COLOURS[page - 1]), (turn, step)


def test_scrolling_is_true_at_once_and_ends_at_the_edges(desk: Desk, stage: StageDesk, tmp_path: Path):
    # Four bands, each as high as the room above the caption at four times the size.
    room = (1920, 1048)
    canvas = Canvas(str(tmp_path / "bands.pdf"), pagesize=(room[0] * 0.75, room[1] * 0.75))
    for number, colour in enumerate(COLOURS):
        canvas.setFillColorRGB(*(part / 255 for part in colour))
        canvas.rect(0, room[1] * 0.75 * (3 - number) / 4, 9999, room[1] * 0.75 / 4, fill=1, stroke=0)
    canvas.save()
    stage.show("pdf", tmp_path / "bands.pdf", view={"zoom": 4.0})
    assert shows(desk, RED)
    for dy, colour in (
        (1, GREEN),
        (1, BLUE),
        (1, YELLOW),
        (1, YELLOW),
        (-2, GREEN),
        (-9, RED),
        (0.25, RED),
        (0.5, GREEN),
    ):
        stage.ask("view", view={"scroll": {"dy": dy}})
        assert shows(desk, colour), (dy, colour)
    stage.ask("view", view={"zoom_step": "out"})
    stage.ask("view", view={"fit": "page"})
    assert near(desk.pixel(RIGHT.x + 1900, 10), RED)
    assert near(desk.pixel(RIGHT.x + 1900, 1040), YELLOW)


@pytest.mark.parametrize("scale", [1.5, 2])
def test_an_a0_sheet_at_400_percent_is_sharp_to_the_device_pixel(tmp_path: Path, scale: float):
    # 3 points are 16 pixels at 400 %, times the monitor's scale.
    path = stripes(tmp_path / "a0.pdf", size=(2400, 3372), wide=3)
    with two_monitors(window_manager=True) as desk:
        desk.env["QT_SCALE_FACTOR"] = str(scale)
        with stage_desk(desk.env) as stage:
            stage.show("pdf", path, view={"zoom": 4.0})
            stage.ask("view", view={"scroll": {"dx": -99, "dy": 0.5}})
            seen = desk.shot_of(RIGHT)
            row = [seen.getpixel((x, 500))[0] for x in range(1920)]
            wide = round(16 * scale)
            grey = [x for x in range(wide, 1900) if 20 < row[x] < 235]
            assert not grey, f"a blurred edge is grey: {grey[:9]}"
            edges = [x for x in range(1, 1900) if abs(row[x] - row[x - 1]) > 128]
            # An edge on the very boundary of a pixel may fall to either side of it.
            assert {after - before for before, after in pairwise(edges)} <= {wide - 1, wide, wide + 1}
            assert len(edges) == (1900 - 1) // wide
            assert stage.ask("memory")["bytes"] < 600_000_000, "not the whole sheet, which would be 900 MB"


def test_a_document_that_hangs_leaves_the_old_one_and_the_next_one_comes(desk: Desk, tmp_path: Path):
    with stage_desk(desk.env, patience=4) as stage:
        stage.show("pdf", pdf(tmp_path / "old.pdf", [RED]))
        said = stage.show("pdf", hostile.form_bomb(tmp_path / "bomb.pdf"))
        # It hangs, or it eats all the memory that a press may have: whichever comes first.
        assert said["code"] == "DOCUMENT_UNREADABLE"
        assert said["values"]["what"] in {"stage.what.slow", "stage.what.stopped"}
        assert shows(desk, RED)
        hung = stage.begin("turn_to", content=content("pdf", tmp_path / "bomb.pdf"), display=1)
        newer = stage.begin("turn_to", content=content("pdf", pdf(tmp_path / "new.pdf", [BLUE])), display=1)
        assert stage.answer(hung)["code"] == "SUPERSEDED"
        assert "shown_ms" in stage.answer(newer)
        assert shows(desk, BLUE)
        wait_for(lambda: len(stage.ask("memory")["presses"]) == 1, seconds=20, what="the hung one to be gone")


def test_a_changed_revision_is_said_over_the_document_and_then_only_below_it(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    path = pdf(tmp_path / "a.pdf", [RED], size=(1920, 1048))
    top, strip = (RIGHT.x + 1900, 20), (RIGHT.x + 1000, 1060, RIGHT.x + 1920, 1080)

    def amber_below() -> bool:
        picture = desk.screenshot().crop(strip)
        return any(near(colour, (255, 201, 77), 30) for _, colour in picture.getcolors(99_999) or ())  # type: ignore[arg-type]

    stage.show("pdf", path, content={"document_id": "d", "revision": "B"})
    assert near(desk.pixel(*top), RED)
    assert not amber_below()
    stage.show("pdf", path, content={"document_id": "d", "revision": "C"})
    wait_for(lambda: near(desk.pixel(*top), BAND), what="the band")
    assert shows(desk, RED), "it covers a small part of the document"
    stage.ask("view", view={"rotate": 180})
    assert near(desk.pixel(*top), BAND)
    assert amber_below()
    stage.show("pdf", path, content={"document_id": "d", "revision": "C"})
    assert not amber_below()
    assert near(desk.pixel(*top), RED)


def test_the_ground_around_a_page_stays_when_it_is_turned_step_by_step(
    desk: Desk, stage: StageDesk, tmp_path: Path
):
    stage.show("pdf", pdf(tmp_path / "a.pdf", [RED], size=(300, 600)))
    corners = {90: (1910, 60), 180: None, 270: (20, 1000), 0: None}
    for turned, corner in corners.items():
        stage.ask("view", view={"rotate_by": 90, "fit": "width" if turned in {90, 270} else "page"})
        seen = desk.shot_of(RIGHT)
        if corner is None:
            assert near(seen.getpixel((100, 500)), GROUND)
        elif turned == 90:
            assert near(seen.getpixel(corner), WHITE)
        assert near(seen.getpixel((960, 500)), RED)
