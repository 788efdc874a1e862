"""A document window under the hands of phones: what is seen in the next frame, what becomes of it, and the pointer."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.qt_loop import run_qt
from PySide6.QtCore import QSize, QSizeF
from PySide6.QtGui import QColor, QImage
from reportlab.pdfgen.canvas import Canvas

from app.stage.steering import Sight
from app.stage.surface import Content, ViewWish
from app.windows.fit import Look, lay_out, seen_of, steered
from app.windows.workstation import Workstation
from relay.contract.names import MAIN_WINDOW, TriggerId
from relay.contract.steering import Pointer, Viewport

QUARTERS = {(0, 0): "#ff0000", (1, 0): "#00ff00", (0, 1): "#0000ff", (1, 1): "#ffffff"}
PAGE, ROOM = QSizeF(800, 400), QSize(1600, 900)


def quarters(path: Path, pages: int = 2) -> Path:
    """Each page: red, green, blue and white, one in each quarter."""
    canvas = Canvas(str(path), pagesize=(960, 540), invariant=True)
    for _ in range(pages):
        for (column, row), colour in QUARTERS.items():
            canvas.setFillColor(colour)
            canvas.rect(480 * column, 270 * (1 - row), 480, 270, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return path


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_what_was_asked_is_what_is_seen_whichever_way_the_page_is_turned(rotate) -> None:
    look = steered(Look(rotate=rotate), Viewport(x=0.4, y=0.6, zoom=8.0), PAGE, ROOM, 1.0)
    seen = seen_of(lay_out(PAGE, ROOM, look, 1.0), look, PAGE, ROOM, 1.0)
    assert (seen.x, seen.y) == pytest.approx((0.4, 0.6), abs=0.002)
    assert seen.zoom == pytest.approx(8.0)


def test_a_wish_beyond_the_ends_stays_at_them() -> None:
    def seen_after(viewport: Viewport) -> Viewport:
        look = steered(Look(), viewport, PAGE, ROOM, 1.0)
        return seen_of(lay_out(PAGE, ROOM, look, 1.0), look, PAGE, ROOM, 1.0)

    corner = seen_after(Viewport(x=1.0, y=0.0, zoom=2.0))
    # Half of the width is seen, and 900 of 1600 pixels of the height.
    assert (corner.x, corner.y) == pytest.approx((0.75, 0.28125), abs=0.002)
    assert seen_after(Viewport(x=0.0, y=1.0, zoom=0.5)) == Viewport(x=0.5, y=0.5, zoom=1.0)
    assert seen_after(Viewport(x=0.5, y=0.5, zoom=900)).zoom == pytest.approx(16.0)


class Bench:
    """One window on a pretended monitor, and what it says is seen."""

    def __init__(self, qapp) -> None:
        self.station = Workstation(qapp, language="en")
        self.sights: list[Sight | None] = []
        self.station.listen_to_sights(lambda _window_id, sight: self.sights.append(sight))
        self.surface = self.station.surface(MAIN_WINDOW)
        self.display = self.station.displays()[0]

    async def show(self, path: Path, number: str = "t") -> None:
        content = Content(trigger_id=TriggerId(number), kind="pdf", path=path)
        await self.surface.turn_to(content, ViewWish(), self.display)

    def look_at(self, x: float, y: float, zoom: float) -> None:
        self.station.look_at(MAIN_WINDOW, Viewport(x=x, y=y, zoom=zoom))

    def picture(self) -> QImage:
        return self.surface.grab()

    def colour(self, x: float = 0.5, y: float = 0.5) -> str:
        """The colour at this part of the room."""
        room = self.surface._pane._glass.geometry()
        return QColor(self.picture().pixel(round(room.width() * x), round(room.height() * y))).name()

    async def until(self, is_true: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not is_true():
                await asyncio.sleep(0.01)

    @property
    def is_sharp(self) -> bool:
        return self.surface._pane._glass._foretaste is None


def test_a_phone_moves_and_enlarges_the_page_at_once_and_then_sharp(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(qapp)
        await bench.show(quarters(tmp_path / "a.pdf"))
        whole = bench.sights[-1]
        assert (whole.page, whole.pages, whole.viewport) == (1, 2, Viewport(x=0.5, y=0.5, zoom=1.0))
        assert whole.page_aspect == pytest.approx(960 / 540, abs=0.01)
        bench.look_at(0.75, 0.25, 3.0)
        assert not bench.is_sharp, "the next frame does not wait for the press"
        assert bench.colour() == "#00ff00"
        bench.look_at(0.25, 0.75, 4.0)
        assert bench.colour() == "#0000ff"
        assert bench.sights[-1].viewport.x == pytest.approx(0.25, abs=0.01)
        await bench.until(lambda: bench.is_sharp)
        assert bench.colour() == "#0000ff"
        assert bench.sights[-1].viewport.zoom == pytest.approx(4.0, abs=0.01)
        # What is done here changes the same viewport, and is told.
        await bench.surface.view(ViewWish(fit="page"))
        assert bench.sights[-1].viewport == Viewport(x=0.5, y=0.5, zoom=1.0)
        bench.surface.close()
        assert bench.sights[-1] is None
        bench.look_at(0.25, 0.75, 3.0)
        assert bench.sights[-1] is None
        bench.station.dismiss()

    run_qt(qapp, main())


def test_a_command_that_waits_for_its_frame_is_not_kept_waiting_by_phones(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(qapp)
        await bench.show(quarters(tmp_path / "a.pdf"))

        def interfere(_window_id, sight: Sight | None) -> None:
            # In the very moment in which the command has swapped and not painted yet.
            if sight is not None and sight.page == 2 and sight.viewport.zoom == 1.0:
                bench.look_at(0.75, 0.25, 4.0)

        bench.station.listen_to_sights(interfere)
        painted = await bench.surface.view(ViewWish(step="next"))
        assert painted.page == 2
        await bench.until(lambda: bench.is_sharp and bench.surface.look().zoom is not None)
        assert bench.colour() == "#00ff00", "and the phone's wish is followed then"
        bench.station.dismiss()

    run_qt(qapp, main())


def test_other_content_begins_whole_whatever_a_phone_wished_of_the_one_before(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(qapp)
        await bench.show(quarters(tmp_path / "a.pdf"))
        bench.look_at(0.75, 0.25, 4.0)
        loading = asyncio.ensure_future(bench.show(quarters(tmp_path / "b.pdf"), "other"))  # noqa: TID251
        await bench.until(lambda: not bench.surface._lane.is_free)
        while not loading.done():
            bench.look_at(0.75, 0.25, 4.0)
            await asyncio.sleep(0.005)
            if bench.sights[-1].content.trigger_id == "other":
                break  # from here on it would be meant for the new one
        await loading
        await bench.until(bench.surface.steered._following.done)
        assert bench.is_sharp
        assert bench.sights[-1].content.trigger_id == "other"
        assert bench.sights[-1].viewport.zoom == 1.0
        bench.station.dismiss()

    run_qt(qapp, main())


def test_a_pointer_lies_on_its_detail_wherever_that_goes_and_fades(qapp, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(qapp)
        await bench.show(quarters(tmp_path / "a.pdf"))
        mark = bench.surface.steered._mark
        bench.station.point(MAIN_WINDOW, Pointer(x=0.75, y=0.75))
        assert mark.isVisible()
        room = bench.surface._pane._glass.geometry()
        page_at = mark.geometry().center().x() / room.width()
        bench.look_at(0.75, 0.75, 2.0)
        await bench.until(lambda: bench.is_sharp)
        middle = mark.geometry().center()
        assert middle.x() / room.width() == pytest.approx(0.5, abs=0.02)
        assert middle.x() / room.width() != pytest.approx(page_at, abs=0.02)
        picture = bench.picture()
        assert QColor(picture.pixel(middle.x(), middle.y())).name() == "#ff6a00"
        colours = {QColor(picture.pixel(middle.x() + step, middle.y())).name() for step in range(40)}
        assert {"#000000", "#ffffff"} <= colours, "a ring that is seen on white and on black"
        bench.look_at(0.25, 0.25, 8.0)
        assert not mark.isVisible(), "the detail is not in the room"
        bench.look_at(0.5, 0.5, 1.0)
        assert mark.isVisible()
        bench.station.point(MAIN_WINDOW, None)
        await bench.until(lambda: not mark.isVisible())
        bench.station.point(MAIN_WINDOW, Pointer(x=0.5, y=0.5))
        bench.surface.close()
        await bench.show(quarters(tmp_path / "b.pdf"), "other")
        assert not mark.isVisible(), "nobody has pointed at this document"
        bench.station.dismiss()

    run_qt(qapp, main())
