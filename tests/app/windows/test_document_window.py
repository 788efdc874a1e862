"""The document window on a pretended monitor: what needs no X server."""

import asyncio
import sys
from pathlib import Path

import pytest
from helpers.paper_samples import pdf
from helpers.qt_loop import run_qt

from app.stage.displays import CannotShow
from app.stage.surface import Content, ViewWish
from app.windows.document_window import DocumentWindow
from app.windows.workstation import Workstation
from relay.contract.names import MAIN_WINDOW, TriggerId


def test_without_qt_webengine_a_web_page_is_not_supported_and_everything_else_is(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "PySide6.QtWebEngineCore", None)
    for name in ("app.windows.web_view", "app.windows.web_engine"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    async def main() -> tuple[CannotShow, int | None]:
        station = Workstation(qapp, language="en")
        surface, (display, *_) = station.surface(MAIN_WINDOW), station.displays()
        page = Content(trigger_id=TriggerId("t"), kind="web", url="http://127.0.0.1/")
        with pytest.raises(CannotShow) as refused:
            await surface.turn_to(page, ViewWish(), display)
        document = Content(trigger_id=TriggerId("t"), kind="pdf", path=pdf(tmp_path / "a.pdf"))
        painted = await surface.turn_to(document, ViewWish(), display)
        station.dismiss()
        return refused.value, painted.page

    reason, page = run_qt(qapp, main())
    assert reason.code == "UNSUPPORTED"
    assert "WebEngine" in reason.explain("en")
    assert page == 1


@pytest.mark.parametrize("wish", [ViewWish(page=1), ViewWish(reload=True)])
def test_a_window_that_shows_nothing_cannot_be_looked_at(qapp, wish: ViewWish):
    async def main() -> None:
        station = Workstation(qapp)
        try:
            await station.surface(MAIN_WINDOW).view(wish)
        finally:
            station.dismiss()

    with pytest.raises(CannotShow) as refused:
        run_qt(qapp, main())
    assert refused.value.code == "DOCUMENT_NOT_FOUND"


def test_a_page_is_drawn_once_more_when_the_window_has_changed_its_size_meanwhile(qapp, tmp_path: Path):
    async def main() -> tuple[bool, int]:
        station = Workstation(qapp, language="en")
        surface, (display, *_) = station.surface(MAIN_WINDOW), station.displays()
        assert isinstance(surface, DocumentWindow)
        document = Content(trigger_id=TriggerId("t"), kind="pdf", path=pdf(tmp_path / "a.pdf"))
        await surface.turn_to(document, ViewWish(), display)
        pane, drawn, full = surface._pane, 0, surface._pane.size()
        draw = surface._ahead.sheet

        async def slowly(*arguments):
            nonlocal drawn
            drawn += 1
            sheet = await draw(*arguments)
            if drawn == 1:  # the monitor has come to its full size while the small page was drawn
                pane.resize(full)
            return sheet

        surface._ahead.sheet = slowly
        pane.resize(64, 64)
        async with asyncio.timeout(10):
            while surface._redrawing is None or not surface._redrawing.done():
                await asyncio.sleep(0.01)
        fits = pane.fits()
        station.dismiss()
        return fits, drawn

    fits, drawn = run_qt(qapp, main())
    assert fits
    assert drawn == 2
