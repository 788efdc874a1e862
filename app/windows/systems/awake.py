"""The screen stays on while something is shown, and not a moment longer.

Each system has its own way, X11 two: the X server's own screen saver and power saving, and the desktop session's. One
that is refused is logged, and the others hold. What the panel's own menu does cannot be helped.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Protocol

import structlog

log = structlog.get_logger()


class Hold(Protocol):
    """Something that keeps the screen on until it is closed."""

    def close(self) -> None:
        """Let go."""
        ...


class Awake:
    """Keeps the screen on while it is told to."""

    def __init__(
        self,
        platform: str,
        spawn: Callable[[Coroutine[object, object, None], str], object],
        *,
        application: str,
        reason: Callable[[], str],
    ) -> None:
        """Keep nothing yet. `platform` is Qt's name of it; `application` and `reason` are what a desktop may show."""
        self._platform = platform
        self._spawn = spawn
        self._application = application
        self._reason = reason
        self._holds: list[Hold] = []
        self._wished = False
        self._turn = asyncio.Lock()

    @property
    def holds(self) -> int:
        """In how many ways the screen is kept on now."""
        return len(self._holds)

    def keep(self, wished: bool) -> None:
        """Keep the screen on, or let it go; returns at once."""
        if wished != self._wished:
            self._wished = wished
            self._spawn(self._follow(), "screen saver")

    def close(self) -> None:
        """Let go, for good."""
        self._wished = False
        self._let_go()

    async def _follow(self) -> None:
        async with self._turn:
            if not self._wished:
                self._let_go()
            elif not self._holds:
                holds = await self._take_hold()
                self._holds += holds
                if not self._wished:
                    self._let_go()

    def _let_go(self) -> None:
        holds, self._holds = self._holds, []
        for hold in holds:
            hold.close()

    async def _take_hold(self) -> list[Hold]:
        holds: list[Hold] = []
        if self._platform == "xcb":
            from app.windows.systems.on_x11 import ScreenSaverOff
            from app.windows.systems.x_line import XGone

            try:
                holds.append(ScreenSaverOff())
            except XGone as error:
                log.info("The X server's screen saver is not kept off", reason=str(error))
        if sys.platform == "linux" and self._platform != "offscreen":
            from app.windows.systems.on_linux import NotInhibited, SessionInhibition

            try:
                holds.append(await asyncio.to_thread(SessionInhibition, self._application, self._reason()))
            except NotInhibited as error:
                log.info("The desktop session was not asked to stay awake", reason=str(error))
        elif self._platform in {"windows", "cocoa"}:
            holds += _of_the_machine(self._platform)
        return holds


def _of_the_machine(platform: str) -> list[Hold]:
    """Not run here: see on_windows and on_macos."""
    try:
        if platform == "windows":
            from app.windows.systems.on_windows import Awake as OnWindows

            return [OnWindows()]
        from app.windows.systems.on_macos import Awake as OnMac

        return [OnMac()]
    except OSError as error:
        log.info("The machine was not asked to stay awake", reason=str(error))
        return []
