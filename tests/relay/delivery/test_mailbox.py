"""The pure core of delivery: what leaves when, told in stories without a socket or a clock."""

import pytest

from relay.delivery.mailbox import (
    ASK_AFTER,
    ASK_TIMEOUT,
    LADDER,
    WINDOW,
    Ask,
    Expire,
    GiveUp,
    Letter,
    Mailbox,
    Send,
)

FAR = 10_000_000


def letter(seq: int, *, slot: str | None = "window:main", expires_at_ms: int = FAR) -> Letter:
    return Letter(id=f"id-{seq}", seq=seq, slot=slot, expires_at_ms=expires_at_ms)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox("screen:s")


def test_nothing_leaves_before_the_screen_has_said_what_it_has(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    assert mailbox.advance(0.0, 0) == []
    mailbox.connected(applied_seq=0, now=0.0)
    assert mailbox.advance(0.0, 0) == [Send("id-1", 1)]


def test_letters_leave_in_the_order_of_their_seq(mailbox: Mailbox):
    for seq in (3, 1, 2):
        mailbox.accepted(letter(seq, slot=None))
    mailbox.connected(applied_seq=0, now=0.0)
    assert [action.id for action in mailbox.advance(0.0, 0)] == ["id-1", "id-2", "id-3"]


def test_no_more_than_a_window_is_unacknowledged(mailbox: Mailbox):
    for seq in range(1, WINDOW + 3):
        mailbox.accepted(letter(seq, slot=None))
    mailbox.connected(applied_seq=0, now=0.0)
    assert len(mailbox.advance(0.0, 0)) == WINDOW
    assert mailbox.acknowledged("id-1", 0.1)
    assert mailbox.advance(0.1, 0) == [Send(f"id-{WINDOW + 1}", 1)]


def test_a_superseded_letter_never_leaves(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.accepted(letter(2), superseded=["id-1"])
    mailbox.connected(applied_seq=0, now=0.0)
    assert mailbox.advance(0.0, 0) == [Send("id-2", 1)]


def test_what_is_not_acknowledged_is_sent_again_up_the_ladder_and_then_given_up(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    now, attempts = 0.0, []
    waits = []
    while True:
        actions = mailbox.advance(now, 0)
        if actions and isinstance(actions[0], GiveUp):
            break
        attempts += [action.attempt for action in actions if isinstance(action, Send)]
        deadline = mailbox.next_deadline(now, 0)
        assert deadline is not None
        waits.append(round(deadline - now, 3))
        now = deadline
    assert attempts == [1, 2, 3, 4, 5]
    assert waits[1:] == list(LADDER)
    assert mailbox.letters == {}


def test_the_first_timeout_follows_the_measured_round_trip(mailbox: Mailbox):
    mailbox.connected(applied_seq=0, now=0.0)
    for seq in range(1, 60):
        mailbox.accepted(letter(seq, slot=None))
        mailbox.advance(float(seq), 0)
        mailbox.acknowledged(f"id-{seq}", seq + 1.0)
        mailbox.ended(f"id-{seq}")
    mailbox.accepted(letter(60))
    mailbox.advance(100.0, 0)
    deadline = mailbox.next_deadline(100.0, 0)
    assert deadline == pytest.approx(104.05, abs=0.05)


def test_a_dropped_line_costs_no_attempt(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    for round_ in range(20):
        mailbox.connected(applied_seq=0, now=float(round_))
        assert mailbox.advance(float(round_), 0) == [Send("id-1", 1)]
        mailbox.disconnected()
        assert mailbox.advance(float(round_), 0) == []


def test_what_was_received_is_asked_for_and_never_sent_again(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    mailbox.advance(0.0, 0)
    mailbox.acknowledged("id-1", 0.01)
    assert mailbox.advance(ASK_AFTER - 0.1, 0) == []
    assert mailbox.advance(ASK_AFTER + 0.1, 0) == [Ask("id-1")]
    assert mailbox.advance(ASK_AFTER + 0.2, 0) == []
    assert mailbox.advance(ASK_AFTER + 0.2 + ASK_TIMEOUT, 0) == [Ask("id-1")]
    mailbox.disconnected()
    mailbox.connected(applied_seq=1, now=50.0)
    assert mailbox.advance(50.0, 0) == [Ask("id-1")]


def test_a_screen_that_still_loads_is_asked_again_later(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    mailbox.advance(0.0, 0)
    mailbox.acknowledged("id-1", 0.0)
    assert mailbox.advance(ASK_AFTER, 0) == [Ask("id-1")]
    mailbox.still_loading("id-1", ASK_AFTER)
    assert mailbox.advance(ASK_AFTER + ASK_TIMEOUT, 0) == []
    assert mailbox.advance(2 * ASK_AFTER, 0) == [Ask("id-1")]


def test_what_the_screen_does_not_know_after_all_leaves_again(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    mailbox.advance(0.0, 0)
    mailbox.acknowledged("id-1", 0.0)
    mailbox.unknown_there("id-1")
    assert mailbox.advance(0.1, 0) == [Send("id-1", 2)]


def test_a_letter_whose_time_is_over_expires_even_while_the_screen_is_away(mailbox: Mailbox):
    mailbox.accepted(letter(1, expires_at_ms=5_000))
    assert mailbox.next_deadline(0.0, 0) == 5.0
    assert mailbox.advance(4.9, 4_999) == []
    assert mailbox.advance(5.0, 5_000) == [Expire("id-1")]
    assert mailbox.advance(5.1, 5_100) == []


def test_an_acknowledgement_that_comes_twice_is_news_once(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    mailbox.advance(0.0, 0)
    assert mailbox.acknowledged("id-1", 0.1)
    assert not mailbox.acknowledged("id-1", 0.2)
    assert not mailbox.acknowledged("id-9", 0.2)


def test_a_screen_that_keeps_forgetting_is_served_as_long_as_the_letter_lives(mailbox: Mailbox):
    mailbox.accepted(letter(1))
    mailbox.connected(applied_seq=0, now=0.0)
    for round_ in range(20):
        now = round_ * 100.0
        assert [type(action) for action in mailbox.advance(now, 0)] == [Send]
        mailbox.acknowledged("id-1", now)
        mailbox.unknown_there("id-1")
