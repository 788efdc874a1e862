"""How often somebody may try."""

import contextlib

import pytest
from helpers.hand_clock import HandClock

from relay.contract.problems import Code
from relay.errors import Refusal
from relay.web.limits import Limits, address_key


def attempts(limits: Limits, *keys: str) -> int:
    """Try until refused; answer how often it was allowed."""
    for count in range(1000):
        with contextlib.suppress(Refusal):
            limits.take(*keys)
            continue
        return count
    raise AssertionError("There is no limit.")


def test_a_minutes_worth_may_come_at_once_and_then_evenly():
    clock = HandClock()
    limits = Limits(clock, 30)
    assert attempts(limits, "a") == 30
    clock.turn(1.9)
    assert attempts(limits, "a") == 0
    clock.turn(0.2)
    assert attempts(limits, "a") == 1
    clock.turn(3600)
    assert attempts(limits, "a") == 30


def test_the_refusal_says_when_to_come_back():
    clock = HandClock()
    limits = Limits(clock, 30)
    attempts(limits, "a")
    with pytest.raises(Refusal) as refused:
        limits.take("a")
    assert refused.value.code == Code.RATE_LIMITED
    wait_ms = refused.value.values["retryAfterMs"]
    assert wait_ms == 2000
    clock.turn(wait_ms / 1000)
    limits.take("a")


def test_others_are_not_slowed_down():
    limits = Limits(HandClock(), 5)
    attempts(limits, "a")
    limits.take("b")


def test_an_attempt_counts_for_all_of_its_keys_or_for_none():
    limits = Limits(HandClock(), 5)
    attempts(limits, "address", "name")
    assert attempts(limits, "address", "other name") == 0
    assert attempts(limits, "other name") == 5


def test_what_was_right_is_given_back_but_never_more():
    limits = Limits(HandClock(), 5)
    for _ in range(20):
        limits.take("a")
        limits.give_back("a")
    limits.give_back("a")
    assert attempts(limits, "a") == 5


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("relay.web.limits.KEYS_KEPT", 10)
    limits = Limits(HandClock(), 5)
    for number in range(100):
        limits.take(str(number))
    assert len(limits._buckets) == 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::ffff:2"),
        ("fe80::1%eth0", "fe80::1"),
        (None, ""),
    ],
)
def test_one_host_has_one_key(one, other):
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(("one", "other"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1")])
def test_different_hosts_have_different_keys(one, other):
    assert address_key(one) != address_key(other)
