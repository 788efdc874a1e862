"""What a mailbox makes of a screen that says nothing: questions, probes, the line, and the breaker."""

import pytest
from helpers.mailbox_stories import FAR, S, come, kinds, letter, live_until, sent

from relay.delivery.actions import Ask, BreakerClosed, BreakerOpened, Cut, Received, Send
from relay.delivery.breaker import FAILURES, OPEN_SECONDS
from relay.delivery.mailbox import PROBE_AFTER, UNANSWERED, WINDOW, Mailbox


@pytest.fixture
def box() -> Mailbox:
    return Mailbox(S)


def test_questions_without_an_answer_cost_the_line(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    box.acknowledged("id-1", 0.0)
    _, told = live_until(box, 0.0, Cut)
    assert kinds([action for _, action in told]) == [Ask] * UNANSWERED + [Cut]
    assert box.letters["id-1"].state == "received"


def test_an_idle_screen_is_asked_whether_it_lives_and_cut_when_it_does_not(box: Mailbox):
    come(box, 0.0)
    assert box.next_deadline(0.0) == PROBE_AFTER
    assert box.advance(PROBE_AFTER) == [Ask(S, None)]
    _, told = live_until(box, PROBE_AFTER, Cut)
    assert kinds([action for _, action in told]) == [Cut]


def test_an_idle_screen_that_answers_is_asked_once_a_while(box: Mailbox):
    come(box, 0.0)
    for round_ in range(1, 5):
        assert box.advance(round_ * PROBE_AFTER) == [Ask(S, None)]
        box.heard(round_ * PROBE_AFTER)
        assert box.next_deadline(round_ * PROBE_AFTER) == (round_ + 1) * PROBE_AFTER


def test_a_screen_that_only_acknowledges_is_never_asked(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0, answers=False)
    assert box.acknowledged("id-1", 0.1) == [Received(S, "id-1", 1, is_last_word=True)]
    assert box.next_deadline(0.1) is None
    assert not box.letters


def test_what_a_screen_that_only_acknowledges_has_already_is_over(box: Mailbox):
    box.accepted(letter(1))
    box.accepted(letter(2))
    assert come(box, 0.0, applied_seq=1, answers=False) == [
        Received(S, "id-1", 0, is_last_word=True),
        Send(S, "id-2", 1, 1.05),
    ]


def test_a_screen_that_does_not_say_whether_it_answers_is_asked_nothing(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    box.acknowledged("id-1", 0.1)
    box.disconnected()
    assert come(box, 1.0, answers=False) == []
    assert box.next_deadline(1.0) == FAR
    # It was slow to say so, and then it is asked at once.
    assert come(box, 3.0, applied_seq=1) == [Ask(S, "id-1")]


def test_five_silences_in_a_row_open_the_breaker_for_half_a_minute(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    now, told = live_until(box, 0.0, BreakerOpened)
    assert len([action for _, action in told if isinstance(action, Send)]) == FAILURES - 1
    assert BreakerOpened(S, OPEN_SECONDS) in [action for _, action in told]
    box.accepted(letter(2))
    assert box.advance(now + OPEN_SECONDS - 0.1) == []


def test_letters_of_one_moment_are_one_failure(box: Mailbox):
    for seq in range(1, WINDOW + 1):
        box.accepted(letter(seq))
    come(box, 0.0)
    deadline = box.next_deadline(0.0)
    assert deadline is not None
    assert len(sent(box.advance(deadline))) == WINDOW
    assert box.breaker.failures == 1


def test_behind_an_open_breaker_a_new_line_is_probed_with_one_letter_and_an_answer_lets_all_go(box: Mailbox):
    for seq in (1, 2, 3):
        box.accepted(letter(seq))
    come(box, 0.0)
    now, _ = live_until(box, 0.0, BreakerOpened)
    box.disconnected()
    assert sent(come(box, now + 1)) == ["id-1"]
    assert box.heard(now + 1.1) == [BreakerClosed(S)]
    box.acknowledged("id-1", now + 1.1)
    assert sent(box.advance(now + 1.1)) == ["id-2", "id-3"]


def test_an_acknowledgement_that_comes_after_the_breaker_opened_still_counts(box: Mailbox):
    box.accepted(letter(1))
    come(box, 0.0)
    now, _ = live_until(box, 0.0, BreakerOpened)
    assert box.heard(now + 0.1) == [BreakerClosed(S)]
    assert kinds(box.acknowledged("id-1", now + 0.1)) == [Received]


def test_while_the_breaker_is_open_nothing_is_held_against_the_screen(box: Mailbox):
    come(box, 0.0)
    box.advance(PROBE_AFTER)
    box.accepted(letter(1))
    box.advance(PROBE_AFTER)
    box.breaker.failures = FAILURES - 1
    now, _ = live_until(box, PROBE_AFTER, BreakerOpened)
    assert box.advance(now + OPEN_SECONDS / 2) == []
    assert box.next_deadline(now + OPEN_SECONDS / 2) == now + OPEN_SECONDS
    assert kinds(box.advance(now + OPEN_SECONDS)) == [Cut]


def test_an_idle_screen_behind_an_open_breaker_closes_it_by_its_answer(box: Mailbox):
    come(box, 0.0)
    box.breaker.shut(PROBE_AFTER + 5.0)
    assert box.next_deadline(0.0) == PROBE_AFTER + 5.0
    assert box.advance(PROBE_AFTER + 5.0) == [Ask(S, None)]
    assert box.heard(PROBE_AFTER + 5.1) == [BreakerClosed(S)]
