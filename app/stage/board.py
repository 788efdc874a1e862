"""What every window of this workstation holds: where it belongs, what lies over it, and what was there before.

What must always hold: a window that brings itself forward lies over all others of its monitor, so the order in which
windows were last placed says who covers whom. What a window held before is remembered, also when it was closed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.stage.displays import Display
from app.stage.places import overlap
from app.stage.surface import Content, Painted, Stale
from relay.contract.commands import DocumentRef
from relay.contract.names import WindowId
from relay.contract.reports import WindowInfo

REMEMBERED = 20  # contents of one window that can be taken back to
REMEMBERED_WINDOWS = 32


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a window holds. `display` is where it belongs, with its place; `document` is what brings its file again."""

    content: Content
    display: Display
    page: int | None = None
    pages: int | None = None
    document: DocumentRef | None = None
    blank: bool = False
    stale: Stale | None = None

    def after(self, painted: Painted) -> "Shown":
        """Hold the same, seen as it was painted just now."""
        return replace(self, page=painted.page, pages=painted.pages, blank=False, stale=painted.stale)


class Board:
    """The windows that hold something, the one that was placed last on top."""

    def __init__(self, seat: Callable[[Display], Display | None]) -> None:
        """Hold nothing yet. `seat` tells where what belongs on a monitor is now; None while it waits."""
        self._seat = seat
        self._held: dict[WindowId, Shown] = {}  # from the bottom to the top
        self._before: dict[WindowId, list[Shown]] = {}

    def __contains__(self, window_id: WindowId) -> bool:
        """Tell whether the window holds something."""
        return window_id in self._held

    def __iter__(self) -> Iterator[WindowId]:
        """Name the windows that hold something."""
        return iter(tuple(self._held))

    def get(self, window_id: WindowId) -> Shown | None:
        """Return what the window holds."""
        return self._held.get(window_id)

    def put(self, window_id: WindowId, shown: Shown) -> None:
        """Hold this from now on, on top; other content than before can be taken back."""
        old = self._held.pop(window_id, None)
        if old is not None and old.content is not shown.content:
            self._remember(window_id, old)
        self._held[window_id] = shown

    def aged(self, window_id: WindowId, stale: Stale | None) -> bool:
        """Note that a web page's picture stands in for it, or that it is there again; False if nothing changed."""
        shown = self._held.get(window_id)
        if shown is None or shown.stale is stale:
            return False
        self._held[window_id] = replace(shown, stale=stale)  # keeps its place in the order
        return True

    def take_away(self, window_id: WindowId) -> bool:
        """Note that the window was closed; False if it held nothing."""
        old = self._held.pop(window_id, None)
        if old is not None:
            self._remember(window_id, old)
        return old is not None

    def before(self, window_id: WindowId) -> Shown | None:
        """Return what the window held before what it holds now."""
        before = self._before.get(window_id)
        return before[-1] if before else None

    def took_back(self, window_id: WindowId, shown: Shown) -> None:
        """Hold what it held before, and forget what it held last."""
        self._before[window_id].pop()
        self._held.pop(window_id, None)
        self._held[window_id] = shown

    def clear(self) -> None:
        """Hold nothing, and remember nothing."""
        self._held.clear()
        self._before.clear()

    def seat(self, window_id: WindowId) -> Display | None:
        """Tell on which monitor the window is now, with its place there; None if it holds nothing or waits."""
        shown = self._held.get(window_id)
        seat = None if shown is None else self._seat(shown.display)
        return None if shown is None or seat is None else replace(seat, place=shown.display.place)

    def covered_by(self, window_id: WindowId) -> tuple[WindowId, ...]:
        """Name the windows that lie over this one, wholly or in part."""
        order = list(self._held)
        above = order[order.index(window_id) + 1 :] if window_id in order else []
        return tuple(sorted(other for other in above if self._meet(window_id, other)))

    def covers(self, window_id: WindowId) -> tuple[WindowId, ...]:
        """Name the windows that this one lies over."""
        return tuple(sorted(other for other in self._held if window_id in self.covered_by(other)))

    def infos(self) -> tuple[WindowInfo, ...]:
        """Describe every window that holds something. What is away, black or covered is not visible."""
        return tuple(self._info(window_id, shown) for window_id, shown in sorted(self._held.items()))

    def _info(self, window_id: WindowId, shown: Shown) -> WindowInfo:
        content, seat, covered_by = shown.content, self.seat(window_id), self.covered_by(window_id)
        return WindowInfo(
            window_id=window_id,
            display_id=None if seat is None else seat.display_id,
            wished_display_id=shown.display.display_id,
            visible=seat is not None and not shown.blank and not covered_by,
            trigger_id=content.trigger_id,
            order_id=content.order_id,
            document_id=content.document_id,
            sha256=content.sha256,
            url=content.url,
            page=shown.page,
            pages=shown.pages,
            revision=content.revision,
            place=shown.display.place,
            blank=shown.blank,
            covered_by=covered_by,
            as_of=None if shown.stale is None else shown.stale.as_of_ms,
        )

    def _meet(self, one: WindowId, other: WindowId) -> bool:
        here, there = self.seat(one), self.seat(other)
        return (
            here is not None
            and there is not None
            and here.display_id == there.display_id
            and overlap(here.place, there.place)
        )

    def _remember(self, window_id: WindowId, shown: Shown) -> None:
        before = [*self._before.pop(window_id, []), shown]
        self._before[window_id] = before[-REMEMBERED:]
        while len(self._before) > REMEMBERED_WINDOWS:
            del self._before[next(iter(self._before))]
