"""Steering at this workstation: what phones wish of the pages that are shown here, and what the relay is told is seen.

How it works: a wish goes to the windows at once; what they then show, and everything else that changes there, comes
back through `seen`, whatever caused it. Of that a state is made, which `tell` hears at every change. What is late (a
wish for another sheet), or for a window that holds nothing, is dropped without a word. A finger that nobody speaks of
any more is taken away, and so is the name of who steers.

What it must never do: wait, write anything down, or open a window.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import UNSET

from app.stage.surface import Content
from relay.contract.commands import Rotation
from relay.contract.names import WindowId
from relay.contract.steering import (
    POINTER_MS,
    STEERING_MS,
    Pointer,
    Steer,
    Viewport,
    ViewportState,
)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What can be seen of a content. `viewport` is None for what has no pages: a web page."""

    content: Content
    page: int | None = None
    pages: int | None = None
    rotate: Rotation = 0
    page_aspect: float | None = None
    room_aspect: float | None = None
    viewport: Viewport | None = None
    blank: bool = False

    @property
    def sheet(self) -> str:
        """Name what is seen, for as long as the numbers of a viewport have the same meaning."""
        return f"{self.content.trigger_id} {self.page or 1} {self.rotate}"


class Steerable(Protocol):
    """The windows, as far as they can be steered. Neither call waits; a window that holds nothing ignores them."""

    def look_at(self, window_id: WindowId, viewport: Viewport) -> None:
        """Show this part of the page from the next frame on."""
        ...

    def point(self, window_id: WindowId, pointer: Pointer | None) -> None:
        """Show where a finger points; None takes it away."""
        ...


class Timer(Protocol):
    """Something that will happen."""

    def cancel(self) -> None:
        """Let it not happen."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]


@dataclass
class _Window:
    sight: Sight
    pointer: Pointer | None = None
    by: str | None = None
    hand: str | None = None
    told: ViewportState | None = None
    pointer_ends: Timer | None = None
    steering_ends: Timer | None = None

    def rest(self) -> None:
        """Nobody steers here, or points, any more."""
        for timer in (self.pointer_ends, self.steering_ends):
            if timer is not None:
                timer.cancel()
        self.pointer = self.by = self.hand = None


class Steering:
    """Who steers which window, and what is seen there."""

    def __init__(self, windows: Steerable, tell: Callable[[ViewportState], None], later: Later) -> None:
        """Steer these windows. `later` calls something after so many seconds."""
        self._windows = windows
        self._tell = tell
        self._later = later
        self._held: dict[WindowId, _Window] = {}

    def steer(self, wish: Steer) -> None:
        """Follow a wish of the relay."""
        window_id = wish.window_id
        window = self._held.get(window_id)
        if window is None or wish.sheet not in {None, window.sight.sheet}:
            return
        window.by, window.hand = wish.by, wish.hand
        self._renew(window_id, window)
        if wish.pointer is not UNSET:
            self._point(window_id, window, wish.pointer)
        if wish.viewport is not None and window.sight.viewport is not None:
            self._windows.look_at(window_id, wish.viewport)
        self._say(window_id, window)

    def seen(self, window_id: WindowId, sight: Sight | None) -> None:
        """Hear what a window shows now; None when it holds nothing any more."""
        window = self._held.get(window_id)
        if sight is None:
            if window is not None:
                window.rest()
                del self._held[window_id]
                self._tell(ViewportState(window_id=window_id))
            return
        if window is None:
            window = self._held[window_id] = _Window(sight)
        elif window.sight == sight:
            return
        elif window.sight.sheet != sight.sheet:
            # Nobody has pointed at anything of this sheet yet.
            window.rest()
            self._windows.point(window_id, None)
        window.sight = sight
        self._say(window_id, window)

    def states(self) -> tuple[ViewportState, ...]:
        """Tell how every window that holds something is looked at."""
        return tuple(self._state(window_id, window) for window_id, window in self._held.items())

    def _point(self, window_id: WindowId, window: _Window, pointer: Pointer | None) -> None:
        window.pointer = pointer
        self._windows.point(window_id, pointer)

    def _renew(self, window_id: WindowId, window: _Window) -> None:
        """Count the time in which nothing is heard from now on."""
        for timer in (window.pointer_ends, window.steering_ends):
            if timer is not None:
                timer.cancel()

        def stop_pointing() -> None:
            if window.pointer is not None:
                self._point(window_id, window, None)
                self._say(window_id, window)

        def stop_steering() -> None:
            window.rest()
            self._say(window_id, window)

        window.pointer_ends = self._later(POINTER_MS / 1000, stop_pointing)
        window.steering_ends = self._later(STEERING_MS / 1000, stop_steering)

    def _say(self, window_id: WindowId, window: _Window) -> None:
        state = self._state(window_id, window)
        if state != window.told:
            window.told = state
            self._tell(state)

    def _state(self, window_id: WindowId, window: _Window) -> ViewportState:
        sight, content = window.sight, window.sight.content
        return ViewportState(
            window_id=window_id,
            kind=content.kind,
            sheet=sight.sheet,
            page=sight.page,
            pages=sight.pages,
            rotate=sight.rotate,
            page_aspect=sight.page_aspect,
            room_aspect=sight.room_aspect,
            viewport=None if sight.viewport is None else _rounded(sight.viewport),
            pointer=window.pointer,
            can=("pointer",) if sight.viewport is None else ("viewport", "pointer"),
            by=window.by,
            hand=window.hand,
            order_id=content.order_id,
            document_id=content.document_id,
            sha256=content.sha256,
            title=content.title or content.url,
            revision=content.revision,
            blank=sight.blank,
        )


def _rounded(viewport: Viewport) -> Viewport:
    """Leave out what nobody can see."""
    return Viewport(x=round(viewport.x, 6), y=round(viewport.y, 6), zoom=round(viewport.zoom, 4))
