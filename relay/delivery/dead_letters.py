"""Dead letters: deliveries that ended badly, until somebody sends them again or lays them aside.

Sending again makes a new delivery with an id and a life of its own; the dead one says which. What it carries
is asked for anew from the flow that it came from, so that a letter of yesterday brings today's revision. It lives as
long as the dead one did, and long enough for whoever sends it again to see it shown. Asked twice, it is done once.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from relay.clock import Clock
from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.delivery.courier import Courier
from relay.delivery.journal import Journal
from relay.delivery.records import Delivery, Draft
from relay.errors import Refusal

LEAST_LIFE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a dead letter's command carries today."""

    payload: dict[str, Any]
    document: str | None
    revision: str | None


Renewer = Callable[[dict[str, Any]], Awaitable[Renewed]]


class DeadLetters:
    """What an admin does with deliveries that ended badly."""

    def __init__(self, courier: Courier, journal: Journal, clock: Clock) -> None:
        """Read from the journal and send with the courier."""
        self._courier = courier
        self._journal = journal
        self._clock = clock
        self._renewers: dict[str, Renewer] = {}

    def renew_with(self, verb: str, renewer: Renewer) -> None:
        """Have a flow say what a command of this verb carries now; it raises a Refusal if there is nothing any more."""
        self._renewers[verb] = renewer

    async def retry(self, id_: str, sender: str) -> Delivery:
        """Send a dead letter again, as a new delivery; the same answer however often it is asked.

        Raises DELIVERY_NOT_FOUND for what is no dead letter, and what the flow refuses (an order that is gone).
        """
        dead = await self._courier.find(id_)
        if dead.retried_as is not None:
            return await self._courier.find(dead.retried_as)
        if not dead.is_dead_letter:
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        before = await self._journal.payload(id_)
        renewer = self._renewers.get(dead.verb)
        renewed = await renewer(before) if renewer else Renewed(before, dead.document, dead.revision)
        now, new_id = self._clock.now_ms(), TriggerId(str(uuid.uuid4()))
        life = max(dead.expires_at - dead.created_at, LEAST_LIFE_MS)
        payload = {**renewed.payload, "id": new_id, "timestamp": now, "expiresAt": now + life}
        payload.pop("seq", None)
        return await self._courier.send(
            Draft(
                id=new_id,
                recipient=dead.recipient,
                screen_id=dead.screen_id,
                slot=dead.slot,
                verb=dead.verb,
                payload=msgspec.json.encode(payload),
                body_hash=dead.body_hash,
                sender=sender,
                created_at=now,
                expires_at=now + life,
                order_id=dead.order_id,
                document=renewed.document,
                revision=renewed.revision,
                retry_of=dead.id,
            )
        )

    async def discard(self, id_: str) -> None:
        """Lay a dead letter aside; its delivery stays on record. Raises DELIVERY_NOT_FOUND for what is none."""
        dead = await self._courier.find(id_)
        if dead.discarded_at is None:
            if not dead.is_dead_letter:
                raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
            await self._journal.discard(id_, self._clock.now_ms())
