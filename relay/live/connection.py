"""One live connection, as the rest of the relay knows it."""

from dataclasses import dataclass, field

import msgspec

from relay.contract.reports import CAPABILITY_OUTCOME, Presence
from relay.contract.wording import Language
from relay.identity.caller import Caller
from relay.live.acks import Acks, OnAnswer
from relay.live.line import Line

Payload = dict[str, object] | msgspec.Raw
# An epoch, and the seq of the last command that a client says it has had in it.
Applied = tuple[str, int]


@dataclass(slots=True, eq=False)
class Connection:
    """`sid` is the socket's name in this process; `gen` tells newer connections of the same screen from older ones."""

    sid: str
    caller: Caller
    language: Language
    connected_at_ms: int
    line: Line
    gen: int = 0
    presence: Presence | None = None
    strikes: int = 0
    is_live: bool = True
    acks: Acks = field(default_factory=Acks)
    # The sweeper's tick since which the client does not read fast enough, and the states that it will be told once it
    # does: the newest of each event.
    slow_since: int | None = None
    held: dict[str, tuple[Payload, OnAnswer | None]] | None = None
    # What a line without WebSocket said when it was opened (Last-Event-ID); counts until there is a presence.
    applied: Applied | None = None

    @property
    def screen_id(self) -> str | None:
        """Name the screen that this connection is, None for people and programs."""
        return self.caller.name if self.caller.kind == "screen" else None

    @property
    def reports_outcomes(self) -> bool:
        """Tell whether the screen will say what became of a delivery after acknowledging it."""
        return self.presence is not None and CAPABILITY_OUTCOME in self.presence.capabilities
