"""What screens without WebSocket say of their deliveries: the same acknowledgements and outcomes, one request each.

What must always hold: an acknowledgement counts for the line over which the command went, and for no other: a command
that was sent again on a newer line is not acknowledged by the older one's client, which may be another one. Whatever is
said twice, counts once. An outcome is a fact about the screen; it is answered when it is on disk.
"""

from typing import cast

from relay.contract import codec
from relay.contract.problems import Code
from relay.contract.reports import DeliveryState, Outcome
from relay.contract.streams import OutcomeReceipt, PostedOutcome
from relay.delivery.courier import Courier
from relay.delivery.line import PROBE_ID
from relay.delivery.reception import Reception, end_of
from relay.delivery.records import recipient_of
from relay.errors import Refusal, invalid
from relay.live.connection import Connection
from relay.live.server import LiveServer
from relay.live.streams.streamed import Streamed


class Answers:
    """The HTTP twin of a screen's acknowledgements and of its event `outcome`."""

    def __init__(self, live: LiveServer, courier: Courier, reception: Reception) -> None:
        """Pass on to these."""
        self._live = live
        self._courier = courier
        self._reception = reception

    def line_of(self, screen_id: str, gen: int | None) -> Connection | None:
        """Return the newest line of a screen, None if it has none. Raises LINE_ENDED if `gen` names an older one."""
        connection = self._live.connection_of(screen_id)
        # A line that was not welcomed yet has no generation, and nobody can know it.
        newest = (
            self._courier.engine.mailbox(recipient_of(screen_id)).gen
            if connection is None
            else connection.gen
        )
        if gen is not None and gen != newest:
            raise Refusal(Code.LINE_ENDED)
        return connection

    async def take(self, screen_id: str, said: object) -> OutcomeReceipt:
        """Take what a screen says of a delivery. Raises Malformed, LINE_ENDED and DELIVERY_NOT_FOUND."""
        posted = codec.convert(said, PostedOutcome)
        connection = self.line_of(screen_id, posted.gen)
        line = connection.line if connection is not None and isinstance(connection.line, Streamed) else None
        if line is not None:
            line.count()
        id_ = posted.id.lower()
        if id_ == PROBE_ID:
            counted = line is not None and line.answer("question", id_, {"id": id_, "state": posted.state})
            return OutcomeReceipt(id=posted.id, counted=counted)
        if posted.state in {"shown", "failed"}:
            return await self._ended(screen_id, line, codec.convert(said, Outcome))
        if posted.gen is None:
            raise invalid("gen", "missing")
        if connection is None:
            raise Refusal(Code.LINE_ENDED)
        # What was cancelled meanwhile, or has expired, is nobody's to take any more.
        is_open = id_ in self._courier.engine.mailbox(recipient_of(screen_id)).letters
        counted = line is not None and _answered(line, id_, posted) and is_open
        return OutcomeReceipt(
            id=posted.id, counted=counted, state=await self._state(screen_id, posted, counted=counted)
        )

    async def _ended(self, screen_id: str, line: Streamed | None, outcome: Outcome) -> OutcomeReceipt:
        id_ = outcome.id.lower()
        if line is not None:
            # Whoever tells how it ended, had it.
            line.answer("command", id_, {"received": True, "id": outcome.id})
            line.drop("question", id_)
        counted = await self._reception.take_outcome(screen_id, outcome)
        state = end_of(outcome).state if counted else (await self._courier.find(id_)).state
        return OutcomeReceipt(id=outcome.id, counted=counted, state=state)

    async def _state(self, screen_id: str, posted: PostedOutcome, *, counted: bool) -> DeliveryState:
        recipient, id_ = recipient_of(screen_id), posted.id.lower()
        if letter := self._courier.engine.mailbox(recipient).letters.get(id_):
            return cast("DeliveryState", letter.state)
        if counted and posted.state != "unknown":
            return "received" if posted.state == "received" else "failed"
        delivery = await self._courier.find(id_)
        if delivery.recipient != recipient:
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return delivery.state


def _answered(line: Streamed, id_: str, posted: PostedOutcome) -> bool:
    """Pass on an acknowledgement, or else the answer to `status?`."""
    match posted.state:
        case "received":
            acknowledgement = {"received": True, "id": posted.id}
        case "refused":
            acknowledgement = {"received": False, "id": posted.id, "code": posted.code, "error": posted.error}
        case _:
            acknowledgement = None
    if acknowledgement is not None and line.answer("command", id_, acknowledgement):
        return True
    state = "received" if posted.state == "received" else "unknown"
    return line.answer("question", id_, {"id": posted.id, "state": state})
