"""One document window: keeps the old document until the new one is ready, swaps once, and answers when it
is painted.

How it works: new content is loaded and its first page drawn (a web page: behind what is visible) before
anything on the monitor changes. Then, in one turn of the event loop, the content is swapped and the window
placed. Then it waits for the paint event of exactly this content on exactly this monitor; see
covering_window for what that means and what not. Commands run one after another; newer content ends the
load of older content.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import structlog
from PySide6.QtGui import QImage

from app.bridge import now_ms, spawn
from app.stage.displays import CannotShow, Display
from app.stage.lane import Lane
from app.stage.status import LinkState
from app.stage.surface import Content, Painted, Stale, ViewWish
from app.windows.ahead import Ahead
from app.windows.document_pane import DocumentPane, Scene
from app.windows.fit import Look, follow, follow_freely, lay_out
from app.windows.monitors import Monitors
from app.windows.paper import Paper
from app.windows.paper_view import Foretaste, Sheet
from app.windows.press import Press
from app.windows.revision_mark import Revisions
from app.windows.steered_view import SteeredView
from app.windows.web_pictures import WebPictures
from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.contract.wording import Language

if TYPE_CHECKING:
    from app.windows.web_view import WebView

T = TypeVar("T")

log = structlog.get_logger()
_REDRAWS = 3  # a window that still changes its size after this many is not placed


class DocumentWindow:
    """A Surface of the stage, made of pixels."""

    def __init__(
        self,
        name: str,
        monitors: Monitors,
        press: Press,
        language: Language,
        pictures: WebPictures,
        *,
        aged: Callable[[Stale | None], None] = lambda _stale: None,
        held: Callable[[], None] = lambda: None,
        relay_now_ms: Callable[[], int] = now_ms,
        patience_seconds: float = 30.0,
        placing_seconds: float = 3.0,
    ) -> None:
        """Stay hidden until something is to be shown.

        `patience_seconds` is how long a document may take to load, `placing_seconds` how long the window
        system may take to put the window on its monitor. `relay_now_ms` is the relay's time in UTC milliseconds.
        """
        self._name = name
        self._press = press
        self._language: Language = language
        self._pictures = pictures
        self._aged = aged
        self._patience_seconds = patience_seconds
        self._placing_seconds = placing_seconds
        self._lane = Lane()
        self._ahead = Ahead(name)
        self._revisions = Revisions()
        self._pages: list[WebView] = []  # not deleted yet: also those that linger
        self._redrawing: asyncio.Task[None] | None = None
        self._pane = DocumentPane(monitors, language, relay_now_ms)
        self._pane.setWindowTitle(f"Benchcast {name}")
        self._pane.outgrown.connect(self._redraw_soon)
        self._pane.held.connect(held)
        self.steered = SteeredView(name, self._pane, self._lane, self._ahead, patiently=self._patiently)

    def speak(self, language: Language) -> None:
        """Caption in this language from now on, also what is shown already."""
        self._language = language
        self._pane.speak(language)
        for web in self._pages:
            if not web.is_deleted:
                web.speak(language)

    def connection(self, link: LinkState) -> None:
        """Caption how the line to the relay stands."""
        self._pane.connection(link)

    def confirm(self, trigger_id: TriggerId, as_of_ms: int) -> None:
        """Caption that the relay has confirmed what was shown without it."""
        self._pane.confirm(trigger_id, as_of_ms)

    async def turn_to(self, content: Content, view: ViewWish, display: Display) -> Painted:
        """Show new content on this monitor; returns when it was painted there. Raises CannotShow."""
        started = perf_counter()
        return await self._lane.run(
            lambda: self._turn(content, Look(), view, display, started), supersedes=True
        )

    async def view(self, wish: ViewWish) -> Painted:
        """Look at the content differently; returns when that was painted. Raises CannotShow."""
        started = perf_counter()
        return await self._lane.run(lambda: self._view(wish, started), supersedes=False)

    async def move(self, display: Display) -> Painted:
        """Take the content to another monitor; returns when it was painted there. Raises CannotShow."""
        started = perf_counter()
        return await self._lane.run(lambda: self._move(display, started), supersedes=False)

    async def blank(self, on: bool) -> Painted:
        """Make the window black, or show the content again; returns when that was painted. Raises CannotShow."""
        started = perf_counter()
        return await self._lane.run(lambda: self._blank(started, on=on), supersedes=False)

    def look(self) -> Look | None:
        """Tell how the content is looked at; None if there is none."""
        return None if self._pane.scene is None else self._pane.scene.look

    def grab(self) -> QImage:
        """Take a picture of what this window shows, and of nothing that lies over it."""
        return self._pane.grab().toImage()

    def close(self) -> None:
        """Take the window away and forget its content; a load that is under way ends as superseded."""
        self._lane.clear()
        self._ahead.drop()
        self._pane.leave()
        scene = self._pane.scene
        self._pane.curtain.open()
        self._pane.swap(None)
        if scene is not None:
            scene.dispose()

    def dismiss(self) -> None:
        """Close for good."""
        self.close()
        for web in self._pages:
            web.delete()
        self._pane.dismiss()

    async def _turn(
        self, content: Content, look: Look, wish: ViewWish, display: Display, started: float
    ) -> Painted:
        self._ahead.pause()
        try:
            scene = await self._load(content, look, wish, display)
            shown = self._pane.scene
            is_same = shown is not None and shown.content is content  # loaded again: its mark stays
            before = shown.changed_from if shown is not None and is_same else self._revisions.before(content)
            painted = await self._present(replace(scene, changed_from=before), display, started)
            self._revisions.shown(content)
            return painted
        except BaseException:
            self._look_around()
            raise

    async def _view(self, wish: ViewWish, started: float) -> Painted:
        scene, display = self._pane.scene, self._pane.display
        if scene is None or display is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.empty_window")
        if scene.web is not None:
            return await self._view_page(scene, scene.web, wish, display, started)
        assert scene.sheet is not None, "what is not a web page is a sheet"
        if wish.reload:
            return await self._turn(scene.content, scene.look, wish, display, started)
        paper, (viewport, scale) = scene.sheet.paper, self._pane.pixels_on(display)
        look = await self._follow(paper, scene.look, wish, display)
        try:
            if (look.page, look.rotate) == (scene.look.page, scene.look.rotate) and self._pane.fits():
                placement = lay_out(await paper.size(look.page), viewport, look, scale)
                overview = self._ahead.overview(scene.sheet)
                self._pane.foretaste(Foretaste(placement, scene.sheet, overview))
            sheet = await self._draw(paper, look, display)
        except BaseException:
            self._pane.foretaste(None)
            raise
        return await self._present(scene.with_sheet(sheet), display, started)

    async def _view_page(
        self, scene: Scene, web: "WebView", wish: ViewWish, display: Display, started: float
    ) -> Painted:
        if any(part is not None for part in (wish.page, wish.step, wish.rotate, wish.rotate_by)):
            raise CannotShow(Code.UNSUPPORTED, what="stage.what.not_for_web")
        look = follow_freely(scene.look, wish)
        if wish.reload:
            return await self._turn(scene.content, look, ViewWish(), display, started)
        web.zoom(look.zoom or 1.0)
        if wish.scroll is not None:
            web.scroll_page(wish.scroll.dx, wish.scroll.dy)
        # What is scrolled in a page that was just opened is seen up to twelve frames late; `_frame` waits for six.
        for _ in range(2):
            await self._patiently(web.frames_through())
        return await self._present(replace(scene, look=look), display, started)

    async def _move(self, display: Display, started: float) -> Painted:
        scene = self._pane.scene
        if scene is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.empty_window")
        if scene.sheet is not None:
            scene = scene.with_sheet(await self._draw(scene.sheet.paper, scene.look, display))
        return await self._present(scene, display, started)

    async def _blank(self, started: float, *, on: bool) -> Painted:
        scene, display = self._pane.scene, self._pane.display
        if scene is None or display is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.empty_window")
        if not on:
            return await self._present(scene, display, started)
        pane, was_drawn = self._pane, self._pane.curtain.is_drawn
        try:
            pane.curtain.draw()
            pane.seen.emit()
            pane.place(display)
            await pane.reached(lambda: pane.curtain.is_painted, display, self._placing_seconds)
        except BaseException:
            if not was_drawn:
                pane.curtain.open()
            raise
        return Painted(page=scene.page, pages=scene.pages, shown_ms=_ms_since(started), stale=_stale(scene))

    async def _load(self, content: Content, look: Look, wish: ViewWish, display: Display) -> Scene:
        if content.kind == "web":
            look = follow_freely(look, wish)
            return Scene(content=content, look=look, web=await self._load_page(content, look, display))
        self._pane.viewport(display)  # or there is no monitor to load it for
        paper = await self._patiently(self._press.open(content))
        try:
            # What is loaded again may have fewer pages than it had.
            look = replace(look, page=min(look.page, paper.pages or 1))
            look = await self._follow(paper, look, wish, display)
            return Scene(content=content, look=look, sheet=await self._draw(paper, look, display))
        except BaseException:
            paper.close()
            raise

    async def _follow(self, paper: Paper, look: Look, wish: ViewWish, display: Display) -> Look:
        look = look.after(wish, paper.pages)
        if wish.zoom_step is None and wish.scroll is None:
            return look
        size = await self._patiently(paper.size(look.page))
        return follow(look, wish, size, *self._pane.pixels_on(display))

    async def _load_page(self, content: Content, look: Look, display: Display) -> "WebView":
        try:
            from app.windows.web_view import WebView
        except ImportError as error:  # the package is missing, or a library of the system that it needs
            log.warning("Web pages cannot be shown: Qt WebEngine does not load", reason=str(error))
            raise CannotShow(Code.UNSUPPORTED, what="stage.what.no_web") from error
        if content.url is None:
            raise CannotShow(Code.VALIDATION_ERROR, field="url", reason="reason.missing")
        room = self._pane.room(self._pane.viewport(display)[0])
        web = WebView(
            self._pane,
            content,
            self._pictures,
            self._language,
            painted=self._pane.was_painted,
            aged=lambda stale: self._page_aged(content, stale),
        )
        self._pages = [*(page for page in self._pages if not page.is_deleted), web]
        try:
            web.wait_behind(room)
            if not self._pane.isVisible():
                self._pane.place(display)  # the engine draws nothing into a window that is hidden
            web.zoom(look.zoom or 1.0)
            await web.load(self._patience_seconds)
        except BaseException:
            web.dispose()
            if self._pane.scene is None:
                self._pane.leave()
            raise
        return web

    async def _present(self, scene: Scene, display: Display, started: float) -> Painted:
        """Swap, place, and wait for the frame; if it cannot be placed there, the old content stays where it
        was.
        """
        loaded_ms = _ms_since(started)
        pane, old, old_display = self._pane, self._pane.scene, self._pane.display
        was_blank = pane.curtain.is_drawn
        try:
            # In the same turn: what was hidden is not seen again before the new content is.
            pane.curtain.open()
            pane.swap(scene)
            pane.place(display)
            await self._frame(display)
        except BaseException:
            failed = pane.scene
            if was_blank:
                pane.curtain.draw()
            self._restore(old, old_display)
            if failed is not None:
                failed.dispose(keep=old)
            raise
        if old is not None:
            old.dispose(keep=pane.scene)
        self._look_around(old)
        return Painted(
            page=scene.page,
            pages=scene.pages,
            loaded_ms=loaded_ms,
            shown_ms=_ms_since(started),
            stale=_stale(scene),
        )

    def _page_aged(self, content: Content, stale: Stale | None) -> None:
        if self._pane.scene is not None and self._pane.scene.content is content:
            self._aged(stale)

    def _restore(self, old: Scene | None, display: Display | None) -> None:
        self._pane.swap(old)
        if old is None or display is None:
            self._pane.leave()
            return
        try:
            self._pane.place(display)
        except CannotShow:
            self._pane.await_monitor(display)

    async def _frame(self, display: Display) -> None:
        for _ in range(_REDRAWS):
            await self._pane.reached(self._pane.is_painted, display, self._placing_seconds)
            if self._pane.fits():
                break
            await self._redraw()
        else:
            raise CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.not_covered", name=display.name)
        scene = self._pane.scene
        if scene is not None and scene.web is not None:
            # While it was covered, its widget may have put off taking the last frame: what was painted may be older.
            try:
                await self._patiently(scene.web.frames_through())
            except CannotShow as reason:
                if self._pane.covers(display):
                    raise
                raise CannotShow(
                    Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=display.name
                ) from reason
            self._pane.swap(scene)
            await self._pane.reached(self._pane.is_painted, display, self._placing_seconds)

    def _redraw_soon(self) -> None:
        if self._redrawing is None or self._redrawing.done():
            self._redrawing = spawn(self._redraw_in_turn(), f"redraw window {self._name}")

    async def _redraw_in_turn(self) -> None:
        try:
            await self._lane.run(self._redraw, supersedes=False)
        except CannotShow as reason:  # the page stays as it was drawn for the old size, or newer content came
            log.info(
                "A page was not drawn again for its window's new size", window=self._name, code=reason.code
            )

    async def _redraw(self) -> None:
        # Once more if the size changed meanwhile: a monitor that comes back is small before it is large.
        while (scene := self._pane.scene) is not None and scene.sheet is not None and not self._pane.fits():
            drawing = self._ahead.sheet(scene.sheet.paper, scene.look, *self._pane.pixels())
            self._pane.swap(scene.with_sheet(await self._patiently(drawing)))
            self._look_around(scene)

    async def _draw(self, paper: Paper, look: Look, display: Display) -> Sheet:
        return await self._patiently(self._ahead.sheet(paper, look, *self._pane.pixels_on(display)))

    def _look_around(self, before: Scene | None = None) -> None:
        """Draw what may be wanted next, in idle time."""
        scene = self._pane.scene
        if scene is None or scene.sheet is None:
            self._ahead.drop()
        else:
            self._ahead.look_around(scene.sheet, None if before is None else before.sheet)

    async def _patiently(self, work: Awaitable[T]) -> T:
        """Wait for a document, but not for ever."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await work
        except TimeoutError as error:
            raise CannotShow(
                Code.DOCUMENT_UNREADABLE, what="stage.what.slow", seconds=round(self._patience_seconds)
            ) from error


def _stale(scene: Scene) -> Stale | None:
    return None if scene.web is None else scene.web.stale


def _ms_since(started: float) -> float:
    return (perf_counter() - started) * 1000
