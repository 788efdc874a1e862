"""Control barcodes at this bench: performed at once and here, without the relay, also while it is away."""

from typing import Literal, assert_never

from app.bridge import spawn
from app.stage.displays import CannotShow
from app.stage.performed import Performed
from app.stage.scan_result import ControlAnswer
from app.stage.surface import ViewWish
from app.stage.wording_of_scan import name_control
from app.wiring.workplace import Workplace
from relay.contract.controls import Control
from relay.contract.names import MAIN_WINDOW, DisplayId, TriggerId
from relay.contract.problems import Code


class Controls:
    """Performs them, and remembers the monitor that DISPLAY chose.

    DISPLAY n takes the window that is shown to monitor n, and the orders that are scanned here follow it there. That
    holds until another DISPLAY, until that monitor is gone, or until the app ends; orders that come from elsewhere go
    where they are sent.
    """

    def __init__(self, workplace: Workplace) -> None:
        """Nothing has been chosen yet."""
        self._workplace = workplace
        self._chosen: DisplayId | None = None
        # What FIT would change: whole pages and full width take turns until somebody zooms.
        self._fitted: tuple[TriggerId | None, Literal["page", "width"] | None] = (None, None)

    def display_for_orders(self) -> DisplayId | None:
        """Name the monitor that DISPLAY chose, while it is there."""
        there = {display.display_id for display in self._workplace.station.displays()}
        if self._chosen is not None and self._chosen not in there:
            self._chosen = None
        return self._chosen

    def perform(self, control: Control) -> None:
        """Do it, and tell the operator how it ended."""
        number = self._workplace.window.scan_started(name_control(control, self._workplace.language))

        async def do() -> None:
            performed = await self._do(control)
            self._workplace.window.scan_answered(number, ControlAnswer(control, performed))

        spawn(do(), f"control {control.verb}")

    def find_nothing(self, control: Control) -> None:
        """Tell the operator that there is nothing to do it with."""
        window = self._workplace.window
        number = window.scan_started(name_control(control, self._workplace.language))
        window.scan_answered(number, ControlAnswer(control, Performed.failed(Code.DOCUMENT_NOT_FOUND, "")))

    async def _do(self, control: Control) -> Performed | None:
        director = self._workplace.director
        match control.verb:
            case "next" | "previous" as step:
                return await director.view_here(ViewWish(step=step))
            case "zoom_in" | "zoom_out":
                self._fitted = (self._now_shown(), None)
                return await director.view_here(
                    ViewWish(zoom_step="in" if control.verb == "zoom_in" else "out")
                )
            case "fit":
                return await self._fit()
            case "rotate":
                return await director.view_here(ViewWish(rotate_by=90))
            case "close":
                return await director.close_here()
            case "undo":
                return await director.undo_here()
            case "display":
                return await self._display((control.number or 1) - 1)
            case "again":
                raise AssertionError("what was shown is asked for by `Scanning`")
            case _:
                assert_never(control.verb)

    async def _fit(self) -> Performed:
        now = self._now_shown()
        shown, fit = self._fitted
        # New content begins as a whole page.
        present = fit if shown == now else "page"
        wished: Literal["page", "width"] = "width" if present == "page" else "page"
        self._fitted = (now, wished)
        return await self._workplace.director.view_here(ViewWish(fit=wished))

    async def _display(self, index: int) -> Performed | None:
        chosen = next((each for each in self._workplace.station.displays() if each.index == index), None)
        if chosen is None:
            missing = CannotShow(Code.DISPLAY_NOT_AVAILABLE, index=index)
            return Performed.failed(missing.code, missing.explain(self._workplace.language))
        self._chosen = chosen.display_id
        if self._now_shown() is None:
            return None
        return await self._workplace.director.move_here(index)

    def _now_shown(self) -> TriggerId | None:
        windows = self._workplace.director.showing()
        return next((window.trigger_id for window in windows if window.window_id == MAIN_WINDOW), None)
