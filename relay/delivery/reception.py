"""Receives the screens: greets a new connection, hears its presence, its outcomes and what it tells when it is asked.

What must always hold: only the newest connection of a screen is heard (`gen` fences older ones). A connection is served
after it has said what it has, or, if it never says so, after a second. An outcome is acknowledged when it is on disk.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from relay.clock import Clock
from relay.contract import codec
from relay.contract.commands import Hello
from relay.contract.problems import Code
from relay.contract.reports import Outcome, Presence
from relay.delivery.courier import Courier
from relay.delivery.line import Line
from relay.delivery.records import End, recipient_of
from relay.errors import Refusal
from relay.live.connection import Connection
from relay.live.server import PING_SECONDS, LiveServer
from relay.live.streams.streamed import Streamed

# A client that never says what it has is served after this long (CONTRACT.md, `presence`).
PRESENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What was last known of a screen; `presence` is None for a client that never sent one."""

    online: bool
    at_ms: int
    presence: Presence | None


class Reception:
    """The live line's side of delivery."""

    def __init__(self, courier: Courier, live: LiveServer, line: Line, *, clock: Clock) -> None:
        """Take the live line's welcome and farewell, and its events `presence` and `outcome`."""
        self._courier = courier
        self._live = live
        self._clock = clock
        self._last_seen: dict[str, LastSeen] = {}
        # Hears the name of a screen that came, went, or said something new about itself.
        self.changed: Callable[[str], None] = lambda _screen_id: None
        line.told = self._told
        courier.clock_was_set = self._greet_all
        live.welcome = self._welcome
        live.farewell = self._farewell
        live.on("presence", self._on_presence)
        live.on("outcome", self._on_outcome)

    def last_seen(self, screen_id: str) -> LastSeen | None:
        """Tell what is known of a screen; None if it never connected since the relay started."""
        return self._last_seen.get(recipient_of(screen_id))

    def _welcome(self, connection: Connection) -> None:
        if connection.screen_id is not None:
            recipient = recipient_of(connection.screen_id)
            connection.gen, actions = self._courier.engine.connecting(recipient, self._clock.monotonic())
            self._courier.do(actions)
            self._courier.notes.connection(recipient, connection.gen)
            self._live.tally["screen_reconnects"] += recipient in self._last_seen
            self._last_seen[recipient] = LastSeen(online=True, at_ms=self._clock.now_ms(), presence=None)
            self.changed(connection.screen_id)
            asyncio.get_running_loop().call_later(PRESENCE_SECONDS, self._serve_the_silent, connection)
        self._greet(connection)

    def _greet(self, connection: Connection) -> None:
        head = 0
        if connection.screen_id is not None:
            head = self._courier.engine.mailbox(recipient_of(connection.screen_id)).head
        hello = Hello(
            epoch=self._courier.epoch,
            gen=connection.gen,
            server_time=self._clock.now_ms(),
            head=head,
            heartbeat_ms=PING_SECONDS * 1000,
            line=connection.sid if isinstance(connection.line, Streamed) else None,
        )
        self._live.send(connection, "hello", codec.to_builtins(hello))

    def _greet_all(self) -> None:
        for connection in self._live.connections():
            if connection.gen or connection.screen_id is None:  # a screen without one is about to be welcomed
                self._greet(connection)

    def _farewell(self, connection: Connection) -> None:
        assert connection.screen_id is not None
        recipient = recipient_of(connection.screen_id)
        self._last_seen[recipient] = LastSeen(
            online=False, at_ms=self._clock.now_ms(), presence=connection.presence
        )
        self.changed(connection.screen_id)
        self._courier.do(self._courier.engine.disconnected(recipient, self._clock.monotonic()))

    def _serve_the_silent(self, connection: Connection) -> None:
        if connection.presence is None:
            self._begin(connection, applied_seq=self._had_before(connection))

    def _had_before(self, connection: Connection) -> int:
        """Return the seq that a line was opened behind, 0 for none and for one of another journal."""
        epoch, seq = connection.applied or ("", 0)
        return seq if epoch == self._courier.epoch else 0

    async def _on_presence(self, connection: Connection, payload: object) -> object:
        if connection.screen_id is None:
            raise Refusal(Code.FORBIDDEN)
        presence = codec.convert(payload, Presence)
        is_first = connection.presence is None
        connection.presence = presence
        recipient = recipient_of(connection.screen_id)
        if not self._is_newest(connection):
            return {"success": True}
        self._last_seen[recipient] = LastSeen(online=True, at_ms=self._clock.now_ms(), presence=presence)
        self.changed(connection.screen_id)
        if is_first:
            applied = presence.applied_seq if presence.epoch == self._courier.epoch else 0
            if presence.epoch is None:
                applied = self._had_before(connection)
            self._begin(connection, applied_seq=applied)
        return {"success": True}

    def _begin(self, connection: Connection, *, applied_seq: int) -> None:
        if not self._is_newest(connection):
            return
        assert connection.screen_id is not None
        actions = self._courier.engine.present(
            recipient_of(connection.screen_id),
            applied_seq=applied_seq,
            answers=connection.reports_outcomes,
            now=self._clock.monotonic(),
        )
        self._courier.do(actions)

    async def _on_outcome(self, connection: Connection, payload: object) -> object:
        if connection.screen_id is None or not self._is_newest(connection):
            # A fenced connection keeps its outcomes; they come again on the newest one.
            raise Refusal(Code.FORBIDDEN)
        outcome = codec.convert(payload, Outcome)
        await self.take_outcome(connection.screen_id, outcome)
        return {"success": True, "id": outcome.id}

    async def take_outcome(self, screen_id: str, outcome: Outcome) -> bool:
        """Put a screen's outcome on disk; False if the delivery had ended before. Raises DELIVERY_NOT_FOUND."""
        recipient, id_ = recipient_of(screen_id), outcome.id.lower()
        engine = self._courier.engine
        self._courier.do(engine.heard(recipient, self._clock.monotonic()))
        if id_ not in engine.mailbox(recipient).letters:
            delivery = await self._courier.find(id_)
            if delivery.recipient != recipient:
                raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return await self._courier.settle(id_, recipient, end_of(outcome))

    def _told(self, connection: Connection, id_: str | None, answer: object) -> None:
        assert connection.screen_id is not None
        recipient, now = recipient_of(connection.screen_id), self._clock.monotonic()
        engine = self._courier.engine
        if id_ is None:
            self._courier.do(engine.heard(recipient, now))
            return
        match codec.text_in(answer, "state"):
            case "shown" | "failed":
                self._take_outcome(connection, id_, answer)
            case "received":
                self._courier.do(engine.still_loading(recipient, id_, now))
            case _:
                self._courier.do(engine.unknown_there(recipient, id_, now))

    def _take_outcome(self, connection: Connection, id_: str, answer: object) -> None:
        """Take the outcome that a screen gave when it was asked; nobody waits for our answer."""
        assert connection.screen_id is not None
        try:
            outcome = codec.convert(answer, Outcome)
        except codec.Malformed:
            return
        recipient = recipient_of(connection.screen_id)
        if outcome.id.lower() == id_ and self._is_newest(connection):
            # It is at work and has told; until that is on disk it need not be asked again.
            self._courier.do(self._courier.engine.still_loading(recipient, id_, self._clock.monotonic()))
            self._courier.settle_surely(id_, recipient, end_of(outcome))

    def _is_newest(self, connection: Connection) -> bool:
        return (
            connection.screen_id is not None and self._live.connection_of(connection.screen_id) is connection
        )


def end_of(outcome: Outcome) -> End:
    """Say how a delivery ended by what its screen tells."""
    if outcome.state == "shown":
        # With a code, the last good picture of a web page was painted that cannot be had now.
        return End("shown", code=outcome.code, detail=outcome.error, outcome=outcome)
    match outcome.code:
        case Code.SUPERSEDED.value:
            return End("superseded", code=outcome.code, detail=outcome.error, outcome=outcome)
        case Code.EXPIRED.value:
            return End("expired", code=outcome.code, detail=outcome.error, outcome=outcome)
        case _:
            code = outcome.code or Code.INTERNAL_ERROR.value
            return End("failed", code=code, detail=outcome.error, outcome=outcome)
