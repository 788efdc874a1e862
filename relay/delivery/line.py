"""The way down to the screens: sends, asks and cuts on a screen's newest connection, and hands up what is answered."""

from collections.abc import Callable

import msgspec
import structlog

from relay.contract import codec
from relay.contract.problems import Code
from relay.contract.reports import Received
from relay.delivery.records import End
from relay.live.connection import Connection
from relay.live.server import LiveServer

log = structlog.get_logger()

# No delivery has this id: a screen that works answers that it does not know it.
PROBE_ID = "00000000-0000-4000-8000-000000000000"
# The contract's close code for a client that does not keep up; it comes back by itself.
TOO_SLOW = 4408


class Line:
    """What the courier may do to a screen. Nothing here waits; a screen that is not there hears nothing."""

    def __init__(self, live: LiveServer) -> None:
        """Speak over `live`."""
        self._live = live
        # Hears (recipient, delivery, None or the refusal) when a screen has acknowledged a delivery.
        self.answered: Callable[[str, str, End | None], None] = lambda _recipient, _id, _refusal: None
        # Hears (recipient, delivery or None for a probe, the answer) when a screen has answered a question.
        self.told: Callable[[Connection, str | None, object], None] = lambda _connection, _id, _answer: None

    def send(self, recipient: str, id_: str, verb: str, payload: bytes) -> None:
        """Put a command on the line; `payload` is its JSON."""
        if (connection := self._connection(recipient)) is not None:
            self._live.send(
                connection,
                verb,
                msgspec.Raw(payload),
                lambda answer: self._acknowledged(recipient, id_, answer),
            )

    def ask(self, recipient: str, id_: str | None) -> None:
        """Ask what became of a delivery, or, without one, whether anybody is there."""
        if (connection := self._connection(recipient)) is not None:
            self._live.send(
                connection,
                "status?",
                {"id": id_ or PROBE_ID},
                lambda answer: self.told(connection, id_, answer),
            )

    def cut(self, recipient: str, reason: str) -> None:
        """End the connection of a screen that does not answer; a working one comes back at once."""
        if (connection := self._connection(recipient)) is not None:
            self._live.cut(connection, TOO_SLOW, reason)

    def _connection(self, recipient: str) -> Connection | None:
        return self._live.connection_of(recipient.removeprefix("screen:"))

    def _acknowledged(self, recipient: str, id_: str, answer: object) -> None:
        try:
            received = codec.convert(answer, Received)
        except codec.Malformed:
            log.warning("A screen acknowledged in no known form", recipient=recipient, delivery=id_)
            return
        if received.id.lower() != id_:
            return
        refusal = None
        if not received.received and received.code == Code.SCREEN_UNHEALTHY.value:
            # It cannot take anything now (its disk is full, say): for the ladder that is as if it had not answered.
            log.warning("A screen cannot take a delivery now", recipient=recipient, delivery=id_)
            return
        if not received.received:
            refusal = End("failed", code=received.code or Code.VALIDATION_ERROR.value, detail=received.error)
        self.answered(recipient, id_, refusal)
