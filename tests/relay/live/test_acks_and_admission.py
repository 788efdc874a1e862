"""Small tables with hard edges: whose answer is awaited, and who is at the door."""

import pytest
from helpers.hand_clock import HandClock

from relay.errors import Refusal
from relay.live.acks import MOST, Acks
from relay.live.admission import Admission, Bucket
from relay.live.bounds import Bounds


def test_an_answer_is_heard_once_and_numbers_begin_with_one() -> None:
    heard: list[object] = []
    acks = Acks()
    assert [acks.expect(heard.append), acks.expect(heard.append)] == [1, 2]
    acks.answer(2, "b")
    acks.answer(2, "again")
    acks.answer(0, "zero")
    acks.answer(7, "nobody's")
    assert heard == ["b"]
    assert len(acks) == 1


def test_a_client_that_never_answers_costs_a_bounded_table() -> None:
    heard: list[object] = []
    acks = Acks()
    for _ in range(MOST * 4):
        acks.expect(heard.append)
    assert len(acks) == MOST
    acks.answer(1, "given up")
    acks.answer(MOST * 4, "the newest")
    assert heard == ["the newest"]


def test_nothing_is_heard_after_the_end() -> None:
    heard: list[object] = []
    acks = Acks()
    number = acks.expect(heard.append)
    acks.clear()
    acks.answer(number, "late")
    assert heard == []
    assert len(acks) == 0
    assert acks.expect(heard.append) == number + 1


def test_an_answer_that_asks_again_is_no_trouble() -> None:
    acks = Acks()
    heard: list[object] = []

    def once_more(value: object) -> None:
        heard.append(value)
        acks.expect(heard.append)

    acks.answer(acks.expect(once_more), "first")
    acks.answer(2, "second")
    assert heard == ["first", "second"]


def test_a_bucket_holds_its_burst_and_drips() -> None:
    bucket = Bucket(10, 0.0)
    assert sum(bucket.take(1, 0.0, per_second=5, burst=10) for _ in range(20)) == 10
    assert sum(bucket.take(1, 1.0, per_second=5, burst=10) for _ in range(20)) == 5
    assert sum(bucket.take(1, 1000.0, per_second=5, burst=10) for _ in range(20)) == 10
    assert not bucket.take(11, 2000.0, per_second=5, burst=10)
    assert bucket.take(10, 2000.0, per_second=5, burst=10)


class Line:
    def __init__(self, address: str = "a") -> None:
        self.address = address


def test_handshakes_are_let_in_at_a_rate() -> None:
    clock = HandClock()
    admission = Admission(Bounds(handshakes_per_second=100), clock)
    for _ in range(100):
        admission.check("a")
    with pytest.raises(Refusal) as refused:
        admission.check("a")
    assert refused.value.code == "RELAY_UNAVAILABLE"
    assert 1000 <= refused.value.values["retryAfterMs"] <= 4000
    assert admission.refused == 1
    clock.turn(0.5)
    for _ in range(50):
        admission.check("a")
    with pytest.raises(Refusal):
        admission.check("a")


def test_there_is_room_for_so_many_strangers_in_all_and_from_one_address() -> None:
    admission = Admission(Bounds(strangers=5, strangers_per_address=2), HandClock())
    lines = [Line(address) for address in "aabbc"]
    for line in lines:
        admission.check(line.address)
        admission.came_in(line, due=1)
        if line is lines[1]:
            with pytest.raises(Refusal):
                admission.check("a")
    with pytest.raises(Refusal):
        admission.check("d")
    admission.is_known(lines[0])
    admission.is_known(lines[0])
    admission.check("a")
    admission.check("d")
    assert admission.strangers == 4
    for line in lines:
        admission.is_known(line)
    assert (admission.strangers, admission._from) == (0, {})


def test_the_overdue_are_found_without_looking_at_the_others() -> None:
    admission = Admission(Bounds(), HandClock())
    lines = [Line() for _ in range(10)]
    for due, line in enumerate(lines):
        admission.came_in(line, due)
    assert admission.overdue(3) == lines[:4]
    admission.came_in(lines[0], 20)
    assert admission.overdue(3) == lines[1:4]


def test_a_relay_that_is_going_lets_nobody_in() -> None:
    admission = Admission(Bounds(), HandClock())
    admission.check("a")
    admission.is_open = False
    with pytest.raises(Refusal):
        admission.check("a")
