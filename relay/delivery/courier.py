"""Carries accepted deliveries to their screens, and keeps what became of them.

How it works: `send` writes the journal first and answers only then. What leaves when is decided by the engine, which is
pure; the courier tells it what has happened and does what it wants done: emits on the live line, writes notes, ends
what is too late, cuts a line that is dead. One task keeps the engine's time. What comes up the line is the reception's.

What must always hold: nothing is known here that the journal does not know. An accepted delivery is in the engine as
soon as its commit is told, whether or not the one who asked still waits. Whoever waits for an outcome listens for the
bell first, then reads the journal, then waits. It must never send twice what a screen has received.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from msgspec.structs import replace

from relay.clock import Clock
from relay.contract.names import Epoch
from relay.contract.problems import Code
from relay.delivery.actions import (
    Action,
    Ask,
    BreakerClosed,
    BreakerOpened,
    Cut,
    Dropped,
    Finish,
    Received,
    Send,
)
from relay.delivery.bells import Bells
from relay.delivery.clock_watch import ClockWatch
from relay.delivery.content import Content
from relay.delivery.engine import Engine
from relay.delivery.journal import Journal
from relay.delivery.line import Line
from relay.delivery.mailbox import LADDER
from relay.delivery.notes import RETRY_DISK_SECONDS, Notes
from relay.delivery.records import Appended, Delivery, Draft, End, Ending, Receipt, recipient_of
from relay.delivery.standing import as_it_stands, letter_of
from relay.errors import Refusal, StorageUnavailableError
from relay.metrics import Meter
from relay.storage.database import resolve
from relay.storage.sharing import Told
from relay.tasks import Tasks

log = structlog.get_logger()

# So many open deliveries for one screen, and a further one is refused: nobody will look at all of these.
MOST_OPEN = 1000
# The loop's own timers stand still while a machine sleeps, and nobody says that the clock was set.
LONGEST_SLEEP_SECONDS = 1.0
# Nothing that is due is due to the millisecond; what became due meanwhile is done in one go.
SHORTEST_SLEEP_SECONDS = 0.02


class Courier:
    """The one who knows the journal, the engine and the line."""

    def __init__(
        self,
        journal: Journal,
        line: Line,
        clock: Clock,
        tasks: Tasks,
        *,
        ladder: tuple[float, ...] = LADDER,
        boot: str | None = None,
    ) -> None:
        """Carry what is in `journal` over `line`; nothing moves before `start`.

        `ladder`: see Engine. `boot` names the machine's boot, in which `clock.monotonic` counts on over restarts.
        """
        self.meter = Meter()
        self._journal = journal
        self._watch = ClockWatch(clock, boot)
        self._line = line
        self._clock = clock
        self._tasks = tasks
        self.notes = Notes(journal)
        self._bells = Bells()
        # The pure core; whoever tells it something does the actions that come back with `do`.
        self.engine = Engine(ladder)
        self._contents: dict[str, Content] = {}
        self._under_way: Counter[str] = Counter()  # accepts that are not on disk yet, by recipient
        self._wake = asyncio.Event()
        self._wakes_at = math.inf
        self.epoch = Epoch("")
        self.clock_was_set: Callable[[], None] = lambda: None
        self.ended: Callable[[str, str, Ending], None] = lambda _recipient, _verb, _ending: None
        line.answered = self._answered

    async def start(self) -> None:
        """Pick up from the journal whatever has not ended, and begin to carry; what is overdue happens at once."""
        opened, kept = await self._journal.open()
        self.epoch = opened.epoch
        # What is dated in the journal was dated by the clock as it stood then.
        self._watch.go_on(opened.boot, opened.difference_ms)
        now = self._clock.monotonic()
        now_ms = self._watch.noted_now_ms(now)
        if not opened.is_new:
            # Notes of generations may have been lost when a relay died, and no screen must ever see a lower one.
            self.engine.first_gen = self._clock.now_ms()
        for each in kept:
            box = self.engine.mailbox(each.recipient)
            box.head, box.gen = each.head, max(each.gen, self.engine.first_gen)
            if each.shut_until is not None:
                box.breaker.shut(now + (each.shut_until - now_ms) / 1000)
        for delivery, payload in await self._journal.open_ones():
            self._contents[delivery.id] = Content(
                delivery.recipient, delivery.verb, payload, delivery.sent_at or 0, delivery.created_at
            )
            letter = letter_of(delivery, now + (delivery.expires_at - now_ms) / 1000)
            letter.state, letter.attempts = delivery.state, delivery.attempts
            self.engine.restore(delivery.recipient, letter)
        self._notice_clock_step()
        try:
            await self._journal.note_clock(self._watch.boot, self._watch.difference_ms)
        except StorageUnavailableError:
            log.warning("The disk cannot be written; what is stored is served all the same")
        self._tasks.keep(self._keep_time, "courier: timers")
        for recipient in list(self.engine.mailboxes):
            self.do(self.engine.turn(recipient, now))

    # For those who send.

    async def send(self, draft: Draft) -> Delivery:
        """Accept a delivery: it is on disk when this returns, and on its way if the screen is there.

        Raises IDEMPOTENCY_MISMATCH for a known id with another body, RATE_LIMITED for a screen with too many open
        deliveries, RELAY_UNAVAILABLE when the disk does not keep up.
        """
        self._notice_clock_step()
        if self._journal.is_overloaded:
            raise Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=1000)
        box = self.engine.mailbox(draft.recipient)
        if len(box.letters) >= MOST_OPEN:
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=60_000)
        answer: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        difference_ms = self._watch.difference_ms

        def told(appended: Appended | None, error: BaseException | None) -> None:
            self._under_way[draft.recipient] -= 1
            if appended is not None and not appended.is_repeat:
                self._accepted(difference_ms, appended)
            resolve(answer, appended, error)

        self.notes.flush_for(draft.recipient)
        # What is open in the journal is in the mailbox, or has not been told yet.
        is_alone = not box.letters and not self._under_way[draft.recipient]
        self._under_way[draft.recipient] += 1
        self._journal.append(replace(draft, may_supersede=False) if is_alone else draft, told)
        return (await answer).delivery

    async def known(self, id_: str) -> Delivery | None:
        """Read a delivery, None if there is none of that id."""
        delivery = await self._journal.find(id_)
        return None if delivery is None else await self.stands(delivery)

    async def stands(self, delivery: Delivery) -> Delivery:
        """Add to what was read from the journal what is known and not written yet: sent, received."""
        letter = self.engine.mailbox(delivery.recipient).letters.get(delivery.id)
        if letter is None and not delivery.has_ended:
            # It has ended since it was read, or is about to.
            return await self._journal.find(delivery.id) or delivery
        receipt = self.notes.receipt(delivery.recipient, delivery.id)
        return as_it_stands(delivery, letter, self._contents.get(delivery.id), receipt)

    async def find(self, id_: str) -> Delivery:
        """Read a delivery. Raises DELIVERY_NOT_FOUND."""
        if (delivery := await self.known(id_)) is None:
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return delivery

    async def cancel(self, id_: str) -> Delivery:
        """Take back a delivery that no screen has acknowledged yet. Raises DELIVERY_NOT_FOUND and ALREADY_ENDED.

        One that is on the line at this moment may be shown all the same; its history then says so.
        """
        delivery = await self.find(id_)
        letter = self.engine.mailbox(delivery.recipient).letters.get(id_)
        is_theirs = letter is not None and letter.state == "received"
        if delivery.state != "cancelled" and (is_theirs or not await self._cancel(delivery)):
            raise Refusal(Code.ALREADY_ENDED, id=id_)
        return await self.find(id_)

    def _cancel(self, delivery: Delivery) -> "asyncio.Future[bool]":
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def told(was_open: bool | None, error: BaseException | None) -> None:
            if was_open:
                self.meter.ends("cancelled", None, None)
                self.forget(delivery.id, delivery.recipient)
            resolve(answer, was_open, error)

        self.notes.flush_for(delivery.recipient)
        self._journal.cancel(delivery.id, self._clock.now_ms(), told)
        return answer

    async def outcome(self, id_: str, wait: timedelta) -> Delivery:
        """Wait until the delivery has ended, or the time is over, and return it as it stands then.

        Returns early for a screen whose circuit breaker opens: it will not be shown soon.
        """
        deadline = self._clock.monotonic() + wait.total_seconds()
        with self._bells.listen(id_) as bell:
            while True:
                bell.clear()
                rest = deadline - (now := self._clock.monotonic())
                # What has content here is open: the journal could say nothing else.
                content = self._contents.get(id_)
                if rest <= 0 or content is None or not self.engine.is_sent_to(content.recipient, now):
                    return await self.find(id_)
                try:
                    async with asyncio.timeout(rest):
                        await bell.wait()
                except TimeoutError:
                    return await self.find(id_)

    def is_healthy(self, screen_id: str) -> bool:
        """Tell whether deliveries are sent to this screen: not while its circuit breaker is open."""
        return self.engine.is_sent_to(recipient_of(screen_id), self._clock.monotonic())

    # For the reception, which hears the line.

    def do(self, actions: Sequence[Action]) -> None:
        """Do what the engine wants done, in its order."""
        for action in actions:
            self._notice_clock_step()
            self._act(action)
        self._wake_keeper()

    def settle(self, id_: str, recipient: str, end: End) -> "asyncio.Future[bool]":
        """Put a delivery into its end state, durably, and ring the bell; answers whether it was still open."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        ending = Ending(id_, self._clock.now_ms(), end, self.notes.receipt(recipient, id_))
        self._settle(recipient, ending, partial(resolve, answer))
        return answer

    def settle_surely(self, id_: str, recipient: str, end: End) -> None:
        """Settle what nobody else will tell again, however long the disk cannot be written."""
        receipt = self.notes.receipt(recipient, id_)
        self._settle_surely(recipient, Ending(id_, self._clock.now_ms(), end, receipt))

    def _settle_surely(self, recipient: str, ending: Ending) -> None:
        def told(_was_open: bool | None, error: BaseException | None) -> None:
            if isinstance(error, StorageUnavailableError):
                self._tasks.spawn(self._settle_later(recipient, ending), "courier: an end, again")
            elif error is not None:
                log.error("An end could not be written", delivery=ending.id, exc_info=error)

        self._settle(recipient, ending, told)

    async def _settle_later(self, recipient: str, ending: Ending) -> None:
        await asyncio.sleep(RETRY_DISK_SECONDS)
        self._settle_surely(recipient, ending)

    def _settle(self, recipient: str, ending: Ending, then: Told) -> None:
        def told(was_open: bool | None, error: BaseException | None) -> None:
            if error is None:
                if was_open and (content := self._contents.get(ending.id)):
                    self.meter.ends(ending.end.state, ending.end.code, ending.at - content.created_at)
                    self.ended(recipient, content.verb, ending)
                self.notes.forget(recipient, ending.id)
                self.forget(ending.id, recipient)
            then(was_open, error)

        self._journal.settle(ending, told)

    def forget(self, id_: str, recipient: str) -> None:
        """Let go of a delivery that has ended, and tell those who wait for it."""
        self._contents.pop(id_, None)
        self._bells.ring(id_)
        self.do(self.engine.ended(recipient, id_, self._clock.monotonic()))

    # Doing.

    def _accepted(self, difference_ms: int, appended: Appended) -> None:
        self._notice_clock_step()
        delivery, now = appended.delivery, self._clock.monotonic()
        content = Content(delivery.recipient, delivery.verb, appended.payload, created_at=delivery.created_at)
        self.meter.accepted += 1
        self._contents[delivery.id] = content
        if set_by_ms := self._watch.difference_ms - difference_ms:  # while it was on its way to the disk
            content.move(set_by_ms)
            self._write_moved()
        letter = letter_of(delivery, now + (delivery.expires_at + set_by_ms - self._clock.now_ms()) / 1000)
        actions = self.engine.accepted(delivery.recipient, letter, appended.superseded, now)
        for older in appended.superseded:
            self.meter.ends("superseded", Code.SUPERSEDED.value, None)
            self._contents.pop(older, None)
            self._bells.ring(older)
        self.do(actions)

    def _act(self, action: Action) -> None:
        match action:
            case Send():
                self._put_on_the_line(action)
            case Ask():
                self._line.ask(action.recipient, action.id)
            case Received():
                self._note_received(action)
            case Finish():
                code = Code.EXPIRED if action.state == "expired" else Code.SCREEN_UNHEALTHY
                end = End(action.state, code=code.value, detail=action.reason or None)
                self.settle_surely(action.id, action.recipient, end)
            case Cut():
                log.warning("A line is given up", recipient=action.recipient, reason=action.reason)
                self._line.cut(action.recipient, action.reason)
            case Dropped():
                self._note_dropped(action)
            case BreakerOpened():
                self.meter.breakers_opened += 1
                log.warning("The circuit breaker of a screen opened", recipient=action.recipient)
                self.notes.breaker(action.recipient, self._clock.now_ms() + round(action.seconds * 1000))
                for id_ in self.engine.mailbox(action.recipient).letters:
                    self._bells.ring(id_)
            case BreakerClosed():
                log.info("The circuit breaker of a screen closed", recipient=action.recipient)
                self.notes.breaker(action.recipient, None)

    def _put_on_the_line(self, action: Send) -> None:
        content = self._contents.get(action.id)
        if content is None:
            return
        now_ms = self._clock.now_ms()
        content.sent_at = content.sent_at or now_ms
        self._line.send(action.recipient, action.id, content.verb, content.payload)
        self.meter.leaves(action.attempt, now_ms - content.created_at)
        if action.attempt > 1:
            self.notes.retried(action.id, now_ms, action.attempt)

    def _note_received(self, action: Received) -> None:
        content, now_ms = self._contents.get(action.id), self._clock.now_ms()
        sent_at = (content.sent_at if content else 0) or now_ms
        self.meter.arrives(now_ms - (content.created_at if content else now_ms))
        receipt = Receipt(action.id, sent_at, now_ms, action.attempt)
        if action.is_last_word:
            self._settle_surely(action.recipient, Ending(action.id, now_ms, End("received"), receipt))
        else:
            self.notes.received(action.recipient, receipt)

    def _note_dropped(self, action: Dropped) -> None:
        letters = self.engine.mailbox(action.recipient).letters
        attempts = {id_: letters[id_].attempts for id_ in action.ids if id_ in letters}
        sent_at = min((self._contents[id_].sent_at for id_ in attempts), default=0)
        self.notes.dropped(attempts, sent_at, self._clock.now_ms())

    def _answered(self, recipient: str, id_: str, refusal: End | None) -> None:
        """Hear a screen's acknowledgement of a delivery: it has it, or says why it will not take it."""
        now = self._clock.monotonic()
        if refusal is None:
            self.do(self.engine.acknowledged(recipient, id_, now))
        else:
            self.do(self.engine.heard(recipient, now))
            self.settle_surely(id_, recipient, refusal)

    # Time.

    async def _keep_time(self) -> None:
        while True:
            self._wake.clear()
            self._notice_clock_step()
            now = self._clock.monotonic()
            self.do(self.engine.due(now))
            deadline = self.engine.next_deadline()
            self._wakes_at = math.inf if deadline is None else deadline
            rest = LONGEST_SLEEP_SECONDS if deadline is None else deadline - now
            try:
                async with asyncio.timeout(min(max(SHORTEST_SLEEP_SECONDS, rest), LONGEST_SLEEP_SECONDS)):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def _wake_keeper(self) -> None:
        deadline = self.engine.next_deadline()
        if deadline is not None and deadline < self._wakes_at:
            self._wake.set()

    def _notice_clock_step(self) -> None:
        """Keep the lives of open deliveries when somebody sets the clock: they are durations, not dates."""
        if not (delta_ms := self._watch.step_ms()):
            return
        log.warning("This machine's clock was set", delta_ms=delta_ms)
        for content in self._contents.values():
            content.move(delta_ms)
        self._write_moved()
        self.clock_was_set()

    def _write_moved(self) -> None:
        def told(_nothing: object, error: BaseException | None) -> None:
            if error is not None:
                asyncio.get_running_loop().call_later(RETRY_DISK_SECONDS, self._write_moved)

        self._journal.date(dict(self._contents), self._watch.boot, self._watch.difference_ms, told)
