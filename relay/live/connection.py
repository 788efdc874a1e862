"""One live connection, as the rest of the relay knows it."""

from dataclasses import dataclass, field

from relay.contract.reports import CAPABILITY_OUTCOME, Presence
from relay.contract.wording import Language
from relay.identity.caller import Caller
from relay.live.acks import Acks
from relay.live.wire import FrameSocket


@dataclass(slots=True, eq=False)
class Connection:
    """`sid` is the socket's name in this process; `gen` tells newer connections of the same screen from older ones."""

    sid: str
    caller: Caller
    language: Language
    connected_at_ms: int
    line: FrameSocket
    gen: int = 0
    presence: Presence | None = None
    strikes: int = 0
    acks: Acks = field(default_factory=Acks)

    @property
    def screen_id(self) -> str | None:
        """Name the screen that this connection is, None for people and programs."""
        return self.caller.name if self.caller.kind == "screen" else None

    @property
    def reports_outcomes(self) -> bool:
        """Tell whether the screen will say what became of a delivery after acknowledging it."""
        return self.presence is not None and CAPABILITY_OUTCOME in self.presence.capabilities
