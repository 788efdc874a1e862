"""What both lines without WebSocket have in common: whose answers are owed, and how much may be said to us."""

from typing import TYPE_CHECKING, Literal

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.live.acks import MOST
from relay.live.admission import Bucket
from relay.live.streams import framing
from relay.live.streams.framing import Said

if TYPE_CHECKING:
    from relay.live.connection import Connection
    from relay.live.server import LiveServer

# The event that says why a line ends, as a WebSocket's close frame does.
CLOSED = "line:closed"
QUESTION = "status?"
To = Literal["command", "question"]


class Streamed:
    """One way down, and answers that come back by HTTP, named by the delivery that they are about."""

    __slots__ = ("_bucket", "_epoch", "_live", "_owed", "address", "connection", "is_heard", "sid")

    def __init__(self, sid: str, address: str, live: "LiveServer") -> None:
        """Name a line of this live layer."""
        self.sid = sid
        self.address = address
        self.connection: Connection | None = None
        # The sweeper asks; a line that goes one way is never late with an answer. Its end is told by the transport.
        self.is_heard = True
        self._live = live
        self._epoch = ""
        self._bucket = Bucket(live.bounds.frames_burst, live.monotonic())
        self._owed: dict[tuple[To, str], int] | None = None

    def answer(self, to: To, about: str, value: object) -> bool:
        """Pass on what was said about a delivery; False if that is owed no more, or never was."""
        number = self._owed.pop((to, about), None) if self._owed else None
        if number is None:
            return False
        self._live.answered(self, number, (value,))  # pyright: ignore[reportArgumentType] - both heirs are lines
        return True

    def drop(self, to: To, about: str) -> None:
        """Expect no answer any more."""
        if self._owed:
            self._owed.pop((to, about), None)

    def count(self, sentences: int = 1) -> None:
        """Count what the client says, as frames are counted on a socket. Raises RATE_LIMITED; then none is counted."""
        bounds = self._live.bounds
        if not self._bucket.take(
            sentences, self._live.monotonic(), per_second=bounds.frames_per_second, burst=bounds.frames_burst
        ):
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=1000)

    def part(self) -> None:
        """Forget whose this was: line and connection know each other, and the garbage collector rests."""
        self.connection = None

    def silent(self) -> None:
        """Find nothing wrong in hearing nothing."""

    def _read(self, packet: bytes) -> Said | None:
        """Take a packet apart, and remember the answer that it asks for."""
        said = framing.read(packet)
        if said is None:
            return None
        self._epoch = said.epoch or self._epoch
        if said.number is not None:
            if self._owed is None:
                self._owed = {}
            elif len(self._owed) >= MOST:
                del self._owed[next(iter(self._owed))]
            to: To = "question" if said.name == QUESTION else "command"
            # Of a command that was sent twice, the newest sending is what is answered.
            self._owed[to, said.about] = said.number
        return said

    def _id_of(self, said: Said) -> str:
        return f"{self._epoch}:{said.seq}" if said.seq and self._epoch else ""
