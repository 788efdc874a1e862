"""What waits on a line that is polled: kept until it is confirmed, bounded, and ended with a word."""

import asyncio
import json
from collections import Counter

from relay.live import packets
from relay.live.bounds import Bounds
from relay.live.streams.poll_line import PollLine
from relay.live.sweeper import Sweeper

KIB = 1024


class Layer:
    """As much of the live layer as a line needs."""

    def __init__(self) -> None:
        self.bounds = Bounds()
        self.sweeper = Sweeper(10, 8)
        self.answers: list[tuple[int, tuple]] = []
        self.tally = Counter()

    def monotonic(self) -> float:
        return 0.0

    def answered(self, _line, number, values) -> None:
        self.answers.append((number, values))

    def is_gone(self, _line) -> None:
        self.tally["gone"] += 1


def line() -> PollLine:
    return PollLine("L", "192.0.2.1", Layer(), "screen:S")


def asked(line: PollLine) -> tuple[int, list[str]]:
    """Ask for what there is: the cursor's number, and the names of the events."""
    answer = json.loads(line.hand_out())
    return int(answer["cursor"].removeprefix("L.")), [each["event"] for each in answer["events"]]


def test_what_was_handed_out_comes_again_until_it_is_confirmed():
    polled = line()
    polled.write(packets.event("hello", {"epoch": "e"}))
    assert asked(polled) == (1, ["hello"])
    polled.write(packets.event("identify", {"id": "a", "seq": 1}, 1))
    assert polled.confirm(0), "the answer was lost"
    assert asked(polled) == (2, ["hello", "identify"])
    assert polled.confirm(1)
    assert asked(polled) == (2, ["identify"])
    assert polled.confirm(2)
    assert asked(polled) == (2, [])


def test_a_number_that_was_never_handed_out_or_is_gone_confirms_nothing():
    polled = line()
    for number in range(3):
        polled.write(packets.event("error", {"number": number}))
    assert not polled.confirm(1), "nobody has seen them yet"
    assert asked(polled)[0] == 3
    assert polled.confirm(2)
    assert not polled.confirm(1), "what was confirmed is not kept"
    assert not polled.confirm(4)


def test_a_command_that_nobody_has_taken_yet_is_not_said_twice_and_its_newest_sending_is_answered():
    polled = line()
    for number in (1, 2):
        polled.write(packets.event("identify", {"id": "A-1", "seq": 1}, number))
    assert asked(polled) == (1, ["identify"])
    polled.write(packets.event("identify", {"id": "A-1", "seq": 1}, 3))
    assert polled.confirm(1)
    assert asked(polled) == (2, ["identify"]), "who has taken it and says nothing is reminded"
    assert polled.answer("command", "a-1", {"received": True})
    assert not polled.answer("command", "a-1", {"received": True})
    assert polled._live.answers == [(3, ({"received": True},))]


def test_what_waits_is_counted_until_it_is_handed_out_and_one_answer_is_bounded():
    polled = line()
    for number in range(100):
        polled.write(packets.event("error", {"number": number, "filler": "x" * 8 * KIB}))
    whole = polled.backlog()
    assert whole > 800 * KIB
    assert len(polled.hand_out()) < 257 * KIB
    assert 0 < polled.backlog() < whole
    heard = []
    while True:
        number, names = asked(polled)
        heard += names
        assert polled.confirm(number)
        if not names:
            break
    assert len(heard) == 100
    assert polled.backlog() == 0


def test_who_asks_once_more_hears_why_the_line_was_cut_and_then_that_there_is_none():
    polled = line()
    polled.write(packets.event("session:replaced", {"code": "FORBIDDEN"}))
    polled.cut(4001, "session:replaced")
    polled.write(packets.event("hello", {}))
    assert not polled.is_open
    assert asked(polled) == (2, ["session:replaced", "line:closed"])
    assert polled.confirm(0)
    assert json.loads(polled.hand_out())["events"][-1]["data"] == {"code": 4001, "reason": "session:replaced"}
    assert not polled.confirm(2)
    polled.abort()
    assert polled._live.tally["gone"] == 1, "its end is told once"


async def test_who_waits_is_called_by_the_first_word_and_by_the_next_who_asks():
    polled = line()
    first = asyncio.ensure_future(polled.wait(30, lambda: False))  # noqa: TID251 - a client
    await asyncio.sleep(0)
    second = asyncio.ensure_future(polled.wait(30, lambda: False))  # noqa: TID251 - the same, asking again
    await asyncio.wait_for(first, 5)
    assert polled.is_waited_for
    polled.write(packets.event("hello", {"epoch": "e"}))
    await asyncio.wait_for(second, 5)
    assert not polled.is_waited_for
    await asyncio.wait_for(polled.wait(30, lambda: False), 5)


async def test_who_hung_up_while_waiting_is_noticed():
    polled = line()
    waiting = asyncio.ensure_future(polled.wait(30, lambda: True))  # noqa: TID251 - a client
    await asyncio.sleep(0)
    polled.ping()
    await asyncio.wait_for(waiting, 5)
