"""The real courier, journal and database against a reference of plain dictionaries, in steps that hypothesis chooses.

In CI 150 examples of 30 steps; `MODEL_EXAMPLES=10000 python -m pytest tests/faults/test_model.py` for the long run.
"""

import itertools
import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from faults.model_machine import Machine
from faults.model_reference import Entry, Reference
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.contract.reports import Outcome
from relay.delivery import dead_letters
from relay.delivery.mailbox import DROPS, LADDER, WINDOW
from relay.delivery.records import End, recipient_of
from relay.errors import Refusal

SCREENS = ("S-1", "S-2")
screens = st.sampled_from(SCREENS)
slots = st.sampled_from([None, None, None, "window:main", "window:side"])
lives = st.sampled_from([3.0, 40.0, 40.0, 900.0, 900.0])
some = st.integers(0, 5)


class Delivery(RuleBasedStateMachine):
    """Both sides, and what is true of the screens."""

    @initialize()
    def begin(self) -> None:
        self.real = Machine()
        self.real.line.is_allowed = self.must_be_allowed
        self.reference = Reference()
        self.numbers = itertools.count(1)
        # For each screen that is there, whether it reports outcomes.
        self.there: dict[str, bool] = {}
        self.drops: dict[str, int] = {}
        self.given: dict[str, tuple[int, int]] = {}
        self.uuids = patch.object(dead_letters, "uuid", SimpleNamespace(uuid4=self.new_id))
        self.uuids.start()
        for screen in SCREENS:
            self.come(screen=screen, answers=True, says=True)

    def teardown(self) -> None:
        if hasattr(self, "real"):
            self.uuids.stop()
            self.real.close()

    # Words.

    @property
    def now(self) -> float:
        return self.real.clock.monotonic()

    def new_id(self) -> str:
        return f"{next(self.numbers):08x}-0000-4000-8000-000000000000"

    def pick(self, which: int, *, only: Callable[[Entry], bool] | None = None) -> Entry | None:
        entries = [entry for entry in self.reference.entries.values() if only is None or only(entry)]
        return entries[-1 - which % len(entries)] if entries else None

    def must_be_allowed(self, recipient: str, id_: str) -> None:
        box = self.real.courier.engine.mailboxes[recipient]
        screen = next(screen for screen in SCREENS if recipient_of(screen) == recipient)
        assert screen in self.there, f"{id_} left for a screen that is not there"
        breaker = box.breaker
        is_shut = breaker.open_until is not None and self.now < breaker.open_until and not breaker.is_probing
        assert not is_shut, f"{id_} left though the breaker is open"

    def leave(self, screen: str) -> None:
        """Lose a line; whatever was unacknowledged on it has lost one more."""
        del self.there[screen]
        for letter in self.real.courier.engine.mailbox(recipient_of(screen)).letters.values():
            if letter.state == "sent":
                self.drops[letter.id] = self.drops.get(letter.id, 0) + 1

    def after(self) -> None:
        """Lose the lines that were given up, and take over what only the real one can decide: who is dead."""
        self.reference.pass_time(self.now)
        for recipient in sorted(self.real.line.given_up):
            screen = next(screen for screen in SCREENS if recipient_of(screen) == recipient)
            self.leave(screen)
            self.real.hear("disconnected", screen)
        self.real.line.given_up.clear()
        for id_ in [entry.id for entry in self.reference.entries.values() if entry.state == "open"]:
            if self.real.run(self.real.courier.find(id_)).state == "dead":
                sends, lines = self.real.line.sends[id_], len(self.real.line.lines_of[id_])
                assert (sends > len(LADDER) + 1 and lines > 1) or self.drops.get(id_, 0) >= DROPS
                self.reference.settle(id_, "dead")

    # Rules.

    @rule(screen=screens, wishes=st.lists(st.tuples(slots, lives), min_size=1, max_size=6))
    def submit(self, screen: str, wishes: list[tuple[str | None, float]]) -> None:
        for slot, life in wishes:
            id_ = self.new_id()
            told = self.real.do(self.real.courier.send(self.real.draft(id_, screen, slot, "body", life)))
            expected = self.reference.submit(id_, screen, slot=slot, body="body", now=self.now, life=life)
            assert told.seq == expected
            self.given[id_] = (told.seq, told.created_at)

    @rule(which=some, is_same=st.booleans())
    def submit_again(self, which: int, is_same: bool) -> None:
        if (entry := self.pick(which, only=lambda each: each.id in self.given)) is None:
            return
        body = entry.body if is_same else "another"
        draft = self.real.draft(entry.id, entry.screen, entry.slot, body, entry.life)
        if is_same:
            told = self.real.do(self.real.courier.send(draft))
            assert (told.seq, told.created_at) == self.given[entry.id]
        else:
            assert self.refusal(self.real.courier.send(draft)) is Code.IDEMPOTENCY_MISMATCH

    @rule(screen=screens, answers=st.sampled_from([True, True, True, False]), says=st.booleans())
    def come(self, screen: str, answers: bool, says: bool) -> None:
        if screen in self.there:
            self.leave(screen)
        self.real.hear("connecting", screen)
        self.after()
        open_seqs = [
            entry.seq
            for entry in self.reference.entries.values()
            if entry.screen == screen and entry.state == "open"
        ]
        applied = min(open_seqs, default=self.reference.heads.get(screen, 0) + 1) - 1 if says else 0
        self.there[screen] = answers
        self.real.line.lines[recipient_of(screen)] += 1
        self.real.hear("present", screen, applied_seq=applied, answers=answers)
        if not answers:
            for id_ in self.reference.open_of(screen):
                if self.reference.entries[id_].seq <= applied:
                    self.reference.acknowledge(id_, answers=False)

    @precondition(lambda self: self.there)
    @rule(which=some)
    def go(self, which: int) -> None:
        screen = sorted(self.there)[which % len(self.there)]
        self.leave(screen)
        self.real.hear("disconnected", screen)

    def sent(self, which: int, state: str) -> Entry | None:
        """Pick something that a screen which is there holds in this state."""

        def fits(entry: Entry) -> bool:
            letter = self.real.courier.engine.mailbox(recipient_of(entry.screen)).letters.get(entry.id)
            return entry.screen in self.there and letter is not None and letter.state == state

        return self.pick(which, only=fits)

    @rule(which=some, times=st.integers(1, 4), refuses=st.sampled_from([False, False, False, True]))
    def acknowledge(self, which: int, times: int, refuses: bool) -> None:
        for _ in range(times):
            if (entry := self.sent(which, "sent")) is None:
                return
            end = End("failed", code="VALIDATION_ERROR") if refuses else None
            self.real.tell(partial(self.real.line.answered, recipient_of(entry.screen), entry.id, end))
            if refuses:
                self.reference.settle(entry.id, "failed")
            else:
                self.reference.acknowledge(entry.id, answers=self.there[entry.screen])

    @rule(which=some, loads=st.booleans())
    def answer_the_question(self, which: int, loads: bool) -> None:
        entry = self.sent(which, "received")
        if entry is not None and self.there[entry.screen]:
            self.real.hear("still_loading" if loads else "unknown_there", entry.screen, entry.id)
            if not loads:
                self.reference.forget(entry.id)

    @rule(which=some, is_shown=st.booleans())
    def tell_outcome(self, which: int, is_shown: bool) -> None:
        entry = self.sent(which, "received") or self.pick(which)
        if entry is None or entry.screen not in self.there:
            return
        state = "shown" if is_shown else "failed"
        outcome = Outcome(id=TriggerId(entry.id), state=state)
        self.real.hear("heard", entry.screen)
        recipient = recipient_of(entry.screen)
        settle = self.real.courier.settle

        async def told() -> bool:
            return await settle(entry.id, recipient, End(state, outcome=outcome))

        was_open = not entry.has_ended or entry.state == "received"
        assert self.real.do(told()) == was_open
        self.reference.settle(entry.id, state)

    @rule(times=st.integers(1, 6))
    def work_well(self, times: int) -> None:
        """Let the screens that are there acknowledge and show what they hold, the oldest first."""
        for _ in range(times):
            self.acknowledge(which=-1, times=1, refuses=False)
            self.tell_outcome(which=-1, is_shown=True)

    @rule(which=some)
    def cancel(self, which: int) -> None:
        if (entry := self.pick(which)) is not None:
            code = self.refusal(self.real.courier.cancel(entry.id))
            assert code is (None if self.reference.cancel(entry.id) else Code.ALREADY_ENDED)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 31.0, 1000.0, 1000.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.real.turn(seconds)
        self.after()

    @rule(times=st.integers(1, 14))
    def hear_nothing(self, times: int) -> None:
        """Go from deadline to deadline: ladders are climbed, questions stay unanswered, breakers open."""
        for _ in range(times):
            rest = self.real.rest_until_due()
            if rest is None or rest > 120.0:
                return
            self.real.turn(rest)
            self.after()

    @rule(returning=st.sampled_from([(), SCREENS[:1], SCREENS]), seconds=st.sampled_from([0.0, 1.5, 5.0]))
    def restart(self, returning: tuple[str, ...], seconds: float) -> None:
        """End the relay, perhaps in the middle of a ladder; who returns comes with a new line."""
        self.let_time_pass(seconds=seconds)
        self.there.clear()
        self.real.reopen()
        for screen in returning:
            self.come(screen=screen, answers=True, says=True)

    @rule(which=some, lays_aside=st.sampled_from([False, False, True]))
    def deal_with_the_dead(self, which: int, lays_aside: bool) -> None:
        entry = self.pick(which, only=lambda each: each.is_dead_letter) or self.pick(which)
        if entry is None:
            return
        if lays_aside:
            is_one = entry.is_dead_letter or entry.is_discarded
            code = self.refusal(self.real.dead_letters.discard(entry.id))
            assert code is (None if is_one else Code.DELIVERY_NOT_FOUND)
            entry.is_discarded |= is_one
        elif entry.retried_as is not None:
            again = self.real.do(self.real.dead_letters.retry(entry.id, "user:model"))
            assert again.id == entry.retried_as
        elif entry.is_dead_letter:
            new = self.real.do(self.real.dead_letters.retry(entry.id, "user:model"))
            assert new.retry_of == entry.id
            self.reference.retry(entry.id, new.id, self.now)
        else:
            retried = self.refusal(self.real.dead_letters.retry(entry.id, "user:model"))
            assert retried is Code.DELIVERY_NOT_FOUND

    def refusal(self, work: Any) -> Code | None:
        try:
            self.real.do(work)
        except Refusal as refusal:
            return refusal.code
        return None

    # What must hold after every step.

    @invariant()
    def the_journal_equals_the_reference(self) -> None:
        if not hasattr(self, "real"):
            return
        found = self.real.run(self.real.journal.list(limit=1000))
        assert {each.id for each in found} == self.reference.entries.keys()
        for each in found:
            entry = self.reference.entries[each.id]
            state = "open" if each.state in {"waiting", "sent"} else each.state
            assert (each.seq, state, each.has_ended) == (entry.seq, entry.state, entry.has_ended), each
            assert each.superseded_by == entry.superseded_by
            assert each.retried_as == entry.retried_as
        for screen in SCREENS:
            seqs = sorted(each.seq for each in found if each.screen_id == screen)
            assert seqs == list(range(1, len(seqs) + 1)), "the seqs have a gap"

    @invariant()
    def the_engine_equals_the_reference(self) -> None:
        if not hasattr(self, "real"):
            return
        for screen in SCREENS:
            box = self.real.courier.engine.mailbox(recipient_of(screen))
            assert list(box.letters) == self.reference.open_of(screen)
            under_way = sum(letter.state == "sent" for letter in box.letters.values())
            is_waiting = any(letter.state == "waiting" for letter in box.letters.values())
            assert under_way <= WINDOW
            if screen not in self.there:
                assert not under_way, "something is under way to a screen that is not there"
            else:
                window = box.breaker.window(self.now, WINDOW)
                assert under_way >= window or not is_waiting, "a letter waits though there is room"

    @invariant()
    def the_dead_letters_equal_the_reference(self) -> None:
        if hasattr(self, "real"):
            found = self.real.run(self.real.journal.list(only_dead_letters=True, limit=1000))
            expected = {entry.id for entry in self.reference.entries.values() if entry.is_dead_letter}
            assert {each.id for each in found} == expected


Delivery.TestCase.settings = settings(
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "80")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestDelivery = Delivery.TestCase
