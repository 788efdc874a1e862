"""Fingers on the glass of a phone that Chromium plays, as its own input path sees them (CDP touch events)."""

import asyncio
from collections.abc import Iterable

from playwright.async_api import CDPSession, Locator, Page

Place = tuple[float, float]
STEPS = 8
STEP_SECONDS = 0.016


class Fingers:
    """Touches one element; places are shares of its width and height."""

    def __init__(self, session: CDPSession, target: Locator) -> None:
        self._session = session
        self._target = target

    @classmethod
    async def on(cls, page: Page, target: Locator) -> "Fingers":
        return cls(await page.context.new_cdp_session(page), target)

    async def down(self, *places: Place) -> None:
        await self._touch("touchStart", places)

    async def move(self, *ways: tuple[Place, Place]) -> None:
        """Move every finger along its way, evenly."""
        for step in range(1, STEPS + 1):
            share = step / STEPS
            await self._touch(
                "touchMove",
                [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for (x0, y0), (x1, y1) in ways],
            )
            await asyncio.sleep(STEP_SECONDS)

    async def up(self) -> None:
        await self._touch("touchEnd", ())

    async def drag(self, *ways: tuple[Place, Place]) -> None:
        """Touch, move and let go: one finger drags, two pinch."""
        await self.down(*(start for start, _ in ways))
        await self.move(*ways)
        await self.up()

    async def double_tap(self, place: Place) -> None:
        for _ in range(2):
            await self.down(place)
            await self.up()

    async def _touch(self, kind: str, places: Iterable[Place]) -> None:
        box = await self._target.bounding_box()
        assert box is not None
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": number}
            for number, (x, y) in enumerate(places)
        ]
        await self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
