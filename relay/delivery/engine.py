"""The delivery engine: every mailbox and one heap of deadlines, without I/O, clock or randomness.

How it works: whoever holds the journal and the line (the courier, or a simulator) tells the engine what happened, with
the time, and does the actions that come back, in their order. `next_deadline` says when to come again without a reason;
`due` is what to do then. Times are monotonic seconds.

What must always hold: the engine knows nothing that the journal does not know, or that a screen would not tell again.
It may be thrown away at any moment and restored from the journal.
"""

import heapq
import math
from collections.abc import Iterable

from relay.delivery.actions import Action
from relay.delivery.mailbox import LADDER, Letter, Mailbox


class Engine:
    """All mailboxes of this relay."""

    def __init__(self, ladder: tuple[float, ...] = LADDER) -> None:
        """Begin with none. `ladder`: seconds until the second, third, ... attempt is followed by the next."""
        self._ladder = ladder
        # The generation below which none is given, also for a screen that this relay has never met.
        self.first_gen = 0
        self.mailboxes: dict[str, Mailbox] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._scheduled: dict[str, float] = {}

    def mailbox(self, recipient: str) -> Mailbox:
        """Return the mailbox of a recipient, a new one for a new recipient."""
        box = self.mailboxes.get(recipient)
        if box is None:
            box = self.mailboxes[recipient] = Mailbox(recipient, self._ladder, gen=self.first_gen)
        return box

    # What the journal has done.

    def restore(self, recipient: str, letter: Letter) -> None:
        """Take in a letter that had not ended when the relay stopped; whatever was under way waits again."""
        if letter.state == "sent":
            letter.state, letter.attempts = "waiting", max(0, letter.attempts - 1)
        # What was sent more often than the ladder is long was forgotten in between; one rung is left to it.
        letter.forgotten = max(0, letter.attempts - len(self._ladder))
        self.mailbox(recipient).accepted(letter)

    def accepted(self, recipient: str, letter: Letter, superseded: Iterable[str], now: float) -> list[Action]:
        """Take in a letter that is on disk, instead of those that it supersedes."""
        box = self.mailbox(recipient)
        box.accepted(letter, superseded)
        return self._advance(box, [], now)

    def ended(self, recipient: str, id_: str, now: float) -> list[Action]:
        """Forget a letter whose end is on disk."""
        box = self.mailbox(recipient)
        box.ended(id_)
        return self._advance(box, [], now) if box.has_waiting() else []

    # What the line has told.

    def connecting(self, recipient: str, now: float) -> tuple[int, list[Action]]:
        """Note a new line to the screen, which fences the older one; return its generation."""
        box = self.mailbox(recipient)
        actions = box.disconnected()
        box.gen += 1
        return box.gen, self._advance(box, actions, now)

    def present(self, recipient: str, *, applied_seq: int, answers: bool, now: float) -> list[Action]:
        """Note what the screen says it has, on the newest line; `answers` if it reports outcomes."""
        box = self.mailbox(recipient)
        actions = box.present(applied_seq=applied_seq, answers=answers, now=now)
        return self._advance(box, actions, now)

    def disconnected(self, recipient: str, now: float) -> list[Action]:
        """Note that the newest line to the screen is gone."""
        box = self.mailbox(recipient)
        return self._advance(box, box.disconnected(), now)

    def acknowledged(self, recipient: str, id_: str, now: float) -> list[Action]:
        """Note the transport's acknowledgement: the screen has the letter on disk."""
        box = self.mailbox(recipient)
        actions = box.heard(now)
        is_well = not actions
        actions += box.acknowledged(id_, now)
        # What was due before is the next deadline still; coming then for nothing is cheaper than reckoning anew now.
        return actions if is_well and not box.has_waiting() else self._advance(box, actions, now)

    def heard(self, recipient: str, now: float) -> list[Action]:
        """Note any other sign of life: a refusal, an outcome, the answer to a probe."""
        box = self.mailbox(recipient)
        actions = box.heard(now)
        return self._advance(box, actions, now) if actions else []

    def still_loading(self, recipient: str, id_: str, now: float) -> list[Action]:
        """Note the answer to `status?`: received, and no outcome yet."""
        box = self.mailbox(recipient)
        actions = box.heard(now)
        box.still_loading(id_, now)
        return self._advance(box, actions, now)

    def unknown_there(self, recipient: str, id_: str, now: float) -> list[Action]:
        """Note the answer to `status?`: never heard of it. It leaves again."""
        box = self.mailbox(recipient)
        actions = box.heard(now)
        box.unknown_there(id_)
        return self._advance(box, actions, now)

    # Time.

    def turn(self, recipient: str, now: float) -> list[Action]:
        """Return what is due for one recipient."""
        return self._advance(self.mailbox(recipient), [], now)

    def due(self, now: float) -> list[Action]:
        """Return everything whose time has come, each once."""
        actions: list[Action] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, recipient = heapq.heappop(self._deadlines)
            if self._scheduled.get(recipient) == deadline:
                del self._scheduled[recipient]
                actions += self._advance(self.mailboxes[recipient], [], now)
        return actions

    def next_deadline(self) -> float | None:
        """Return when to call `due` next, None while nothing can become due by itself."""
        while self._deadlines:
            deadline, recipient = self._deadlines[0]
            if self._scheduled.get(recipient) == deadline:
                return deadline
            heapq.heappop(self._deadlines)  # an earlier one took its place
        return None

    def is_sent_to(self, recipient: str, now: float) -> bool:
        """Tell whether letters leave for this recipient: not while its breaker is open."""
        box = self.mailboxes.get(recipient)
        return box is None or not box.breaker.is_open(now)

    def _advance(self, box: Mailbox, actions: list[Action], now: float) -> list[Action]:
        if box.letters or box.ready:
            actions += box.advance(now)
            deadline = box.next_deadline(now)
            if deadline is not None and deadline < self._scheduled.get(box.recipient, math.inf):
                self._scheduled[box.recipient] = deadline
                heapq.heappush(self._deadlines, (deadline, box.recipient))
        return actions
