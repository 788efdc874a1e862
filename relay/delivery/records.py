"""What the journal takes in and gives out: a draft, a delivery, how an accept went, and an end."""

from msgspec import Struct

from relay.contract.names import TriggerId
from relay.contract.reports import DeliveryState, DisplayName, Outcome

# End states that somebody should look at. Superseded and cancelled are what somebody wanted.
DEAD_LETTER_STATES: tuple[DeliveryState, ...] = ("failed", "expired", "dead")


class Delivery(Struct, frozen=True):
    """A delivery as it stands in the journal."""

    id: TriggerId
    recipient: str
    screen_id: str
    seq: int
    slot: str | None
    verb: str
    body_hash: bytes
    sender: str
    state: DeliveryState
    created_at: int
    expires_at: int
    order_id: str | None = None
    document: str | None = None
    revision: str | None = None
    code: str | None = None
    detail: str | None = None
    superseded_by: str | None = None
    outcome: Outcome | None = None
    attempts: int = 0
    sent_at: int | None = None
    received_at: int | None = None
    ended_at: int | None = None
    retry_of: str | None = None
    retried_as: str | None = None
    discarded_at: int | None = None

    @property
    def is_dead_letter(self) -> bool:
        """Tell whether it ended badly and nobody has dealt with that yet."""
        return self.state in DEAD_LETTER_STATES and self.discarded_at is None and self.retried_as is None

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more can become of it."""
        return self.ended_at is not None

    @property
    def display(self) -> DisplayName | None:
        """Name the monitor that it was shown on."""
        return self.outcome.display if self.outcome else None


class Draft(Struct, frozen=True):
    """A delivery before it has a seq. `payload` is the command as it will travel, a JSON object, but for its seq."""

    id: TriggerId
    recipient: str
    screen_id: str
    slot: str | None
    verb: str
    payload: bytes
    body_hash: bytes
    sender: str
    created_at: int
    expires_at: int
    order_id: str | None = None
    document: str | None = None
    revision: str | None = None
    retry_of: str | None = None
    # False when nothing older of its slot can be open any more: the courier knows.
    may_supersede: bool = True

    def row(self, seq: int, payload: bytes) -> dict[str, object]:
        """Return the journal's row of it, as it begins."""
        return {
            "id": self.id,
            "recipient": self.recipient,
            "seq": seq,
            "slot": self.slot,
            "verb": self.verb,
            "payload": payload,
            "body_hash": self.body_hash,
            "sender": self.sender,
            "screen_id": self.screen_id,
            "order_id": self.order_id,
            "document": self.document,
            "revision": self.revision,
            "state": "waiting",
            "attempts": 0,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "retry_of": self.retry_of,
        }

    def as_delivery(self, seq: int) -> Delivery:
        """Return what the journal holds of it once it is accepted under this seq."""
        return Delivery(
            id=self.id,
            recipient=self.recipient,
            screen_id=self.screen_id,
            seq=seq,
            slot=self.slot,
            verb=self.verb,
            body_hash=self.body_hash,
            sender=self.sender,
            state="waiting",
            created_at=self.created_at,
            expires_at=self.expires_at,
            order_id=self.order_id,
            document=self.document,
            revision=self.revision,
            retry_of=self.retry_of,
        )

    def sealed(self, seq: int) -> bytes:
        """Return the payload with its seq, as it is kept and as it travels."""
        return b'{"seq":%d,' % seq + self.payload[1:]


class Appended(Struct, frozen=True):
    """The result of an accept: the delivery, whether it was there before, and the ids that it superseded."""

    delivery: Delivery
    is_repeat: bool
    payload: bytes = b""
    superseded: tuple[str, ...] = ()


class Receipt(Struct, frozen=True):
    """A screen's acknowledgement of a delivery. Times are UTC milliseconds."""

    id: str
    sent_at: int
    received_at: int
    attempt: int


class End(Struct, frozen=True):
    """How a delivery ended."""

    state: DeliveryState
    code: str | None = None
    detail: str | None = None
    superseded_by: str | None = None
    outcome: Outcome | None = None


class Ending(Struct, frozen=True):
    """An end with what it belongs to; `at` is UTC milliseconds, `receipt` one that is not written yet."""

    id: str
    at: int
    end: End
    receipt: Receipt | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether writing it needs no look at other deliveries."""
        return self.end.state != "superseded" and self.end.superseded_by is None


def recipient_of(screen_id: str) -> str:
    """Name a screen's mailbox; screen ids are the same in any letter case."""
    return f"screen:{screen_id.casefold()}"
