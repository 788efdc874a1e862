"""Carries accepted deliveries to their screens and brings back what became of them.

How it works: `send` writes the journal first and answers only then. Every screen has a mailbox in memory, filled from
the journal at the start; it decides what leaves when, and the courier does it: emits on the live line, asks for the
status of what was received and not reported, expires what is too late, gives up on a screen that never acknowledges.
One timer serves all mailboxes.

What must always hold: nothing is known here that the journal does not know. Whoever waits for an outcome listens for
the bell first, then reads the journal, then waits. It must never send twice what a screen has received.
"""

import asyncio
import heapq
import math
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from relay.clock import Clock
from relay.contract import codec
from relay.contract.commands import Hello
from relay.contract.names import Epoch
from relay.contract.problems import Code
from relay.contract.reports import Outcome, Presence, Received
from relay.delivery.bells import Bells
from relay.delivery.journal import Journal
from relay.delivery.mailbox import Action, Ask, Expire, GiveUp, Letter, Mailbox, Send
from relay.delivery.records import Delivery, Draft, End, recipient_of
from relay.errors import Refusal, StorageUnavailableError
from relay.live.connection import Connection
from relay.live.server import PING_SECONDS, LiveServer
from relay.tasks import Tasks

log = structlog.get_logger()

# A client that never says what it has is served after this long (CONTRACT.md, `presence`).
PRESENCE_SECONDS = 1.0
RETRY_DISK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Content:
    verb: str
    payload: dict[str, object]


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What was last known of a screen; `presence` is None for a client that never sent one."""

    online: bool
    at_ms: int
    presence: Presence | None


class Courier:
    """The one who knows both the journal and the live line."""

    def __init__(self, journal: Journal, live: LiveServer, clock: Clock, tasks: Tasks) -> None:
        """Take the live line's welcome and farewell, and its events `presence` and `outcome`."""
        self._journal = journal
        self._live = live
        self._clock = clock
        self._tasks = tasks
        self._bells = Bells()
        self._mailboxes: dict[str, Mailbox] = {}
        self._contents: dict[str, _Content] = {}
        self._last_seen: dict[str, LastSeen] = {}
        self._epoch = Epoch("")
        self._deadlines: list[tuple[float, str]] = []
        self._scheduled: dict[str, float] = {}
        self._wake = asyncio.Event()
        live.welcome = self._welcome
        live.farewell = self._farewell
        live.on("presence", self._on_presence)
        live.on("outcome", self._on_outcome)

    async def start(self) -> None:
        """Pick up from the journal whatever has not ended, and begin to carry."""
        self._epoch, heads = await self._journal.open()
        for recipient, (head, gen) in heads.items():
            self._mailboxes[recipient] = Mailbox(recipient, head=head, gen=gen)
        for delivery, payload in await self._journal.open_ones():
            letter = _letter(delivery)
            if delivery.state == "sent":
                letter.state = "waiting"
            self._contents[delivery.id] = _Content(delivery.verb, payload)
            self._mailbox(delivery.recipient).accepted(letter)
        self._tasks.keep(self._keep_time, "courier: timers")
        for recipient in self._mailboxes:
            self._turn(recipient)

    # For those who send.

    async def send(self, draft: Draft) -> Delivery:
        """Accept a delivery: it is on disk when this returns, and on its way if the screen is there.

        Raises IDEMPOTENCY_MISMATCH for a known id with another body.
        """
        appended = await self._journal.append(draft)
        delivery = appended.delivery
        if appended.is_repeat:
            return delivery
        self._contents[delivery.id] = _Content(delivery.verb, {**draft.payload, "seq": delivery.seq})
        self._mailbox(delivery.recipient).accepted(_letter(delivery), appended.superseded)
        for older in appended.superseded:
            self._forget(older)
        self._turn(delivery.recipient)
        return delivery

    async def known(self, id_: str) -> Delivery | None:
        """Read a delivery, None if there is none of that id."""
        return await self._journal.find(id_)

    async def find(self, id_: str) -> Delivery:
        """Read a delivery. Raises DELIVERY_NOT_FOUND."""
        if (delivery := await self._journal.find(id_)) is None:
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return delivery

    async def outcome(self, id_: str, wait: timedelta) -> Delivery:
        """Wait until the delivery has ended, or the time is over, and return it as it stands then."""
        deadline = self._clock.monotonic() + wait.total_seconds()
        with self._bells.listen(id_) as bell:
            while True:
                bell.clear()
                delivery = await self.find(id_)
                rest = deadline - self._clock.monotonic()
                if delivery.has_ended or rest <= 0:
                    return delivery
                try:
                    async with asyncio.timeout(rest):
                        await bell.wait()
                except TimeoutError:
                    return await self.find(id_)

    def last_seen(self, screen_id: str) -> LastSeen | None:
        """Tell what is known of a screen; None if it never connected since the relay started."""
        return self._last_seen.get(recipient_of(screen_id))

    # What the live line tells.

    def _welcome(self, connection: Connection) -> None:
        head = 0
        if connection.screen_id is not None:
            recipient = recipient_of(connection.screen_id)
            mailbox = self._mailbox(recipient)
            mailbox.disconnected()
            mailbox.gen += 1
            connection.gen, head = mailbox.gen, mailbox.head
            self._watch(self._journal.note_connection(recipient, mailbox.gen))
            self._last_seen[recipient] = LastSeen(online=True, at_ms=self._clock.now_ms(), presence=None)
            self._tasks.spawn(self._serve_the_silent(connection), "courier: a screen without presence")
        hello = Hello(
            epoch=self._epoch,
            gen=connection.gen,
            server_time=self._clock.now_ms(),
            head=head,
            heartbeat_ms=PING_SECONDS * 1000,
        )
        self._live.send(connection, "hello", codec.to_builtins(hello))

    def _farewell(self, connection: Connection) -> None:
        assert connection.screen_id is not None
        recipient = recipient_of(connection.screen_id)
        mailbox = self._mailbox(recipient)
        unacknowledged = [letter.id for letter in mailbox.letters.values() if letter.state == "sent"]
        mailbox.disconnected()
        now = self._clock.now_ms()
        self._last_seen[recipient] = LastSeen(online=False, at_ms=now, presence=connection.presence)
        if unacknowledged:
            self._watch(self._journal.note_waiting(unacknowledged, now, "the line dropped"))

    async def _serve_the_silent(self, connection: Connection) -> None:
        await asyncio.sleep(PRESENCE_SECONDS)
        if connection.presence is None:
            self._begin(connection, applied_seq=0)

    async def _on_presence(self, connection: Connection, payload: object) -> object:
        if connection.screen_id is None:
            raise Refusal(Code.FORBIDDEN)
        presence = codec.convert(payload, Presence)
        is_first = connection.presence is None
        connection.presence = presence
        recipient = recipient_of(connection.screen_id)
        if self._live.connection_of(connection.screen_id) is not connection:
            return {"success": True}
        self._last_seen[recipient] = LastSeen(online=True, at_ms=self._clock.now_ms(), presence=presence)
        if is_first:
            applied = presence.applied_seq if presence.epoch == self._epoch else 0
            self._begin(connection, applied_seq=applied)
        return {"success": True}

    def _begin(self, connection: Connection, *, applied_seq: int) -> None:
        assert connection.screen_id is not None
        if self._live.connection_of(connection.screen_id) is not connection:
            return
        recipient = recipient_of(connection.screen_id)
        self._mailbox(recipient).connected(applied_seq=applied_seq, now=self._clock.monotonic())
        self._turn(recipient)

    async def _on_outcome(self, connection: Connection, payload: object) -> object:
        if connection.screen_id is None:
            raise Refusal(Code.FORBIDDEN)
        outcome = codec.convert(payload, Outcome)
        delivery = await self.find(outcome.id)
        if delivery.recipient != recipient_of(connection.screen_id):
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=outcome.id)
        await self.settle(delivery.id, delivery.recipient, _end_of(outcome))
        return {"success": True, "id": outcome.id}

    async def settle(self, id_: str, recipient: str, end: End) -> bool:
        """Put a delivery into its end state, durably, and ring the bell; tells whether it was still open."""
        changed = await asyncio.shield(self._journal.settle(id_, self._clock.now_ms(), end))
        self._mailbox(recipient).ended(id_)
        self._forget(id_)
        self._turn(recipient)
        return changed

    async def _settle_surely(self, id_: str, recipient: str, end: End) -> None:
        """Settle what nobody else will tell again, however long the disk cannot be written."""
        while True:
            try:
                await self.settle(id_, recipient, end)
            except StorageUnavailableError:
                await asyncio.sleep(RETRY_DISK_SECONDS)
            else:
                return

    # Doing what the mailboxes decide.

    def _turn(self, recipient: str) -> None:
        mailbox = self._mailbox(recipient)
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        for action in mailbox.advance(now, now_ms):
            self._act(mailbox, action)
        deadline = mailbox.next_deadline(now, now_ms)
        if deadline is not None and deadline < self._scheduled.get(recipient, math.inf):
            self._scheduled[recipient] = deadline
            heapq.heappush(self._deadlines, (deadline, recipient))
            self._wake.set()

    def _act(self, mailbox: Mailbox, action: Action) -> None:
        match action:
            case Send():
                self._put_on_the_line(mailbox, action)
            case Ask():
                self._ask(mailbox, action.id)
            case GiveUp():
                end = End("dead", code=Code.SCREEN_UNHEALTHY.value, detail="never acknowledged")
                self._spawn(self._settle_surely(action.id, mailbox.recipient, end), "courier: give up")
            case Expire():
                end = End("expired", code=Code.EXPIRED.value)
                self._spawn(self._settle_surely(action.id, mailbox.recipient, end), "courier: expire")

    def _put_on_the_line(self, mailbox: Mailbox, action: Send) -> None:
        connection = self._connection(mailbox)
        content = self._contents.get(action.id)
        if connection is None or content is None:
            return

        def answered(answer: object) -> None:
            self._acknowledged(connection, mailbox, action.id, answer)

        self._live.send(connection, content.verb, content.payload, answered)
        self._watch(self._journal.note_sent(action.id, self._clock.now_ms(), action.attempt))

    def _acknowledged(self, connection: Connection, mailbox: Mailbox, id_: str, answer: object) -> None:
        try:
            received = codec.convert(answer, Received)
        except codec.Malformed:
            log.warning("A screen acknowledged in no known form", screen=connection.screen_id, delivery=id_)
            return
        if received.id.lower() != id_:
            return
        if not received.received:
            end = End("failed", code=received.code or Code.VALIDATION_ERROR.value, detail=received.error)
            self._spawn(self._settle_surely(id_, mailbox.recipient, end), "courier: refused by the screen")
            return
        if mailbox.acknowledged(id_, self._clock.monotonic()):
            self._note_received(connection, mailbox, id_)
        self._turn(mailbox.recipient)

    def _note_received(self, connection: Connection, mailbox: Mailbox, id_: str) -> None:
        # Who reports no outcome has said its last word.
        is_the_end = not connection.reports_outcomes
        noted = self._journal.note_received(id_, self._clock.now_ms(), is_the_end=is_the_end)
        self._watch(noted)
        if is_the_end:
            mailbox.ended(id_)
            noted.add_done_callback(lambda _done: self._forget(id_))

    def _ask(self, mailbox: Mailbox, id_: str) -> None:
        connection = self._connection(mailbox)
        if connection is None:
            return

        def answered(answer: object) -> None:
            self._told(connection, mailbox, id_, answer)

        self._live.send(connection, "status?", {"id": id_}, answered)

    def _told(self, connection: Connection, mailbox: Mailbox, id_: str, answer: object) -> None:
        match codec.text_in(answer, "state"):
            case "shown" | "failed":
                self._spawn(self._on_outcome(connection, answer), "courier: status told")
            case "received":
                mailbox.still_loading(id_, self._clock.monotonic())
            case _:
                mailbox.unknown_there(id_)
        self._turn(mailbox.recipient)

    async def _keep_time(self) -> None:
        while True:
            now = self._clock.monotonic()
            while self._deadlines and self._deadlines[0][0] <= now:
                deadline, recipient = heapq.heappop(self._deadlines)
                if self._scheduled.get(recipient) == deadline:
                    del self._scheduled[recipient]
                    self._turn(recipient)
            self._wake.clear()
            rest = self._deadlines[0][0] - now if self._deadlines else None
            try:
                async with asyncio.timeout(rest):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def _mailbox(self, recipient: str) -> Mailbox:
        return self._mailboxes.setdefault(recipient, Mailbox(recipient))

    def _connection(self, mailbox: Mailbox) -> Connection | None:
        return self._live.connection_of(mailbox.recipient.removeprefix("screen:"))

    def _forget(self, id_: str) -> None:
        self._contents.pop(id_, None)
        self._bells.ring(id_)

    def _spawn(self, work: Coroutine[object, object, object], name: str) -> None:
        self._tasks.spawn(work, name)

    def _watch(self, written: "asyncio.Future[Any]") -> None:
        written.add_done_callback(_report_failure)


def _report_failure(written: "asyncio.Future[Any]") -> None:
    if not written.cancelled() and (error := written.exception()) is not None:
        # Nobody waits for these notes; a lost one costs a redelivery, which the screen recognises.
        log.error("A note in the journal was lost", exc_info=error)


def _letter(delivery: Delivery) -> Letter:
    return Letter(
        id=delivery.id,
        seq=delivery.seq,
        slot=delivery.slot,
        expires_at_ms=delivery.expires_at,
        state=delivery.state,
        attempts=0,
    )


def _end_of(outcome: Outcome) -> End:
    if outcome.state == "shown":
        return End("shown", outcome=outcome)
    match outcome.code:
        case Code.SUPERSEDED.value:
            return End("superseded", code=outcome.code, detail=outcome.error, outcome=outcome)
        case Code.EXPIRED.value:
            return End("expired", code=outcome.code, detail=outcome.error, outcome=outcome)
        case _:
            code = outcome.code or Code.INTERNAL_ERROR.value
            return End("failed", code=code, detail=outcome.error, outcome=outcome)
