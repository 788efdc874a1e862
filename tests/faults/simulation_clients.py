"""Those who trigger in a simulation: they repeat under the same id until they hear a 202, and then believe in it."""

import hashlib
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from faults.history import Accepted, Submitted
from faults.simulation_relay import Process, SimulatedRelay
from faults.simulation_world import World

from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.delivery.records import Delivery, Draft, recipient_of
from relay.errors import Refusal

PATIENCE_SECONDS = 5.0


@dataclass
class Wish:
    """What a client wants shown, and when it asked for the first time."""

    id: str
    screen_id: str
    window: str
    life_seconds: float
    asked_at: float
    # A command without a slot (a notice) supersedes nothing; its window is its own, so that no order is expected.
    has_slot: bool = True
    is_accepted: bool = False
    attempts: int = 0


class Client:
    """One program that triggers."""

    def __init__(self, world: World, relay: SimulatedRelay, name: str) -> None:
        self.world = world
        self.relay = relay
        self.name = name
        self.wishes: list[Wish] = []
        # Dead letters that somebody asked to send again, and when.
        self.retried: dict[str, float] = {}

    @property
    def is_done(self) -> bool:
        return all(wish.is_accepted for wish in self.wishes)

    def wish(self, screen_id: str, window: str, life_seconds: float, *, has_slot: bool = True) -> Wish:
        """Ask for something, now."""
        id_ = self.world.new_id()
        wish = Wish(
            id_, screen_id, window if has_slot else f"n-{id_}", life_seconds, self.world.now, has_slot
        )
        self.wishes.append(wish)
        self.world.tell(
            Submitted(at=self.world.now, id=id_, screen=screen_id, slot=wish.window, source=self.name)
        )
        self._ask(wish)
        return wish

    def _ask(self, wish: Wish) -> None:
        wish.attempts += 1
        attempt = wish.attempts
        self.relay.ask(
            lambda process: accept(process, wish), lambda answer: self._hear(wish, attempt, answer)
        )
        self.world.later(PATIENCE_SECONDS, self._ask_again, wish, attempt)

    def _ask_again(self, wish: Wish, attempt: int) -> None:
        if not wish.is_accepted and wish.attempts == attempt:
            self._ask(wish)

    def _hear(self, wish: Wish, attempt: int, answer: object) -> None:
        if isinstance(answer, Delivery):
            wish.is_accepted = True
            self.world.tell(Accepted(at=self.world.now, id=wish.id, seq=answer.seq, source=self.name))
            if self.world.happens(0.15):
                # Somebody who did not hear it asks once more; the first answer holds.
                self.world.later(self.world.between(0.0, 20.0), self._ask, wish)
            elif self.world.happens(0.05):
                self.relay.ask(lambda process: accept(process, wish, body=b"another"), self._hear_mismatch)
        elif wish.attempts == attempt and not wish.is_accepted:
            self.world.later(self.world.between(0.1, 1.5), self._ask_again, wish, attempt)

    def _hear_mismatch(self, answer: object) -> None:
        if isinstance(answer, Delivery):
            self.world.blame("idempotency", f"another body was accepted under the id {answer.id}")

    def cancel(self, wish: Wish) -> None:
        """Take something back, if that is still possible."""
        self.relay.ask(lambda process: process.courier.cancel(wish.id), lambda _answer: None)

    def retry_dead_letters(self) -> None:
        """Send every dead letter again."""
        asked_at = self.world.now

        async def work(process: Process) -> None:
            for dead in await process.journal.list(only_dead_letters=True):
                self.retried.setdefault(dead.id, asked_at)
                await process.dead_letters.retry(dead.id, self.name)

        self.relay.ask(work, lambda _answer: None)


async def accept(process: Process, wish: Wish, body: bytes = b"") -> Delivery:
    """Answer a trigger as the display flow does: the first answer holds, another body is refused."""
    now = process.world.clock.now_ms()
    expires_at = now + round(wish.life_seconds * 1000)
    payload: dict[str, Any] = {
        "id": wish.id,
        "screenId": wish.screen_id,
        "windowId": wish.window,
        "timestamp": now,
        "expiresAt": expires_at,
    }
    body_hash = hashlib.sha256(wish.id.encode() + body).digest()
    draft = Draft(
        id=TriggerId(wish.id),
        recipient=recipient_of(wish.screen_id),
        screen_id=wish.screen_id,
        slot=f"window:{wish.window}" if wish.has_slot else None,
        verb="navigate" if wish.has_slot else "notify",
        payload=msgspec.json.encode(payload),
        body_hash=body_hash,
        sender="user:client",
        created_at=now,
        expires_at=expires_at,
    )
    try:
        return await process.courier.send(draft)
    except Refusal as refusal:
        known = await process.courier.known(wish.id)
        if refusal.code is Code.IDEMPOTENCY_MISMATCH or known is None or known.body_hash != body_hash:
            raise
        return known


def window_of(row: dict[str, Any]) -> str:
    """Name the window of a delivery as the checker knows it."""
    return cast("str", msgspec.json.decode(row["payload"])["windowId"])
