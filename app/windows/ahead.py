"""What a window draws before anybody asks for it: the pages beside the one that is shown, so that turning
takes one frame, and all of a zoomed page in little detail, so that scrolling never shows a hole.

It works only while no press has anything better to do, keeps at most `MOST_BYTES`, and forgets what the next
look has no use for.
"""

import asyncio
from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from app.bridge import spawn
from app.stage.displays import CannotShow
from app.windows.fit import Look, lay_out
from app.windows.paper import Paper
from app.windows.paper_view import Sheet, draw_sheet

MOST_BYTES = 72_000_000  # two sheets of a 4K monitor and an overview
_OVERVIEW_SIDE = 1000  # pixels
_OVERVIEW_PIXELS = _OVERVIEW_SIDE**2
_LIMIT_SECONDS = 10.0  # a neighbour that takes longer is drawn when it is wanted

_Key = tuple[Paper, Look, int, int, float]


class Ahead:
    """The stock of one window."""

    def __init__(self, name: str) -> None:
        """Begin empty."""
        self._name = name
        self._sheets: dict[_Key, Sheet] = {}
        self._overview: tuple[tuple[Paper, int, int], QImage] | None = None
        self._under_way: tuple[_Key, asyncio.Task[Sheet | CannotShow]] | None = None
        self._work: asyncio.Task[None] | None = None

    @property
    def cost(self) -> int:
        """How many bytes of memory the stock holds."""
        return sum(sheet.cost for sheet in self._sheets.values()) + (
            self._overview[1].sizeInBytes() if self._overview else 0
        )

    def has(self, paper: Paper, look: Look, viewport: QSize, scale: float) -> bool:
        """Tell whether that sheet is drawn already."""
        return _key(paper, look, viewport, scale) in self._sheets

    async def sheet(self, paper: Paper, look: Look, viewport: QSize, scale: float) -> Sheet:
        """Return the sheet from the stock, or draw it now. Raises CannotShow."""
        key = _key(paper, look, viewport, scale)
        begun = None
        if self._under_way is not None and self._under_way[0] == key:
            begun, self._under_way = self._under_way[1], None  # so that pause leaves it alone
        self.pause()
        if key in self._sheets:
            return self._sheets[key]
        if begun is None:
            return await draw_sheet(paper, look, viewport, scale)
        drawn = await begun
        if isinstance(drawn, CannotShow):
            raise drawn
        return drawn

    def overview(self, sheet: Sheet) -> QImage | None:
        """Return all of that sheet's page in little detail, if it is known."""
        if self._overview is not None and self._overview[0] == _page(sheet):
            return self._overview[1]
        return sheet.image if sheet.placement.is_whole else None

    def look_around(self, sheet: Sheet, before: Sheet | None) -> None:
        """Draw what may be wanted next to this sheet, which is shown now in the place of the one before."""
        self.pause()
        keys = [
            _key(sheet.paper, look, sheet.viewport, sheet.scale)
            for look in _neighbours(sheet.look, sheet.paper.pages)
        ]
        stock = {**self._sheets}
        if before is not None:
            stock[_key(before.paper, before.look, before.viewport, before.scale)] = before
        self._sheets = {key: stock[key] for key in keys if key in stock}
        if self._overview is not None and self._overview[0] != _page(sheet):
            self._overview = None
        if before is not None and before.placement.is_whole and _page(before) == _page(sheet):
            self._keep_overview(sheet, before.image)
        missing = [key for key in keys if key not in self._sheets]
        if missing or self._lacks_overview(sheet):
            self._work = spawn(self._draw(sheet, missing), f"look around in window {self._name}")

    def drop(self) -> None:
        """Forget everything."""
        self.pause()
        self._sheets.clear()
        self._overview = None

    def pause(self) -> None:
        """Draw nothing more until somebody looks around again; what is drawn stays."""
        if self._work is not None:
            self._work.cancel()
        if self._under_way is not None:
            self._under_way[1].cancel()
        self._work = self._under_way = None

    async def _draw(self, sheet: Sheet, missing: list[_Key]) -> None:
        if self._lacks_overview(sheet):
            await self._draw_overview(sheet)
        for key in missing:
            # A sheet is at most as large as the viewport.
            if self.cost + 4 * sheet.viewport.width() * sheet.viewport.height() > MOST_BYTES:
                return
            drawing = spawn(_drawn(key, sheet.viewport), f"draw ahead in window {self._name}")
            self._under_way = key, drawing
            done, _ = await asyncio.wait({drawing}, timeout=_LIMIT_SECONDS)
            self._under_way = None
            if not done:
                drawing.cancel()
                return
            drawn = drawing.result()
            if isinstance(drawn, Sheet):  # or whoever asks for that page is told why not
                self._sheets[key] = drawn

    def _lacks_overview(self, sheet: Sheet) -> bool:
        return not sheet.placement.is_whole and self.overview(sheet) is None

    async def _draw_overview(self, sheet: Sheet) -> None:
        size = await sheet.paper.size(sheet.look.page)
        placed = lay_out(size, QSize(_OVERVIEW_SIDE, _OVERVIEW_SIDE), Look(), 1.0)
        look = sheet.look
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                image = await sheet.paper.draw(look.page, placed.scaled, placed.clip, look.rotate, idle=True)
        except (CannotShow, TimeoutError):
            return  # scrolling shows white where nothing is known yet
        self._overview = (_page(sheet), image)

    def _keep_overview(self, sheet: Sheet, image: QImage) -> None:
        small = image.copy()
        small.setDevicePixelRatio(1.0)
        if small.width() * small.height() > _OVERVIEW_PIXELS:
            small = small.scaled(
                QSize(_OVERVIEW_SIDE, _OVERVIEW_SIDE),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.FastTransformation,  # it takes the event loop's time
            )
        self._overview = (_page(sheet), small)


async def _drawn(key: _Key, viewport: QSize) -> Sheet | CannotShow:
    paper, look, _, _, scale = key
    try:
        return await draw_sheet(paper, look, viewport, scale, idle=True)
    except CannotShow as reason:
        return reason


def _neighbours(look: Look, pages: int | None) -> list[Look]:
    """Tell the looks that one step leads to, the likeliest first."""
    last = pages or 1
    centre = None if look.centre is None else (look.centre[0], 0.0)
    return [
        replace(look, page=page, centre=centre)
        for page in (look.page + 1, look.page - 1)
        if 1 <= page <= last
    ]


def _key(paper: Paper, look: Look, viewport: QSize, scale: float) -> _Key:
    return paper, look, viewport.width(), viewport.height(), scale


def _page(sheet: Sheet) -> tuple[Paper, int, int]:
    return sheet.paper, sheet.look.page, sheet.look.rotate
