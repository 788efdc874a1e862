"""How a delivery stands: what the journal says, and what is known in memory and not written for its own sake."""

from msgspec.structs import replace

from relay.delivery.content import Content
from relay.delivery.mailbox import Letter
from relay.delivery.records import Delivery, Receipt


def as_it_stands(
    delivery: Delivery, letter: Letter | None, content: Content | None, receipt: Receipt | None
) -> Delivery:
    """Add that it is on the line, or that its screen has it, to what was read from the journal."""
    if letter is None or delivery.state not in {"waiting", "sent"}:
        return delivery
    if receipt is not None:
        return replace(
            delivery,
            state="received",
            attempts=receipt.attempt,
            sent_at=receipt.sent_at,
            received_at=receipt.received_at,
        )
    if letter.state == "received":  # its receipt is being written
        return replace(delivery, state="received")
    if letter.state == "sent" and delivery.state == "waiting" and content is not None:
        return replace(delivery, state="sent", attempts=letter.attempts, sent_at=content.sent_at)
    return delivery


def letter_of(delivery: Delivery, expires_at: float) -> Letter:
    """Make the engine's letter of a delivery that begins; `expires_at` is monotonic seconds."""
    return Letter(id=delivery.id, seq=delivery.seq, slot=delivery.slot, expires_at=expires_at)
