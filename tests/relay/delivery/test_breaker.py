"""The circuit breaker: five failures in a row shut it, one probe at a time decides, any sign of life opens the way."""

import pytest

from relay.delivery.breaker import FAILURES, OPEN_SECONDS, Breaker

WIDE = 16


def fail(breaker: Breaker, times: int, *, begin: float = 0.0) -> float:
    """Let things that began one second apart fail half a second later; returns the time of the last failure."""
    for number in range(times):
        breaker.failed(begin + number + 0.5, since=begin + number)
    return begin + times - 0.5


@pytest.fixture
def breaker() -> Breaker:
    return Breaker()


@pytest.fixture
def opened(breaker: Breaker) -> Breaker:
    fail(breaker, FAILURES)
    return breaker


def test_four_failures_change_nothing_and_the_fifth_opens_it(breaker: Breaker):
    for number in range(FAILURES - 1):
        assert not breaker.failed(number + 0.5, since=number)
        assert breaker.window(number + 0.5, WIDE) == WIDE
    assert breaker.failed(FAILURES - 0.5, since=FAILURES - 1)
    assert breaker.is_open(FAILURES - 0.5)
    assert breaker.window(FAILURES - 0.5, WIDE) == 0


def test_failures_of_one_moment_count_once(breaker: Breaker):
    for _ in range(100):
        assert not breaker.failed(10.0, since=9.0)
    # What was under way already when the first one failed tells nothing new either.
    assert not breaker.failed(12.0, since=9.9)
    assert breaker.failures == 1


def test_a_sign_of_life_in_between_begins_the_count_anew(breaker: Breaker):
    now = fail(breaker, FAILURES - 1)
    assert not breaker.answered()
    fail(breaker, FAILURES - 1, begin=now + 1)
    assert not breaker.is_open(now + FAILURES)


def test_after_its_time_one_letter_may_go(opened: Breaker):
    assert opened.open_until is not None
    assert opened.window(opened.open_until - 0.01, WIDE) == 0
    assert opened.window(opened.open_until, WIDE) == 1


def test_a_probe_that_fails_opens_it_for_as_long_again(opened: Breaker):
    assert opened.open_until is not None
    probed = opened.open_until
    assert opened.failed(probed + 1, since=probed)
    assert opened.open_until == probed + 1 + OPEN_SECONDS
    assert opened.is_open(probed + 2)


def test_any_answer_closes_it_and_says_so_once(opened: Breaker):
    assert opened.answered()
    assert opened.window(5.0, WIDE) == WIDE
    assert not opened.answered()


def test_a_new_line_is_tried_at_once_and_with_one_letter(opened: Breaker):
    opened.new_line()
    assert not opened.is_open(5.0)
    assert opened.window(5.0, WIDE) == 1
    # Another failure there ends the trial.
    assert opened.failed(6.0, since=5.0)
    assert opened.window(6.1, WIDE) == 0


def test_a_new_line_is_no_news_for_a_closed_breaker(breaker: Breaker):
    breaker.new_line()
    assert breaker.window(0.0, WIDE) == WIDE


def test_an_earlier_relays_breaker_goes_on_until_its_time(breaker: Breaker):
    breaker.shut(20.0)
    assert breaker.window(19.0, WIDE) == 0
    assert breaker.window(20.0, WIDE) == 1
    assert breaker.failed(21.0, since=20.0)
