"""How a document window follows phones: at once with what is drawn already, and sharp as soon as that is drawn.

How it works: a wish is laid out and painted as a foretaste (paper_view) in the next frame. The sheet for it is drawn in
the window's lane, where every change of the view waits for its turn; while wishes keep coming, one sheet after another,
with a pause for the machine. Wishes that came meanwhile are painted from the newest sheet.

What must always hold: while another command holds the lane no foretaste is painted, for that command waits for its own
frame. A wish is for the sheet that it was made for: what comes too late for it is dropped.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from PySide6.QtCore import QPoint, QPointF, QSizeF

from app.bridge import spawn
from app.stage.displays import CannotShow
from app.stage.lane import Lane
from app.stage.steering import Sight
from app.stage.surface import Content
from app.windows.ahead import Ahead
from app.windows.document_pane import DocumentPane, Scene
from app.windows.fit import Look, Placement, lay_out, seen_of, steered
from app.windows.paper_view import Foretaste, Sheet
from app.windows.pointer_mark import PointerMark
from relay.contract.steering import Pointer, Viewport

log = structlog.get_logger()

PAUSE_SECONDS = 0.1  # between two sheets of one gesture

Patiently = Callable[[Awaitable[Sheet]], Awaitable[Sheet]]


class SteeredView:
    """One window's page under the hands of phones. `seen` hears of every change of what can be seen, also of others."""

    def __init__(
        self, name: str, pane: DocumentPane, lane: Lane, ahead: Ahead, *, patiently: Patiently
    ) -> None:
        """Follow nothing yet. `patiently` waits for a sheet, but not for ever."""
        self._name = name
        self._pane = pane
        self._lane = lane
        self._ahead = ahead
        self._patiently = patiently
        self._wish: tuple[Content, Look] | None = None
        self._foretold: Placement | None = None
        self._pointer: Pointer | None = None
        self._following: asyncio.Task[None] | None = None
        self._holds_lane = False
        self._mark = PointerMark(pane)
        self.seen: Callable[[Sight | None], None] = lambda _sight: None
        pane.front = self._mark
        pane.seen.connect(self._looked)

    def look_at(self, viewport: Viewport) -> None:
        """Show this part of the page from the next frame on; nothing where there is no page."""
        scene = self._pane.scene
        page = _page_of(scene)
        if scene is None or page is None:
            return
        look = steered(scene.look, viewport, page, *self._pane.pixels())
        self._wish = scene.content, look
        self._foretell()
        if self._following is None or self._following.done():
            self._following = spawn(self._follow(), f"steer window {self._name}")

    def point(self, pointer: Pointer | None) -> None:
        """Show where a finger points; None lets it fade away."""
        self._pointer = pointer
        if pointer is None:
            self._mark.leave()
        else:
            self._place_mark()

    async def _follow(self) -> None:
        while self._wish is not None:
            try:
                await self._lane.run(self._draw, supersedes=False)
            except CannotShow as reason:  # newer content came, or the page cannot be drawn that large
                log.info("A page was not drawn as a phone wished", window=self._name, code=reason.code)
                self._stay()
            except BaseException:
                self._stay()
                raise
            await asyncio.sleep(PAUSE_SECONDS)

    def _stay(self) -> None:
        """Show what was shown before the wish."""
        self._wish = None
        self._pane.foretaste(None)
        self._looked()

    async def _draw(self) -> None:
        scene, wished = self._pane.scene, self._wanted()
        self._wish = None
        if scene is None or scene.sheet is None or wished is None:
            return
        self._holds_lane = True
        try:
            sheet = await self._patiently(self._ahead.sheet(scene.sheet.paper, wished, *self._pane.pixels()))
            self._pane.swap(scene.with_sheet(sheet))
            self._foretell()
        finally:
            self._holds_lane = False
        if self._wish is None:
            self._ahead.look_around(sheet, scene.sheet)

    def _wanted(self) -> Look | None:
        """Return the look that is wished, if it was wished for the sheet that is shown."""
        scene = self._pane.scene
        if self._wish is None or scene is None:
            return None
        content, look = self._wish
        is_late = content is not scene.content or (look.page, look.rotate) != (
            scene.look.page,
            scene.look.rotate,
        )
        return None if is_late else look

    def _foretell(self) -> None:
        """Paint what is known of the wish until its sheet is drawn."""
        scene, look, page = self._pane.scene, self._wanted(), _page_of(self._pane.scene)
        if scene is None or scene.sheet is None or look is None or page is None:
            return
        if not (self._lane.is_free or self._holds_lane) or not self._pane.fits():
            return
        room, scale = self._pane.pixels()
        placement = lay_out(page, room, look, scale)
        self._pane.foretaste(Foretaste(placement, scene.sheet, self._ahead.overview(scene.sheet)))
        self._tell(scene, placement, look)

    def _looked(self) -> None:
        """Hear that the window shows something else, or otherwise."""
        scene = self._pane.scene
        if scene is None:
            self._pointer = None
            self._mark.leave(at_once=True)
            self.seen(None)
        elif self._wanted() is None or scene.sheet is None:
            self._tell(scene, None if scene.sheet is None else scene.sheet.placement, scene.look)

    def _tell(self, scene: Scene, placement: Placement | None, look: Look) -> None:
        self._foretold = placement
        room, scale = self._pane.pixels()
        page, viewport, turned = _page_of(scene), None, None
        if page is not None and placement is not None:
            viewport = seen_of(placement, look, page, room, scale)
            turned = page.transposed() if look.rotate in {90, 270} else page
        self._place_mark()
        self.seen(
            Sight(
                content=scene.content,
                page=scene.page,
                pages=scene.pages,
                rotate=look.rotate,
                page_aspect=None if turned is None else turned.width() / turned.height(),
                room_aspect=room.width() / room.height(),
                viewport=viewport,
                blank=self._pane.curtain.is_drawn,
            )
        )

    def _place_mark(self) -> None:
        """Keep the mark on the detail that is pointed at, wherever that lies now; hide it while that is not seen."""
        if self._pointer is None or self._pane.scene is None:
            return
        room, scale = self._pane.pixels()
        if self._foretold is None:
            at = QPointF(self._pointer.x * room.width(), self._pointer.y * room.height())
        else:
            at = _on_room(self._foretold, self._pointer, is_turned=self._pane.scene.look.rotate in {90, 270})
        if 0 <= at.x() <= room.width() and 0 <= at.y() <= room.height():
            self._mark.point(QPoint(round(at.x() / scale), round(at.y() / scale)))
        else:
            self._mark.leave(at_once=True)


def _page_of(scene: Scene | None) -> QSizeF | None:
    """Tell the size of the page that is shown, at 96 dpi; None for what has no pages."""
    return None if scene is None or scene.sheet is None else scene.sheet.paper.known_size(scene.look.page)


def _on_room(placement: Placement, pointer: Pointer, *, is_turned: bool) -> QPointF:
    whole = placement.scaled.transposed() if is_turned else placement.scaled
    on_page = QPointF(pointer.x * whole.width(), pointer.y * whole.height())
    return on_page - QPointF(placement.seen.topLeft()) + QPointF(placement.at)
