"""What leaves next for one screen, when to ask again and when to give up: pure, without I/O, clock or randomness.

How it works: the engine tells the mailbox what happened (accepted, present, acknowledged, told, ended, disconnected)
and calls `advance` with the time; the mailbox answers with what to do. All times are monotonic seconds.

What must always hold: letters leave in the order of their seq, at most `WINDOW` unacknowledged at a time. A dropped
connection costs no attempt. What was received is never sent again, only asked for, unless the screen says that it does
not know it. A letter that nobody acknowledges first costs the line and only then its life: a pulled cable and a dead
screen look alike until the screen comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

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
from relay.delivery.breaker import OPEN_SECONDS, Breaker

WINDOW = 16
# The brief's ladder, in seconds, after the first acknowledgement timeout.
LADDER = (1.0, 2.0, 4.0, 8.0)
FIRST_TIMEOUT_MIN = 0.4
FIRST_TIMEOUT_MAX = 5.0
# After `received` a screen gets this long to load and paint before it is asked what became of it.
ASK_AFTER = 10.0
ASK_TIMEOUT = 5.0
# So many questions in a row without an answer cost the line.
UNANSWERED = 3
# A screen that says nothing for so long is asked whether it lives; only those that report outcomes answer.
PROBE_AFTER = 60.0
# A letter with which so many lines were lost, unacknowledged, is what kills them.
DROPS = 8
SMOOTHING = 0.125  # RFC 6298, section 2: the weight of a new round trip in the smoothed one
UNMEASURED_ROUND_TRIP = 0.25
UNACKNOWLEDGED = "never acknowledged"
KILLS_LINES = "every line on which it was sent was lost"


@dataclass(slots=True)
class Letter:
    """A delivery as the mailbox sees it: no content, only what decides about sending."""

    id: str
    seq: int
    slot: str | None
    expires_at: float
    state: str = "waiting"
    attempts: int = 0
    # Attempts before the screen forgot it: the ladder began anew with the next one.
    forgotten: int = 0
    drops: int = 0
    unanswered: int = 0
    sent_at: float = 0.0
    due_at: float = 0.0

    @property
    def rung(self) -> int:
        """Count the attempts on the ladder that is being climbed."""
        return self.attempts - self.forgotten


@dataclass(slots=True)
class Mailbox:
    """The open letters of one recipient, in the order of their seq."""

    recipient: str
    ladder: tuple[float, ...] = LADDER
    head: int = 0
    gen: int = 0
    ready: bool = False
    answers: bool = False
    round_trip: float = UNMEASURED_ROUND_TRIP
    heard_at: float = 0.0
    letters: dict[str, Letter] = field(default_factory=dict[str, Letter])
    breaker: Breaker = field(default_factory=Breaker)
    _probe_sent_at: float | None = None
    _cut: bool = False

    def accepted(self, letter: Letter, superseded: Iterable[str] = ()) -> None:
        """Take in a new letter, and drop those that it supersedes."""
        for older in superseded:
            self.letters.pop(older, None)
        self.letters[letter.id] = letter
        if letter.seq < self.head:  # told out of order; the letters keep theirs
            self.letters = dict(sorted(self.letters.items(), key=lambda each: each[1].seq))
        self.head = max(self.head, letter.seq)

    def present(self, *, applied_seq: int, answers: bool, now: float) -> list[Action]:
        """Start sending: the screen has said what it has. What it may have already is asked for, not sent again.

        A screen that reports no outcomes cannot be asked: for what it says it has, that is its last word.
        """
        self.ready, self.answers, self.heard_at = True, answers, now
        self._probe_sent_at, self._cut = None, False
        self.breaker.new_line()
        actions: list[Action] = []
        for letter in list(self.letters.values()):
            letter.unanswered = 0
            if letter.seq <= applied_seq and not answers:
                del self.letters[letter.id]
                actions.append(Received(self.recipient, letter.id, letter.attempts, is_last_word=True))
            elif letter.state == "received" or letter.seq <= applied_seq:
                letter.state, letter.due_at = "received", now
        return actions

    def disconnected(self) -> list[Action]:
        """Stop sending. What was unacknowledged goes back to waiting, without having cost an attempt."""
        self.ready = False
        lost = [letter for letter in self.letters.values() if letter.state == "sent"]
        if not lost:
            return []
        actions: list[Action] = [Dropped(self.recipient, tuple(letter.id for letter in lost))]
        for letter in lost:
            letter.state = "waiting"
            if not self._cut:
                letter.attempts = max(0, letter.attempts - 1)
                letter.drops += 1
        if lost[0].drops >= DROPS:
            # Only the oldest is under suspicion; the others were in its company.
            del self.letters[lost[0].id]
            actions.append(Finish(self.recipient, lost[0].id, "dead", KILLS_LINES))
        return actions

    def acknowledged(self, id_: str, now: float) -> list[Action]:
        """Note that the screen has this letter on disk."""
        letter = self.letters.get(id_)
        if letter is None or letter.state == "received":
            return []
        if letter.state == "sent":
            taken = now - letter.sent_at
            if letter.rung == 1 or taken > self.round_trip:
                # Karn: with more than one attempt the true round trip is this one or longer.
                self.round_trip += SMOOTHING * (taken - self.round_trip)
        letter.state, letter.due_at, letter.drops = "received", now + ASK_AFTER, 0
        if not self.answers:
            del self.letters[id_]
        return [Received(self.recipient, id_, letter.attempts, is_last_word=not self.answers)]

    def still_loading(self, id_: str, now: float) -> None:
        """Note that the screen answered `status?` with "received": it is at work, ask again later."""
        if letter := self.letters.get(id_):
            letter.state, letter.due_at, letter.unanswered = "received", now + ASK_AFTER, 0

    def unknown_there(self, id_: str) -> None:
        """Note that the screen does not know this letter after all: it leaves again, and its ladder begins anew."""
        if letter := self.letters.get(id_):
            letter.state, letter.unanswered, letter.forgotten = "waiting", 0, letter.attempts

    def ended(self, id_: str) -> None:
        """Forget a letter that is in an end state."""
        self.letters.pop(id_, None)

    def has_waiting(self) -> bool:
        """Tell whether there is a letter that could leave if there were room for it."""
        return any(letter.state == "waiting" for letter in self.letters.values())

    def heard(self, now: float) -> list[Action]:
        """Hear a sign of life that only a working screen gives: an acknowledgement, an answer, an outcome."""
        self.heard_at, self._probe_sent_at = now, None
        return [BreakerClosed(self.recipient)] if self.breaker.answered() else []

    def advance(self, now: float) -> list[Action]:
        """Decide everything that is due now."""
        actions: list[Action] = []
        for letter in [each for each in self.letters.values() if each.expires_at <= now]:
            del self.letters[letter.id]
            actions.append(Finish(self.recipient, letter.id, "expired"))
        if self.ready and not self._cut and not self.breaker.is_open(now):
            self._collect_failures(now, actions)
        if self.ready and not self._cut:
            self._say(now, actions)
        return actions

    def next_deadline(self, now: float) -> float | None:
        """Return the monotonic time of the next thing that can become due, None when nothing can."""
        deadline = min((letter.expires_at for letter in self.letters.values()), default=None)
        if not self.ready or self._cut:
            return deadline
        times = [] if deadline is None else [deadline]
        if self.breaker.is_open(now):
            assert self.breaker.open_until is not None
            if self.letters or self.answers:
                times.append(self.breaker.open_until)
        else:
            times += [
                letter.due_at
                for letter in self.letters.values()
                if letter.state == "sent" or (letter.state == "received" and self.answers)
            ]
            if self.answers:
                times.append(self._probe_due())
        return min(times, default=None)

    def _collect_failures(self, now: float, actions: list[Action]) -> None:
        """Look at what should have been acknowledged or answered by now."""
        for letter in list(self.letters.values()):
            if letter.state == "sent" and letter.due_at <= now:
                self._failed(now, letter.sent_at, actions)
                if letter.rung > len(self.ladder) + 1:
                    del self.letters[letter.id]
                    actions.append(Finish(self.recipient, letter.id, "dead", UNACKNOWLEDGED))
                elif letter.rung == len(self.ladder) + 1:
                    self._give_up_the_line(UNACKNOWLEDGED, actions)
                else:
                    letter.state = "waiting"
            elif letter.state == "received" and letter.unanswered and letter.due_at <= now:
                self._failed(now, letter.sent_at, actions)
                if letter.unanswered >= UNANSWERED:
                    self._give_up_the_line("it does not answer", actions)
        if self._probe_sent_at is not None and self._probe_due() <= now:
            self._failed(now, self._probe_sent_at, actions)
            self._give_up_the_line("it does not answer", actions)

    def _say(self, now: float, actions: list[Action]) -> None:
        window = self.breaker.window(now, WINDOW)
        under_way = sum(letter.state == "sent" for letter in self.letters.values())
        for letter in self.letters.values():
            if letter.state == "waiting" and under_way < window:
                under_way += 1
                actions.append(self._send(letter, now))
            elif letter.state == "received" and self.answers and letter.due_at <= now and window:
                letter.unanswered += 1
                letter.sent_at, letter.due_at = now, now + max(ASK_TIMEOUT, 4 * self.round_trip)
                actions.append(Ask(self.recipient, letter.id))
        if self.answers and window and self._probe_sent_at is None and self._probe_due() <= now:
            self._probe_sent_at = now
            actions.append(Ask(self.recipient, None))

    def _send(self, letter: Letter, now: float) -> Send:
        letter.attempts += 1
        letter.state, letter.sent_at = "sent", now
        patience = self._timeout(letter.rung)
        letter.due_at = now + patience
        return Send(self.recipient, letter.id, letter.attempts, patience)

    def _timeout(self, rung: int) -> float:
        if rung == 1 or rung > len(self.ladder) + 1:
            return min(max(4 * self.round_trip + 0.05, FIRST_TIMEOUT_MIN), FIRST_TIMEOUT_MAX)
        return self.ladder[rung - 2]

    def _failed(self, now: float, since: float, actions: list[Action]) -> None:
        if self.breaker.failed(now, since=since):
            actions.append(BreakerOpened(self.recipient, OPEN_SECONDS))
            for letter in self.letters.values():
                letter.state = "waiting" if letter.state == "sent" else letter.state

    def _give_up_the_line(self, reason: str, actions: list[Action]) -> None:
        if not self._cut:
            self._cut = True
            actions.append(Cut(self.recipient, reason))

    def _probe_due(self) -> float:
        if self._probe_sent_at is not None:
            return self._probe_sent_at + max(2 * ASK_TIMEOUT, 4 * self.round_trip)
        return self.heard_at + PROBE_AFTER
