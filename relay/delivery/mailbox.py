"""Which delivery of one screen leaves next, and when to ask again: a pure core, without I/O, clock or randomness.

How it works: the courier tells the mailbox what happened (accepted, ready, acknowledged, ended, disconnected) and calls
`advance` with the time; the mailbox answers with what to do. Times are monotonic seconds unless they end in `_ms`
(UTC milliseconds, only for expiry).

What must always hold: letters leave in the order of their seq, at most `WINDOW` unacknowledged at a time. A dropped
connection costs no attempt. What was received is never sent again, only asked for, unless the screen says that it does
not know it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

WINDOW = 16
# The brief's ladder, in seconds, after the first acknowledgement timeout.
LADDER = (1.0, 2.0, 4.0, 8.0)
FIRST_TIMEOUT_MIN = 0.4
FIRST_TIMEOUT_MAX = 5.0
# After `received` a screen gets this long to load and paint before it is asked what became of it.
ASK_AFTER = 10.0
ASK_TIMEOUT = 5.0
SMOOTHING = 0.125  # RFC 6298, section 2: the weight of a new round trip in the smoothed one
UNMEASURED_ROUND_TRIP = 0.25


@dataclass(slots=True)
class Letter:
    """A delivery as the mailbox sees it: no content, only what decides about sending."""

    id: str
    seq: int
    slot: str | None
    expires_at_ms: int
    state: str = "waiting"
    attempts: int = 0
    sent_at: float = 0.0
    due_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """Put this letter on the wire; `attempt` counts from 1."""

    id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the screen what became of this letter (`status?`)."""

    id: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The screen is connected and never acknowledged this letter: it is dead."""

    id: str


@dataclass(frozen=True, slots=True)
class Expire:
    """The time of this letter is over."""

    id: str


Action = Send | Ask | GiveUp | Expire


@dataclass(slots=True)
class Mailbox:
    """The open letters of one recipient, in the order of their seq."""

    recipient: str
    head: int = 0
    gen: int = 0
    ready: bool = False
    round_trip: float = UNMEASURED_ROUND_TRIP
    letters: dict[str, Letter] = field(default_factory=dict[str, Letter])

    def accepted(self, letter: Letter, superseded: Iterable[str] = ()) -> None:
        """Take in a new letter, and drop those that it supersedes."""
        for older in superseded:
            self.letters.pop(older, None)
        self.letters[letter.id] = letter
        self.head = max(self.head, letter.seq)

    def connected(self, *, applied_seq: int, now: float) -> None:
        """Start sending: the screen has said what it has. What it may have already is asked for, not sent again."""
        self.ready = True
        for letter in self.letters.values():
            if letter.state == "received" or (letter.attempts and letter.seq <= applied_seq):
                letter.state, letter.due_at = "received", now

    def disconnected(self) -> None:
        """Stop sending. What was unacknowledged goes back to waiting, without having cost an attempt."""
        self.ready = False
        for letter in self.letters.values():
            if letter.state == "sent":
                letter.state = "waiting"
                letter.attempts = max(0, letter.attempts - 1)

    def acknowledged(self, id_: str, now: float) -> bool:
        """Note that the screen has this letter on disk; tells whether that is news."""
        letter = self.letters.get(id_)
        if letter is None or letter.state == "received":
            return False
        if letter.state == "sent" and letter.attempts == 1:
            self.round_trip += SMOOTHING * ((now - letter.sent_at) - self.round_trip)
        letter.state, letter.due_at = "received", now + ASK_AFTER
        return True

    def still_loading(self, id_: str, now: float) -> None:
        """Note that the screen answered `status?` with "received": it is at work, ask again later."""
        if letter := self.letters.get(id_):
            letter.state, letter.due_at = "received", now + ASK_AFTER

    def unknown_there(self, id_: str) -> None:
        """Note that the screen does not know this letter after all: it leaves again."""
        if letter := self.letters.get(id_):
            letter.state = "waiting"

    def ended(self, id_: str) -> None:
        """Forget a letter that is in an end state."""
        self.letters.pop(id_, None)

    def advance(self, now: float, now_ms: int) -> list[Action]:
        """Decide everything that is due now."""
        actions: list[Action] = [
            Expire(letter.id) for letter in self.letters.values() if letter.expires_at_ms <= now_ms
        ]
        for action in actions:
            self.letters.pop(action.id, None)
        if self.ready:
            actions += self._due(now)
        return actions

    def next_deadline(self, now: float, now_ms: int) -> float | None:
        """Return the monotonic time of the next thing that can become due, None when nothing can."""
        deadlines: list[float] = []
        for letter in self.letters.values():
            deadlines.append(now + (letter.expires_at_ms - now_ms) / 1000)
            if self.ready and letter.state != "waiting":
                deadlines.append(letter.due_at)
        return min(deadlines, default=None)

    def _due(self, now: float) -> list[Action]:
        actions: list[Action] = []
        in_flight = sum(letter.state == "sent" for letter in self.letters.values())
        for letter in sorted(self.letters.values(), key=lambda each: each.seq):
            if letter.state == "waiting":
                if in_flight < WINDOW:
                    in_flight += 1
                    actions.append(self._send(letter, now))
            elif letter.due_at <= now:
                actions.append(self._again(letter, now) if letter.state == "sent" else self._ask(letter, now))
        for action in actions:
            if isinstance(action, GiveUp):
                self.letters.pop(action.id, None)
        return actions

    def _ask(self, letter: Letter, now: float) -> Ask:
        letter.due_at = now + ASK_TIMEOUT
        return Ask(letter.id)

    def _send(self, letter: Letter, now: float) -> Send:
        letter.attempts += 1
        letter.state, letter.sent_at = "sent", now
        letter.due_at = now + self._timeout(letter.attempts)
        return Send(letter.id, letter.attempts)

    def _again(self, letter: Letter, now: float) -> Send | GiveUp:
        return GiveUp(letter.id) if letter.attempts > len(LADDER) else self._send(letter, now)

    def _timeout(self, attempt: int) -> float:
        if attempt == 1:
            return min(max(4 * self.round_trip + 0.05, FIRST_TIMEOUT_MIN), FIRST_TIMEOUT_MAX)
        # A screen that received it and then did not know it may have been sent more than the ladder has steps.
        return LADDER[min(attempt - 2, len(LADDER) - 1)]
