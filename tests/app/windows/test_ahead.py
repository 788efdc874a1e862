"""What is drawn ahead of time: the next page in one frame, within a limit of memory, and nothing for nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest
from helpers.paper_samples import BLUE, GREEN, RED, YELLOW, Colour, near, pdf, picture
from helpers.qt_loop import run_qt
from PySide6.QtCore import QEvent, QObject

from app.stage.displays import CannotShow
from app.stage.surface import Content, Painted, ViewWish
from app.windows import ahead as ahead_module
from app.windows.document_window import DocumentWindow
from app.windows.workstation import Workstation
from relay.contract.commands import Scroll
from relay.contract.names import MAIN_WINDOW, TriggerId

COLOURS = (RED, GREEN, BLUE, YELLOW)


class Frames(QObject):
    """Counts how often the page was painted, and what was seen in its middle."""

    def __init__(self, window: DocumentWindow) -> None:
        super().__init__()
        self._glass = window._pane._glass
        self.seen: list[Colour] = []
        self._glass.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            sheet = self._glass.sheet
            assert sheet is not None
            colour = sheet.image.pixelColor(sheet.image.width() // 2, sheet.image.height() // 2)
            self.seen.append((colour.red(), colour.green(), colour.blue()))
        return False


@dataclass
class Bench:
    station: Workstation
    window: DocumentWindow

    async def show(self, path: Path, **wish: object) -> Painted:
        kind = "pdf" if path.suffix == ".pdf" else "image"
        content = Content(trigger_id=TriggerId("t"), kind=kind, path=path)
        return await self.window.turn_to(content, ViewWish(**wish), self.station.displays()[0])  # type: ignore[arg-type]

    async def view(self, **wish: object) -> Painted:
        return await self.window.view(ViewWish(**wish))  # type: ignore[arg-type]

    @property
    def draws(self) -> int:
        return self.station._press.draws

    @property
    def stock(self) -> list[int]:
        return sorted(key[1].page for key in self.window._ahead._sheets)

    async def until(self, pages: list[int]) -> None:
        async with asyncio.timeout(20):
            while self.stock != pages:
                await asyncio.sleep(0.01)


def at_a_bench(qapp: object, work: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        station = Workstation(qapp, language="en")  # type: ignore[arg-type]
        window = station.surface(MAIN_WINDOW)
        assert isinstance(window, DocumentWindow)
        try:
            await work(Bench(station, window))
        finally:
            station.dismiss()

    run_qt(qapp, main(), seconds=60)  # type: ignore[arg-type]


def test_the_next_page_is_there_in_one_frame_and_is_not_drawn_again(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", COLOURS)

    async def work(bench: Bench) -> None:
        await bench.show(path)
        await bench.until([2])
        frames, draws = Frames(bench.window), bench.draws
        begun = perf_counter()
        painted = await bench.view(step="next")
        print(f"next page: {len(frames.seen)} frame, {(perf_counter() - begun) * 1000:.1f} ms")
        assert (painted.page, painted.pages) == (2, 4)
        assert [near(colour, GREEN) for colour in frames.seen] == [True], "exactly one frame, of the new page"
        assert bench.draws <= draws + 1, "at most the page after the next was asked for"
        # The page before is still there, and the one after it comes.
        await bench.until([1, 3])
        assert bench.draws == draws + 1

    at_a_bench(qapp, work)


def test_steps_end_at_the_first_and_the_last_page(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", COLOURS)

    async def work(bench: Bench) -> None:
        await bench.show(path)
        steps = ("previous", "next", "last", "next", "first")
        pages = [(await bench.view(step=step)).page for step in steps]
        assert pages == [1, 2, 4, 4, 1]
        with pytest.raises(CannotShow) as refused:
            await bench.view(page=5)
        assert refused.value.code == "VALIDATION_ERROR"
        assert (await bench.view(rotate_by=90)).page == 1

    at_a_bench(qapp, work)


def test_a_document_that_lost_pages_is_loaded_again_at_its_last_one(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", COLOURS)

    async def work(bench: Bench) -> None:
        await bench.show(path, page=4)
        pdf(path, COLOURS[:2])
        painted = await bench.view(reload=True)
        assert (painted.page, painted.pages) == (2, 2)

    at_a_bench(qapp, work)


def test_a_page_that_is_half_drawn_ahead_is_not_begun_anew(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", COLOURS)

    async def work(bench: Bench) -> None:
        press, ask, drawn = bench.station._press, bench.station._press.ask, []

        async def noted(question: dict[str, object], *, idle: bool = False) -> object:
            if question["do"] == "draw":
                drawn.append((question["page"], idle))
            return await ask(question, idle=idle)

        press.ask = noted  # type: ignore[method-assign, assignment]
        await bench.show(path)
        async with asyncio.timeout(20):
            while (2, True) not in drawn:
                await asyncio.sleep(0)
        assert bench.stock == []
        assert (await bench.view(step="next")).page == 2
        assert [page for page, _ in drawn].count(2) == 1

    at_a_bench(qapp, work)


def test_other_content_a_close_and_another_look_leave_nothing_of_what_was_drawn_ahead(qapp, tmp_path: Path):
    path, other = pdf(tmp_path / "a.pdf", COLOURS), picture(tmp_path / "b.png")

    async def work(bench: Bench) -> None:
        await bench.show(path)
        await bench.until([2])
        await bench.view(rotate=90)
        assert all(key[1].rotate == 90 for key in bench.window._ahead._sheets)
        await bench.until([2])
        await bench.show(other)
        assert bench.stock == []
        await bench.show(path)
        await bench.until([2])
        bench.window.close()
        assert (bench.stock, bench.window._ahead.cost) == ([], 0)

    at_a_bench(qapp, work)


def test_what_is_drawn_ahead_has_a_limit(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = pdf(tmp_path / "a.pdf", COLOURS)

    async def work(bench: Bench) -> None:
        viewport, _ = bench.window._pane.pixels_on(bench.station.displays()[0])
        one = 4 * viewport.width() * viewport.height()
        monkeypatch.setattr(ahead_module, "MOST_BYTES", one * 3 // 2)
        await bench.show(path, page=2)
        await bench.until([3])
        async with asyncio.timeout(20):
            await bench.window._ahead._work  # type: ignore[misc]
        assert bench.stock == [3]
        assert bench.window._ahead.cost <= ahead_module.MOST_BYTES

    at_a_bench(qapp, work)


def test_scrolling_shows_something_at_once_and_counts_only_when_it_is_sharp(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", [RED])

    async def work(bench: Bench) -> None:
        await bench.show(path)
        await bench.view(zoom=4.0)
        pane = bench.window._pane
        tasted: list[bool] = []
        show = pane._glass.show_foretaste
        pane._glass.show_foretaste = lambda taste: (tasted.append(taste is not None), show(taste))[1]
        before = pane.scene
        painted = await bench.view(scroll=Scroll(dy=0.5))
        assert painted.page == 1
        assert tasted == [True]
        assert pane.scene is not before
        assert pane._glass._foretaste is None
        assert pane.is_painted()

    at_a_bench(qapp, work)


def test_a_foretaste_is_never_taken_for_the_page(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", [RED])

    async def work(bench: Bench) -> None:
        await bench.show(path)
        pane, press = bench.window._pane, bench.station._press
        ask = press.ask
        gate = asyncio.Event()

        async def slowly(question: dict[str, object], *, idle: bool = False) -> object:
            await gate.wait()
            return await ask(question, idle=idle)

        press.ask = slowly  # type: ignore[method-assign, assignment]
        viewing = asyncio.get_running_loop().create_task(bench.view(zoom_step="in"))
        async with asyncio.timeout(20):
            while pane._glass._foretaste is None:
                await asyncio.sleep(0.01)
        pane._painted_at = None
        pane._glass.repaint()
        assert not pane.is_painted()
        assert not viewing.done()
        gate.set()
        await viewing
        assert pane._glass._foretaste is None

    at_a_bench(qapp, work)


def test_when_the_sharp_page_cannot_be_drawn_the_old_view_is_back(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", [RED])

    async def work(bench: Bench) -> None:
        await bench.show(path)
        before = bench.window._pane.scene
        path.unlink()
        bench.station._press.dismiss()  # so that the file has to be opened again
        bench.station._press._dismissed = False
        with pytest.raises(CannotShow):
            await bench.view(zoom_step="in")
        assert bench.window._pane.scene is before
        assert bench.window._pane._glass._foretaste is None

    at_a_bench(qapp, work)
