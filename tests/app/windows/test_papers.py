"""Papers: files open or say why not, and draw what was asked for, without holding up the event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

import pytest
from helpers.paper_samples import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    Colour,
    drawing,
    heavy_pdf,
    near,
    pdf,
    picture,
)
from helpers.qt_loop import run_qt
from PIL import Image
from PySide6.QtCore import QRect, QSize, QSizeF
from PySide6.QtGui import QImage

from app.stage.displays import CannotShow
from app.stage.surface import Content
from app.windows.fit import Look
from app.windows.paper import Paper
from app.windows.paper_view import draw_sheet
from app.windows.press import Press
from relay.contract.names import TriggerId
from relay.contract.wording import LANGUAGES


def content(path: Path, media_type: str | None = None) -> Content:
    kind = "pdf" if path.suffix == ".pdf" else "image"
    return Content(trigger_id=TriggerId("t"), kind=kind, path=path, media_type=media_type)


@asynccontextmanager
async def opened(path: Path, media_type: str | None = None) -> AsyncIterator[Paper]:
    press = Press()
    try:
        yield await press.open(content(path, media_type))
    finally:
        press.dismiss()


def colour_at(image: QImage, x: int, y: int) -> Colour:
    colour = image.pixelColor(x, y)
    return (colour.red(), colour.green(), colour.blue())


async def drawn(path: Path, look: Look | None = None, viewport: QSize | None = None) -> QImage:
    async with opened(path) as paper:
        sheet = await draw_sheet(paper, look or Look(), viewport or QSize(800, 600), 1.0)
    return sheet.image


MAKERS = {
    "a.pdf": lambda path: pdf(path, [RED]),
    "a.png": lambda path: picture(path, RED),
    "a.jpg": lambda path: picture(path, RED),
    "a.svg": lambda path: drawing(path, RED),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_paper_is_drawn_with_its_white_corner_where_it_belongs(qapp, tmp_path: Path, name: str):
    path = MAKERS[name](tmp_path / name)
    image = run_qt(qapp, drawn(path))
    assert (image.width(), image.height()) == (800, 600)
    assert near(colour_at(image, 20, 20), WHITE)
    assert near(colour_at(image, 400, 300), RED)
    assert near(colour_at(image, 780, 580), RED)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("rotate", "corner"), [(90, (580, 20)), (180, (780, 580)), (270, (20, 780))], ids=["90", "180", "270"]
)
def test_every_kind_of_paper_turns_clockwise(
    qapp, tmp_path: Path, name: str, rotate: int, corner: tuple[int, int]
):
    path = MAKERS[name](tmp_path / name)
    size = QSize(800, 600) if rotate == 180 else QSize(600, 800)
    image = run_qt(qapp, drawn(path, Look(rotate=rotate), size))  # type: ignore[arg-type]
    assert image.size() == size
    assert near(colour_at(image, *corner), WHITE)
    assert near(colour_at(image, size.width() // 2, size.height() // 2), RED)


@pytest.mark.parametrize("name", MAKERS)
def test_a_zoomed_page_shows_the_middle_of_its_top(qapp, tmp_path: Path, name: str):
    # 8 x 400 x 300 (a PDF's points are larger): the white corner is far to the left, the top is red.
    image = run_qt(qapp, drawn(MAKERS[name](tmp_path / name), Look(zoom=8.0)))
    assert image.size() == QSize(800, 600)
    assert all(near(colour_at(image, x, y), RED) for x, y in ((5, 5), (795, 5), (5, 595), (795, 595)))


def test_each_page_of_a_pdf_is_drawn(qapp, tmp_path: Path):
    path = pdf(tmp_path / "many.pdf", [RED, GREEN, BLUE])

    async def middle(page: int) -> Colour:
        return colour_at(await drawn(path, Look(page=page)), 400, 300)

    assert [run_qt(qapp, middle(page)) for page in (1, 2, 3)] == [RED, GREEN, BLUE]


@pytest.mark.parametrize("page", [0, 4, 999])
def test_a_page_that_is_not_there_is_refused(qapp, tmp_path: Path, page: int):
    path = pdf(tmp_path / "many.pdf", [RED, GREEN, BLUE])
    with pytest.raises(CannotShow) as refused:
        run_qt(qapp, drawn(path, Look(page=page)))
    assert (refused.value.code, refused.value.values["field"]) == ("VALIDATION_ERROR", "page")


def test_a_picture_has_only_one_page(qapp, tmp_path: Path):
    with pytest.raises(CannotShow) as refused:
        run_qt(qapp, drawn(picture(tmp_path / "a.png"), Look(page=2)))
    assert refused.value.code == "VALIDATION_ERROR"


def test_a_photo_stands_upright_however_the_phone_was_held(qapp, tmp_path: Path):
    # Orientation 6: the stored picture has to be turned a quarter clockwise.
    image = run_qt(qapp, drawn(picture(tmp_path / "a.jpg", GREEN, turned=6), viewport=QSize(600, 800)))
    assert image.size() == QSize(600, 800)
    assert near(colour_at(image, 580, 20), WHITE)
    assert near(colour_at(image, 20, 20), GREEN)


def test_an_svg_is_recognised_by_its_type_as_well_as_by_its_text(qapp, tmp_path: Path):
    path = drawing(tmp_path / "blob", YELLOW)
    path.write_text("<!--" + "x" * 5000 + "-->" + path.read_text())

    async def size() -> QSizeF:
        async with opened(path, "image/svg+xml") as paper:
            return await paper.size(1)

    assert run_qt(qapp, size()) == QSizeF(400, 300)


def empty(path: Path) -> Path:
    path.touch()
    return path


def cut(path: Path, full: Path) -> Path:
    path.write_bytes(full.read_bytes()[: full.stat().st_size // 3])
    return path


def noise(path: Path) -> Path:
    path.write_bytes(b"%PDF-1.7\nthis is no document" * 9)
    return path


BROKEN = {
    "a missing pdf": (lambda folder: folder / "none.pdf", "stage.what.missing"),
    "a missing picture": (lambda folder: folder / "none.png", "stage.what.missing"),
    "an empty pdf": (lambda folder: empty(folder / "a.pdf"), "stage.what.empty"),
    "an empty picture": (lambda folder: empty(folder / "a.png"), "stage.what.empty"),
    "a pdf of noise": (lambda folder: noise(folder / "a.pdf"), "stage.what.damaged"),
    "an encrypted pdf": (lambda folder: pdf(folder / "a.pdf", password="secret"), "stage.what.encrypted"),
    "noise for a picture": (lambda folder: noise(folder / "a.png"), "stage.what.format"),
    "half a png": (
        lambda folder: cut(folder / "a.png", picture(folder / "b.png", size=(900, 900))),
        "stage.what.damaged",
    ),
    "half an svg": (lambda folder: cut(folder / "a.svg", drawing(folder / "b.svg")), "stage.what.damaged"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_read_says_why_in_both_languages(qapp, tmp_path: Path, kind: str):
    make, what = BROKEN[kind]
    with pytest.raises(CannotShow) as refused:
        run_qt(qapp, drawn(make(tmp_path)))
    assert (refused.value.code, refused.value.values) == ("DOCUMENT_UNREADABLE", {"what": what})
    assert all("stage." not in refused.value.explain(language) for language in LANGUAGES)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(qapp, tmp_path: Path):
    path = tmp_path / "huge.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(CannotShow) as refused:
        run_qt(qapp, drawn(path))
    assert refused.value.code == "DOCUMENT_TOO_LARGE"


def test_the_event_loop_goes_on_while_a_heavy_page_is_drawn(qapp, tmp_path: Path):
    path = heavy_pdf(tmp_path / "heavy.pdf", lines=150_000)

    async def longest_pause() -> tuple[float, float]:
        async with opened(path) as paper:
            pauses, begun = [0.0], perf_counter()

            async def tick() -> None:
                last = perf_counter()
                while True:
                    await asyncio.sleep(0.005)
                    pauses.append(perf_counter() - last)
                    last = perf_counter()

            ticking = asyncio.get_running_loop().create_task(tick())
            await paper.draw(1, QSize(800, 600), QRect(0, 0, 800, 600))
            whole = perf_counter() - begun
            ticking.cancel()
            return max(pauses), whole

    pause, whole = run_qt(qapp, longest_pause())
    assert whole > 0.2, "the page has to be heavy enough to tell anything"
    assert pause < whole / 2
