"""Whatever a document is, it ends in its picture or in a sentence that says why not, and the press lives on."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from helpers import hostile_papers as hostile
from helpers.paper_samples import BLUE, GREEN, RED, Colour, near, pdf, picture
from helpers.qt_loop import run_qt
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from app.stage.displays import CannotShow
from app.stage.surface import Content
from app.windows.fit import Look
from app.windows.paper_view import draw_sheet
from app.windows.press import Press
from relay.contract.names import TriggerId
from relay.contract.wording import LANGUAGES

VIEWPORT = QSize(800, 600)


@dataclass(frozen=True)
class Case:
    """A document and what has to come of it: the colour of its middle, or the reason."""

    name: str
    make: hostile.Maker
    ends_in: Colour | str
    look: Look = field(default_factory=Look)
    pages: int | None = 1


def refused(name: str, make: hostile.Maker, what: str) -> Case:
    return Case(name, make, what)


PICTURES = [
    Case("owner.pdf", hostile.owner_locked, GREEN),
    Case("1000.pdf", lambda path: pdf(path, [RED] * 999 + [BLUE]), BLUE, Look(page=1000), pages=1000),
    Case("a0.pdf", lambda path: pdf(path, [RED], size=hostile.A0), RED, Look(zoom=4.0)),
    Case("a0-at-800-percent.pdf", lambda path: pdf(path, [RED], size=hostile.A0), RED, Look(zoom=8.0)),
    Case("large.pdf", hostile.large_pdf, GREEN, Look(page=10), pages=10),
    Case("endless-box.pdf", hostile.boxed(b"0 0 1000000000 1000000000", hostile.ENDLESS_RED), RED),
    Case("thin-box.pdf", hostile.boxed(b"0 0 100000 1", hostile.ENDLESS_RED), RED),
    Case("turned-box.pdf", hostile.boxed(b"400 300 0 0"), RED),
    Case("no-box.pdf", hostile.boxed(b"0 0 0 0"), RED),
    Case("words-for-a-box.pdf", hostile.boxed(b"/A /B /C /D"), RED),
    Case("draws-itself.pdf", hostile.form_that_draws_itself, RED),
    Case("brackets.pdf", hostile.deep_brackets, RED),
    Case("jpx.pdf", hostile.embedded_picture(hostile.jpeg_2000(), b"/Filter /JPXDecode", (64, 48)), BLUE),
    Case("no-jpx.pdf", hostile.embedded_picture(b"\0" * 99, b"/Filter /JPXDecode", (64, 48)), RED),
    Case(
        "no-jbig2.pdf",
        hostile.embedded_picture(
            b"\xff" * 99, b"/Filter /JBIG2Decode /ColorSpace /DeviceGray /BitsPerComponent 1", (64, 48)
        ),
        RED,
    ),
    Case("no-table.pdf", hostile.without_its_table, RED, pages=3),
    Case("animated.gif", hostile.animated_gif, RED, pages=None),
    Case("printer.jpg", hostile.printers_jpeg, RED, pages=None),
    Case("deep.png", hostile.deep_png, RED, pages=None),
    Case("faxes.tiff", hostile.faxes, BLUE, Look(page=3), pages=3),
    Case("one-fax.tiff", lambda path: picture(path, RED), RED, pages=None),
    Case("photo.jpg", hostile.photo(8), RED, pages=None),
    Case("large.svg", hostile.svg(hostile.RED_SQUARE, attributes=f'{hostile.SVG} viewBox="0 0 4 3"'), RED, pages=None),
    Case(
        "endless.svg",
        hostile.svg(
            f'<rect width="1000000000" height="1000000000" fill="rgb{RED}"/>',
            attributes='xmlns="http://www.w3.org/2000/svg" width="1000000000" height="1000000000"',
        ),
        RED,
        pages=None,
    ),
    Case("absolute.svg", hostile.svg_that_opens_a_file('xlink:href="{path}"'), RED, pages=None),
    Case("relative.svg", hostile.svg_that_opens_a_file("href = '{name}'"), RED, pages=None),
    Case("address.svg", hostile.svg_that_opens_a_file('xlink:href="file://{path}"'), RED, pages=None),
    Case(
        "entity.svg",
        hostile.svg(
            f"{hostile.RED_SQUARE}<text>&x;</text>",
            before='<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        RED,
        pages=None,
    ),
]  # fmt: skip

REFUSED = [
    refused("locked.pdf", lambda path: pdf(path, password="secret"), "stage.what.encrypted"),
    refused("nothing.pdf", hostile.bytes_of(b""), "stage.what.empty"),
    refused("nothing.png", hostile.bytes_of(b""), "stage.what.empty"),
    refused("page.pdf", hostile.bytes_of(b"<!DOCTYPE html><h1>404 Not found</h1>"), "stage.what.damaged"),
    refused("page.jpg", hostile.bytes_of(b"<!DOCTYPE html><h1>404 Not found</h1>"), "stage.what.format"),
    refused("start.pdf", hostile.beginning_of(lambda path: pdf(path, [RED] * 9), 0.05), "stage.what.damaged"),
    refused(
        "no-pages.pdf",
        lambda path: hostile.raw_pdf(path, pages=b"<< /Type /Pages /Kids [] /Count 0 >>"),
        "stage.what.no_pages",
    ),
    refused("start.jpg", hostile.beginning_of(lambda path: picture(path, RED), 0.1), "stage.what.damaged"),
    refused("start.png", hostile.beginning_of(lambda path: picture(path, RED), 0.5), "stage.what.damaged"),
    refused("laughs.svg", hostile.billion_laughs, "stage.what.damaged"),
    refused(
        "itself.svg",
        hostile.svg('<g id="a"><use xlink:href="#a"/></g>'),
        "stage.what.damaged",
    ),
    refused("deep.svg", hostile.svg("<g>" * 100_000 + "</g>" * 100_000), "stage.what.damaged"),
    refused("huge.png", lambda path: (Image.new("1", (20_000, 20_000)).save(path), path)[1], "100 MP"),
]

Ending = tuple[Colour, int | None] | CannotShow


@pytest.fixture(scope="module")
def endings(qapp_session: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ending]:
    """Draw everything in one sitting, by one press, as a long day would."""
    folder = tmp_path_factory.mktemp("hostile")

    async def draw(press: Press, case: Case, path: Path) -> Ending:
        kind = "pdf" if path.suffix == ".pdf" else "image"
        try:
            paper = await press.open(Content(trigger_id=TriggerId("t"), kind=kind, path=path))
            sheet = await draw_sheet(paper, case.look, VIEWPORT, 1.0)
        except CannotShow as reason:
            return reason
        paper.close()
        assert sheet.image.width() <= VIEWPORT.width()
        assert sheet.image.height() <= VIEWPORT.height()
        return middle_of(sheet.image), paper.pages

    async def main() -> dict[str, Ending]:
        press = Press()
        try:
            found: dict[str, Ending] = {}
            for case in (*PICTURES, *REFUSED):
                path = case.make(folder / case.name)
                found[case.name] = await draw(press, case, path)
                path.unlink()
            return found
        finally:
            press.dismiss()

    return run_qt(qapp_session, main(), seconds=90)


def middle_of(image: QImage) -> Colour:
    colour = image.pixelColor(image.width() // 2, image.height() // 2)
    return colour.red(), colour.green(), colour.blue()


@pytest.fixture(scope="module")
def qapp_session(qapp_cls: object) -> object:
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


@pytest.mark.parametrize("case", PICTURES, ids=lambda case: case.name)
def test_a_strange_document_is_drawn_all_the_same(endings: dict[str, Ending], case: Case):
    ending = endings[case.name]
    assert not isinstance(ending, CannotShow), ending
    colour, pages = ending
    assert isinstance(case.ends_in, tuple)
    assert near(colour, case.ends_in, tolerance=14), colour
    assert pages == case.pages


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_document_that_cannot_be_drawn_says_why_in_both_languages(endings: dict[str, Ending], case: Case):
    ending = endings[case.name]
    assert isinstance(ending, CannotShow), ending
    assert case.ends_in in ending.values.values()
    assert all("stage." not in ending.explain(language) for language in LANGUAGES)


def test_hangul_in_a_font_that_is_not_in_the_file_is_no_blank(qapp, tmp_path: Path):
    async def main() -> set[Colour]:
        press = Press()
        try:
            path = hostile.hangul_without_a_font(tmp_path / "a.pdf")
            paper = await press.open(Content(trigger_id=TriggerId("t"), kind="pdf", path=path))
            image = (await draw_sheet(paper, Look(), QSize(400, 300), 1.0)).image
        finally:
            press.dismiss()
        # Each of the four syllables has left ink in its own place.
        return {
            tuple(
                sum(
                    image.pixelColor(x, y).lightness() < 100
                    for x in range(20 + 90 * place, 110 + 90 * place, 2)
                    for y in range(90, 200, 2)
                )
                > 20
                for place in range(4)
            )
        }  # type: ignore[return-value]

    assert run_qt(qapp, main()) == {(True, True, True, True)}
