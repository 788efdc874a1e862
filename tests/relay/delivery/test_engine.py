"""The engine: many mailboxes on one heap of deadlines, a restart, and what must hold in every order of events."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.delivery.actions import Action, Ask, Cut, Dropped, Finish, Received, Send
from relay.delivery.engine import Engine
from relay.delivery.mailbox import ASK_AFTER, WINDOW, Letter

A, B = "screen:a", "screen:b"
FAR = 10_000_000.0


def letter(seq: int, *, recipient: str = A, expires_at: float = FAR, **more: Any) -> Letter:
    return Letter(id=f"{recipient[-1]}{seq}", seq=seq, slot=None, expires_at=expires_at, **more)


def come(engine: Engine, recipient: str, now: float, *, applied_seq: int = 0) -> list[Action]:
    _, actions = engine.connecting(recipient, now)
    return actions + engine.present(recipient, applied_seq=applied_seq, answers=True, now=now)


def sent(actions: list[Action]) -> list[tuple[str, int]]:
    return [(action.id, action.attempt) for action in actions if isinstance(action, Send)]


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_each_mailbox_keeps_its_own_time(engine: Engine):
    engine.accepted(A, letter(1, expires_at=20.0), (), 0.0)
    engine.accepted(B, letter(1, recipient=B, expires_at=10.0), (), 0.0)
    assert engine.next_deadline() == 10.0
    assert engine.due(9.9) == []
    assert engine.due(10.0) == [Finish(B, "b1", "expired")]
    assert engine.next_deadline() == 20.0
    assert engine.due(30.0) == [Finish(A, "a1", "expired")]
    assert engine.next_deadline() is None


def test_what_is_due_is_due_once(engine: Engine):
    for seq in range(1, 4):
        engine.accepted(A, letter(seq, expires_at=float(seq)), (), 0.0)
    assert len(engine.due(5.0)) == 3
    assert engine.due(5.0) == []


def test_a_new_line_has_a_higher_generation_and_drops_the_older_ones_letters(engine: Engine):
    engine.accepted(A, letter(1), (), 0.0)
    first, _ = engine.connecting(A, 0.0)
    engine.present(A, applied_seq=0, answers=True, now=0.0)
    second, actions = engine.connecting(A, 1.0)
    assert second > first
    assert actions == [Dropped(A, ("a1",))]
    assert sent(engine.present(A, applied_seq=0, answers=True, now=1.1)) == [("a1", 1)]


def test_after_a_restart_what_was_under_way_waits_again_with_its_attempts(engine: Engine):
    engine.restore(A, letter(1, state="sent", attempts=3))
    engine.restore(A, letter(2, state="received", attempts=1))
    engine.restore(A, letter(3, state="waiting", attempts=0))
    assert come(engine, A, 5.0) == [Send(A, "a1", 3, 2.0), Ask(A, "a2"), Send(A, "a3", 1, 1.05)]


def test_a_letter_that_was_forgotten_often_before_a_restart_is_not_dead_at_the_first_silence(engine: Engine):
    engine.restore(A, letter(1, state="sent", attempts=20))
    assert sent(come(engine, A, 0.0)) == [("a1", 20)]
    deadline = engine.next_deadline()
    assert deadline is not None
    assert engine.due(deadline) == [Cut(A, "never acknowledged")]


def test_what_was_overdue_at_a_restart_ends_at_once_and_once(engine: Engine):
    engine.restore(A, letter(1, expires_at=-5.0))
    engine.restore(A, letter(2, expires_at=50.0))
    assert engine.turn(A, 0.0) == [Finish(A, "a1", "expired")]
    assert engine.due(0.0) == []
    assert engine.next_deadline() == 50.0


def test_a_letter_that_ended_makes_room_for_the_next(engine: Engine):
    come(engine, A, 0.0)
    for seq in range(1, WINDOW + 2):
        engine.accepted(A, letter(seq), (), 0.0)
    assert sent(engine.ended(A, "a1", 0.1)) == [(f"a{WINDOW + 1}", 1)]


def test_what_is_acknowledged_makes_room_at_once(engine: Engine):
    come(engine, A, 0.0)
    for seq in range(1, WINDOW + 2):
        engine.accepted(A, letter(seq), (), 0.0)
    received, next_one = engine.acknowledged(A, "a1", 0.1)
    assert received == Received(A, "a1", 1, is_last_word=False)
    assert next_one == Send(A, f"a{WINDOW + 1}", 1, 1.05 - 0.0750)


def test_an_answer_to_a_question_puts_the_next_one_off(engine: Engine):
    come(engine, A, 0.0)
    engine.accepted(A, letter(1), (), 0.0)
    engine.acknowledged(A, "a1", 0.1)
    assert engine.due(0.1 + ASK_AFTER) == [Ask(A, "a1")]
    engine.still_loading(A, "a1", 11.0)
    assert engine.due(11.0 + ASK_AFTER - 0.1) == []
    assert engine.due(11.0 + ASK_AFTER) == [Ask(A, "a1")]
    assert sent(engine.unknown_there(A, "a1", 22.0))[0][0] == "a1"


# Each step is how long it takes, what happens, to which screen, and to which of its letters.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.3, 1.0, 4.0, 12.0, 65.0]),
        st.sampled_from(
            [
                "accept", "accept", "accept short", "supersede", "connect", "present", "present", "drop",
                "acknowledge", "acknowledge", "loading", "unknown", "heard", "end",
            ]
        ),
        st.sampled_from([A, B]),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=60,
)  # fmt: skip


class Life:
    """An engine, what it was told, and what must hold after each step."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now = 100.0
        self.heads = {A: 0, B: 0}
        self.is_up = {A: False, B: False}
        self.open: dict[str, set[str]] = {A: set(), B: set()}
        self.ended: set[str] = set()

    def wait(self, seconds: float) -> None:
        """Let time pass as the courier does: nothing may be due before the deadline, and every deadline is kept."""
        until = self.now + seconds
        while (deadline := self.engine.next_deadline()) is not None and deadline <= until:
            early = self.now + (deadline - self.now) * 0.999
            if self.now < early < deadline:
                assert not self.engine.due(early)
                for recipient in (A, B):
                    assert not self.engine.turn(recipient, early), "something was due before the deadline"
            self.now = max(self.now, deadline)
            self.watch(self.engine.due(self.now))
            following = self.engine.next_deadline()
            assert following is None or following > self.now, "the same thing is due for ever"
        self.now = until

    def watch(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(recipient=recipient, id=id_):
                    assert self.is_up[recipient], "sent to a screen that is not there"
                    assert id_ in self.open[recipient], "sent though it has ended"
                    assert self.engine.mailboxes[recipient].letters[id_].expires_at > self.now
                case (
                    Finish(recipient=recipient, id=id_)
                    | Received(recipient=recipient, id=id_, is_last_word=True)
                ):
                    assert id_ not in self.ended, "ended twice"
                    self.ended.add(id_)
                    self.open[recipient].discard(id_)
                case Cut(recipient=recipient) | Ask(recipient=recipient):
                    assert self.is_up[recipient]
                case _:
                    pass
        for recipient, box in self.engine.mailboxes.items():
            letters = list(box.letters.values())
            assert {each.id for each in letters} == self.open[recipient]
            assert [each.seq for each in letters] == sorted(each.seq for each in letters)
            under_way = sum(each.state == "sent" for each in letters)
            assert under_way <= WINDOW
            assert self.is_up[recipient] or not under_way
            assert all(each.expires_at > self.now for each in letters)

    def step(self, what: str, recipient: str, which: int, flag: bool) -> None:
        engine, now = self.engine, self.now
        names = sorted(self.open[recipient], key=lambda each: int(each[1:]))
        id_ = names[which % len(names)] if names else "nobody"
        match what:
            case "accept" | "accept short" | "supersede":
                self.heads[recipient] += 1
                life = 3.0 if what == "accept short" else FAR
                new = letter(self.heads[recipient], recipient=recipient, expires_at=now + life)
                superseded = [id_] if what == "supersede" else []
                self.open[recipient] = (self.open[recipient] - set(superseded)) | {new.id}
                self.watch(engine.accepted(recipient, new, superseded, now))
            case "connect":
                self.is_up[recipient] = False
                _, actions = engine.connecting(recipient, now)
                self.watch(actions)
            case "present":
                self.is_up[recipient] = True
                applied = min(which, self.heads[recipient])
                self.watch(engine.present(recipient, applied_seq=applied, answers=flag, now=now))
            case "drop":
                self.is_up[recipient] = False
                self.watch(engine.disconnected(recipient, now))
            case "acknowledge":
                self.watch(engine.acknowledged(recipient, id_, now))
            case "loading":
                self.watch(engine.still_loading(recipient, id_, now))
            case "unknown":
                self.watch(engine.unknown_there(recipient, id_, now))
            case "heard":
                self.watch(engine.heard(recipient, now))
            case _:
                self.open[recipient].discard(id_)
                self.watch(engine.ended(recipient, id_, now))


@given(steps=STEPS)
def test_in_every_order_of_events_the_engine_keeps_its_promises(
    steps: list[tuple[float, str, str, int, bool]],
):
    life = Life()
    for seconds, what, recipient, which, flag in steps:
        life.wait(seconds)
        life.step(what, recipient, which, flag)
    life.wait(300.0)
