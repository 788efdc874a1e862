"""How the line waits between attempts: short, growing, never long, never in step."""

import random

from app.link.backoff import Backoff


class Highest(random.Random):
    def uniform(self, a, b):
        return b


def test_the_wait_grows_by_half_up_to_a_second_and_stays_there_for_ever():
    backoff = Backoff(Highest())
    waits = [backoff.next_seconds() for _ in range(100)]
    assert waits[:4] == [0.1, 0.1 * 1.5, 0.1 * 1.5 * 1.5, 0.1 * 1.5 * 1.5 * 1.5]
    assert set(waits[10:]) == {1.0}


def test_after_a_good_line_it_is_short_again():
    backoff = Backoff(Highest())
    for _ in range(20):
        backoff.next_seconds()
    backoff.reset()
    assert backoff.next_seconds() == 0.1


def test_no_two_benches_keep_step():
    waits = {Backoff().next_seconds() for _ in range(50)}
    assert len(waits) > 45
    assert all(0 <= wait <= 0.1 for wait in waits)
