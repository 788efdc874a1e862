"""Pictures of the screen: what the bench's privacy switch grants, and who takes them to the relay."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from app.stage.displays import CannotShow
from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.contract.reports import ScreenPicture

# What may be photographed: nothing, what Benchcast itself shows, or all that is on the monitor.
Privacy = Literal["off", "window", "monitor"]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A picture as a file; its size in pixels."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Camera:
    """The bench's rule for pictures, asked anew each time, and the way to the relay, which raises Problemful."""

    privacy: Callable[[], Privacy]
    send: Callable[[TriggerId, Snapshot], Awaitable[ScreenPicture]]

    def require(self, *, whole_monitor: bool) -> None:
        """Refuse what the privacy switch does not grant. Raises CannotShow(SCREENSHOT_NOT_ALLOWED)."""
        privacy = self.privacy()
        if privacy == "off":
            raise CannotShow(Code.SCREENSHOT_NOT_ALLOWED, what="stage.what.no_screenshots")
        if whole_monitor and privacy != "monitor":
            raise CannotShow(Code.SCREENSHOT_NOT_ALLOWED, what="stage.what.only_own_window")
