"""How something that was done at this workstation ended: what the relay, and the bench itself, are told of it."""

from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from app.stage.displays import Display
from app.stage.surface import Painted
from relay.contract.names import TriggerId, WindowId
from relay.contract.problems import Code
from relay.contract.reports import DisplayName, Outcome, ScreenPicture, Timings

_LONGEST_ERROR = 1000  # the contract's limit


@dataclass(frozen=True, kw_only=True)
class Performed:
    """How it ended, in the contract's words. `error` is worded for a person, in the director's language."""

    state: Literal["shown", "failed"]
    code: Code | None = None
    error: str | None = None
    display: DisplayName | None = None
    page: int | None = None
    pages: int | None = None
    revision: str | None = None
    timings: Timings | None = None
    covers: tuple[WindowId, ...] = ()
    picture: ScreenPicture | None = None

    @classmethod
    def failed(cls, code: Code, error: str) -> "Performed":
        """End without having been shown."""
        return cls(state="failed", code=code, error=error[:_LONGEST_ERROR] or None)

    def outcome(self, id_: TriggerId) -> Outcome:
        """Tell the relay how its command ended."""
        return Outcome(
            id=id_,
            state=self.state,
            code=None if self.code is None else self.code.value,
            error=self.error,
            display=self.display,
            page=self.page,
            revision=self.revision,
            timings=self.timings,
            covers=self.covers,
            screenshot=self.picture,
        )


class Watch:
    """Counts the milliseconds since a command arrived."""

    def __init__(self) -> None:
        """Begin now."""
        self._started = perf_counter()

    @property
    def ms(self) -> float:
        """How long it has been."""
        return (perf_counter() - self._started) * 1000


def timings_of(painted: Painted, before_ms: float) -> Timings:
    """Count from the command's arrival: what happened before the window was asked comes on top of its own times."""
    return Timings(
        received_ms=0.0,
        loaded_ms=round(before_ms + painted.loaded_ms, 1),
        shown_ms=round(before_ms + painted.shown_ms, 1),
    )


def name_of(display: Display) -> DisplayName:
    """Name a monitor for whoever asks where something was shown."""
    return DisplayName(display_id=display.display_id, index=display.index, name=display.name)
