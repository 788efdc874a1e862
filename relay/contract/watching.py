"""How pages follow screens without asking: what they say they watch, and the states that they are told."""

from msgspec import Struct

from relay.contract.names import Label, Millis, WireScreenId, WireTriggerId
from relay.contract.reports import DeliveryState, DisplayInfo, DisplayName, ProblemCode, WindowInfo


class WatchWish(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`watch`: tell me of this screen from now on; of every screen that I may view where none is named."""

    screen_id: WireScreenId | None = None


class LastOutcome(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the newest delivery ended that has ended at a screen; pictures that were asked for do not count."""

    id: WireTriggerId
    verb: str
    state: DeliveryState
    at: Millis
    code: ProblemCode | None = None
    display: DisplayName | None = None
    revision: Label | None = None


class ScreenStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """`screen:status`: all that is live of one screen. Of two, the one with the higher `version` holds.

    Versions of one screen only grow, but for a relay's clock that was set back; whoever comes back asks anew.
    """

    screen_id: str
    version: int
    online: bool
    last_seen_at: Millis | None = None
    app_version: str | None = None
    displays: tuple[DisplayInfo, ...] = ()
    windows: tuple[WindowInfo, ...] = ()
    last_outcome: LastOutcome | None = None
