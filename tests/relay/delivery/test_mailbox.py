"""The mailbox of one screen, in stories without a socket or a clock: order, window, ladder, lost lines, ends."""

from itertools import pairwise

import pytest
from helpers.mailbox_stories import S, come, kinds, letter, live_until, sent

from relay.delivery.actions import Action, Ask, Cut, Dropped, Finish, Received, Send
from relay.delivery.mailbox import (
    ASK_AFTER,
    ASK_TIMEOUT,
    DROPS,
    FIRST_TIMEOUT_MAX,
    FIRST_TIMEOUT_MIN,
    KILLS_LINES,
    LADDER,
    UNACKNOWLEDGED,
    WINDOW,
    Mailbox,
)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox(S)


def test_nothing_leaves_before_the_screen_has_said_what_it_has(box: Mailbox):
    box.accepted(letter(1))
    assert box.advance(0.0) == []
    assert sent(come(box, 0.0)) == ["id-1"]


def test_letters_leave_in_the_order_of_their_seq_however_they_were_told(box: Mailbox):
    for seq in (3, 1, 2):
        box.accepted(letter(seq))
    assert box.head == 3
    assert sent(come(box, 0.0)) == ["id-1", "id-2", "id-3"]


def test_no_more_than_a_window_is_unacknowledged(box: Mailbox):
    for seq in range(1, WINDOW + 4):
        box.accepted(letter(seq))
    assert len(sent(come(box, 0.0))) == WINDOW
    assert box.advance(0.0) == []
    box.acknowledged("id-5", 0.1)
    assert sent(box.advance(0.1)) == [f"id-{WINDOW + 1}"]
    box.ended("id-6")
    assert sent(box.advance(0.1)) == [f"id-{WINDOW + 2}"]


def test_a_superseded_letter_never_leaves(box: Mailbox):
    box.accepted(letter(1, slot="main"))
    box.accepted(letter(2, slot="main"), superseded=["id-1"])
    assert sent(come(box, 0.0)) == ["id-2"]


def test_a_newer_letter_leaves_at_once_though_the_older_is_unacknowledged(box: Mailbox):
    box.accepted(letter(1, slot="main"))
    come(box, 0.0)
    box.accepted(letter(2, slot="main"), superseded=["id-1"])
    assert sent(box.advance(0.01)) == ["id-2"]
    assert box.acknowledged("id-1", 0.02) == []


def test_the_first_wait_follows_the_round_trip_and_the_others_climb_the_ladder(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    now, told = live_until(box, 0.0, Cut)
    times = [0.0, *(at for at, action in told if isinstance(action, Send)), now]
    waits = [round(after - before, 6) for before, after in pairwise(times)]
    assert waits == [4 * box.round_trip + 0.05, *LADDER]
    assert [action.attempt for _, action in told if isinstance(action, Send)] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("round_trip", "first_wait"),
    [(0.001, FIRST_TIMEOUT_MIN), (0.5, 2.05), (60.0, FIRST_TIMEOUT_MAX)],
)
def test_the_first_wait_is_four_round_trips_within_bounds(box: Mailbox, round_trip: float, first_wait: float):
    box.round_trip = round_trip
    box.accepted(letter(1))
    (action,) = come(box, 0.0)
    assert isinstance(action, Send)
    assert action.patience == pytest.approx(first_wait)


def test_the_round_trip_is_measured_on_first_attempts_and_smoothed(box: Mailbox):
    come(box, 0.0)
    for seq in range(1, 60):
        box.accepted(letter(seq))
        box.advance(float(seq))
        box.acknowledged(f"id-{seq}", seq + 0.1)
    assert box.round_trip == pytest.approx(0.1, abs=0.005)


def test_a_repeated_letter_may_lengthen_the_round_trip_and_never_shorten_it(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    before = box.round_trip
    box.advance(1.5)
    box.acknowledged("id-1", 1.51)  # to which attempt this is the answer nobody knows
    assert box.round_trip == before
    box.accepted(letter(2))
    box.advance(2.0)
    box.advance(3.5)
    box.acknowledged("id-2", 4.4)
    assert box.round_trip > before


def test_a_letter_that_nobody_acknowledges_costs_the_line_and_then_its_life(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    now, told = live_until(box, 0.0, Cut)
    assert Finish not in kinds([action for _, action in told])
    # Nothing goes over a line that was given up, and its end gives no attempt back.
    assert box.advance(now + 1) == []
    box.disconnected()
    (again,) = [action for action in come(box, now + 2) if isinstance(action, Send)]
    assert again.attempt == len(LADDER) + 2
    _, told = live_until(box, now + 2, Finish)
    assert [action for _, action in told if isinstance(action, Finish)] == [
        Finish(S, "id-1", "dead", UNACKNOWLEDGED)
    ]
    assert not box.letters


def test_a_letter_is_saved_by_an_acknowledgement_on_the_line_after_the_ladder(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    now, _ = live_until(box, 0.0, Cut)
    box.disconnected()
    come(box, now + 2)
    assert kinds(box.acknowledged("id-1", now + 2.1)) == [Received]


def test_a_dropped_line_costs_no_attempt(box: Mailbox):
    box.accepted(letter(1))
    for round_ in range(DROPS - 1):
        assert next(action for action in come(box, float(round_)) if isinstance(action, Send)).attempt == 1
        assert box.disconnected() == [Dropped(S, ("id-1",))]
        assert box.letters["id-1"].attempts == 0
        assert box.advance(float(round_)) == []


def test_a_line_that_drops_with_nothing_on_it_is_no_news(box: Mailbox):
    box.accepted(letter(1))
    assert box.disconnected() == []
    come(box, 0.0)
    box.acknowledged("id-1", 0.1)
    assert box.disconnected() == []


def test_a_letter_that_loses_every_line_is_dead_and_the_others_go_on(box: Mailbox):
    for seq in (1, 2, 3):
        box.accepted(letter(seq))
    actions: list[Action] = []
    for round_ in range(DROPS):
        come(box, float(round_))
        actions = box.disconnected()
    assert actions[1:] == [Finish(S, "id-1", "dead", KILLS_LINES)]
    assert sent(come(box, 100.0)) == ["id-2", "id-3"]


def test_a_letter_that_was_acknowledged_in_between_is_no_poison(box: Mailbox):
    box.accepted(letter(1))
    for round_ in range(DROPS - 1):
        come(box, float(round_))
        box.disconnected()
    come(box, 50.0)
    box.acknowledged("id-1", 50.1)
    box.unknown_there("id-1")
    box.advance(50.2)
    assert box.disconnected() == [Dropped(S, ("id-1",))]


def test_what_was_received_is_asked_for_and_never_sent_again(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    assert box.acknowledged("id-1", 0.01) == [Received(S, "id-1", 1, is_last_word=False)]
    assert box.advance(ASK_AFTER) == []
    assert box.advance(ASK_AFTER + 0.01) == [Ask(S, "id-1")]
    assert box.advance(ASK_AFTER + 0.02) == []
    assert box.advance(ASK_AFTER + 0.01 + ASK_TIMEOUT) == [Ask(S, "id-1")]
    box.disconnected()
    assert come(box, 50.0, applied_seq=1) == [Ask(S, "id-1")]


def test_what_the_screen_says_it_has_is_asked_for_and_the_rest_is_sent(box: Mailbox):
    for seq in (1, 2, 3):
        box.accepted(letter(seq))
    assert come(box, 0.0, applied_seq=2) == [Ask(S, "id-1"), Ask(S, "id-2"), Send(S, "id-3", 1, 1.05)]


def test_a_screen_that_still_loads_is_asked_again_later(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    box.acknowledged("id-1", 0.0)
    for round_ in range(1, 6):
        assert box.advance(round_ * ASK_AFTER) == [Ask(S, "id-1")]
        box.heard(round_ * ASK_AFTER)
        box.still_loading("id-1", round_ * ASK_AFTER)
        assert box.advance(round_ * ASK_AFTER + ASK_TIMEOUT) == []


def test_what_the_screen_does_not_know_after_all_leaves_again(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    box.acknowledged("id-1", 0.0)
    box.unknown_there("id-1")
    # The journal hears of a second attempt, and with it that the screen does not have it any more.
    (again,) = box.advance(0.1)
    assert isinstance(again, Send)
    assert again.attempt == 2


def test_a_screen_that_keeps_forgetting_is_served_as_long_as_the_letter_lives(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    for round_ in range(20):
        now = round_ * 20.0
        box.acknowledged("id-1", now)
        box.heard(now)
        box.unknown_there("id-1")
        assert sent(box.advance(now)) == ["id-1"]


def test_a_screen_that_forgot_often_still_gets_the_whole_ladder(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    for round_ in range(10):
        box.acknowledged("id-1", round_ * 1.0)
        box.unknown_there("id-1")
        box.advance(round_ * 1.0)
    _, told = live_until(box, 9.0, Cut)
    assert not [action for _, action in told if isinstance(action, Finish)]


@pytest.mark.parametrize("state", ["waiting", "sent", "received"])
def test_a_letter_whose_time_is_over_expires_whatever_its_state(box: Mailbox, state: str):
    box.accepted(letter(1, expires_at=5.0))
    if state != "waiting":
        come(box, 4.5)
    if state == "received":
        box.acknowledged("id-1", 4.6)
    assert box.letters["id-1"].state == state
    assert Finish not in kinds(box.advance(4.99))
    assert box.next_deadline(4.99) == 5.0
    assert box.advance(5.0) == [Finish(S, "id-1", "expired")]
    assert box.advance(5.1) == []


def test_an_acknowledgement_that_comes_twice_is_news_once(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    assert box.acknowledged("id-1", 0.1)
    assert not box.acknowledged("id-1", 0.2)
    assert not box.acknowledged("id-9", 0.2)
