"""Where a window shall be: where it was wished, else where it is, else on the bench's own monitor."""

from dataclasses import replace

from app.stage.board import Board
from app.stage.displays import Display, choose
from app.stage.surface import Windows
from relay.contract.names import Place, WindowId


class Seating:
    """Finds a monitor, and the place on it, for every window. All of it raises CannotShow(DISPLAY_NOT_AVAILABLE)."""

    def __init__(self, windows: Windows, board: Board, default_display_index: int | None) -> None:
        """Seat the windows of this board; without a wish and a place of its own, one goes to the default monitor."""
        self.default_display_index = default_display_index
        self._windows = windows
        self._board = board

    def find(self, display_id: str | None = None, display_index: int | None = None) -> Display:
        """Find the wished monitor, or the bench's own; one that is away counts where the bench's rule seats it."""
        return choose(
            self._windows.displays(),
            display_id=display_id,
            display_index=display_index,
            default=self.default_display_index,
            absent=self._windows.absent(),
            seated=self._windows.seat,
        )

    def wished(
        self,
        window_id: WindowId,
        *,
        display_id: str | None = None,
        display_index: int | None = None,
        place: Place | None = None,
    ) -> Display:
        """Find where new content of a window shall be. Without a wish it stays where the window is.

        A place that nobody wished is the one that the window has on that monitor already, else the whole of it.
        """
        shown = self._board.get(window_id)
        present = None if shown is None else shown.display
        is_wished = display_id is not None or display_index is not None
        if present is not None and not is_wished and self._windows.seat(present) is not None:
            chosen = present
        else:
            chosen = self.find(display_id, display_index)
        if present is not None and present.display_id == chosen.display_id:
            return replace(chosen, place=place or present.place)
        return replace(chosen, place=place or "full")

    def moved(
        self,
        present: Display,
        *,
        display_id: str | None = None,
        display_index: int | None = None,
        place: Place | None = None,
    ) -> Display:
        """Find where a window that is `present` there shall move: a place alone leaves it on its monitor, no wish at
        all takes it to the bench's own.
        """
        if display_id is None and display_index is None and place is not None:
            return replace(present, place=place)
        return replace(self.find(display_id, display_index), place=place or present.place)
