"""The walk around: everybody is pinged once in an interval, the silent are found, and nobody's end stops it."""

from dataclasses import dataclass, field

import pytest

from relay.live.sweeper import SLOTS, Sweeper


@dataclass(eq=False)
class Pinged:
    is_heard: bool = True
    answers: bool = True
    pings: int = 0
    ended_at: int | None = None
    sweeper: Sweeper | None = field(default=None, repr=False)

    def ping(self) -> None:
        self.pings += 1
        self.is_heard = self.answers

    def silent(self) -> None:
        self.ended_at = self.sweeper.now
        self.sweeper.remove(self)


def sweeper_with(count: int, **kinds: object) -> tuple[Sweeper, list[Pinged]]:
    sweeper = Sweeper(10, 8)
    lines = [Pinged(sweeper=sweeper, **kinds) for _ in range(count)]
    for line in lines:
        sweeper.add(line)
    return sweeper, lines


def test_everybody_is_pinged_once_in_an_interval_and_the_work_is_spread() -> None:
    sweeper, lines = sweeper_with(1000)
    most = 0
    for _ in range(SLOTS * 3):
        before = sum(line.pings for line in lines)
        sweeper.tick()
        most = max(most, sum(line.pings for line in lines) - before)
    assert {line.pings for line in lines} == {3}
    assert most == 1000 // SLOTS
    assert all(line.ended_at is None for line in lines)


def test_whoever_does_not_answer_is_ended_a_timeout_after_the_ping() -> None:
    sweeper, lines = sweeper_with(SLOTS, answers=False)
    for _ in range(SLOTS * 2):
        sweeper.tick()
    assert {line.pings for line in lines} == {1}
    assert [round((line.ended_at - pinged) * sweeper.tick_seconds, 3) for line, pinged in pairs(lines)] == [
        8.0
    ] * SLOTS
    assert len(sweeper) == 0


def pairs(lines: list[Pinged]):
    """Each line with the tick of its first ping: line n is on slot n, and slot 0 comes last."""
    return [(line, number or SLOTS) for number, line in enumerate(lines)]


def test_whoever_said_anything_at_all_is_not_silent() -> None:
    sweeper, [line] = sweeper_with(1, answers=False)
    for _ in range(SLOTS * 5):
        sweeper.tick()
        line.is_heard = True
    assert line.ended_at is None


def test_lines_that_leave_while_they_are_visited_stop_nobody() -> None:
    sweeper, lines = sweeper_with(SLOTS * 3)

    neighbour = lines[1 + SLOTS]  # of the same slot

    def leave(line: Pinged) -> None:
        for other in (*lines[::2], neighbour):
            sweeper.remove(other)
        Pinged.ping(line)

    lines[1].ping = lambda: leave(lines[1])
    for _ in range(SLOTS):
        sweeper.tick()
    assert all(line.pings == 1 for line in lines[1::2] if line is not neighbour)
    sweeper.remove(lines[0])
    assert len(sweeper) == SLOTS * 3 // 2 - 1


async def test_a_tick_that_came_late_is_not_made_up_for(monkeypatch) -> None:
    import asyncio

    sweeper = Sweeper(4, 3)
    naps: list[float] = []
    now = 100.0

    class Loop:
        def time(self) -> float:
            return now

    async def sleep(seconds: float) -> None:
        nonlocal now
        naps.append(round(seconds, 6))
        # The third nap takes a minute: somebody stopped the process.
        now += 60 if len(naps) == 3 else seconds
        if len(naps) == 6:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "get_running_loop", Loop)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await sweeper.run()
    assert sweeper.now == 5
    assert naps == [0.1, 0.1, 0.1, 0.0, 0.1, 0.1]
