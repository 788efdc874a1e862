"""Time at the bench: the relay's, whatever this machine believes, and the moment of waking up."""

import asyncio
from itertools import count

import pytest
from helpers.hand_clock import HandClock

from app.link import clock as clock_module
from app.link.clock import RelayTime, monotonic, wake_up

DAY_MS = 24 * 3_600_000


@pytest.fixture
def machine():
    return HandClock()


@pytest.fixture
def time(machine):
    return RelayTime(machine.now_ms, seconds=machine.monotonic)


def test_before_the_relay_has_said_anything_this_machine_is_believed(machine, time):
    assert not time.is_told
    assert time.now_ms() == machine.now_ms()


@pytest.mark.parametrize("off_ms", [-DAY_MS, -400_000, 0, DAY_MS])
def test_the_relays_time_is_kept_however_wrong_the_machine_is(machine, time, off_ms):
    there = machine.now_ms() + off_ms
    assert time.is_now(there) == off_ms
    machine.turn(90)
    assert time.is_told
    assert time.now_ms() == there + 90_000


@pytest.mark.parametrize("step_ms", [-DAY_MS, DAY_MS])
def test_somebody_who_sets_the_machines_clock_changes_nothing(machine, time, step_ms):
    there = machine.now_ms()
    time.is_now(there)
    machine.turn(5)
    machine._now_ms += step_ms
    assert time.now_ms() == there + 5_000


def test_seconds_are_seconds_of_this_machine_since_some_moment():
    first = monotonic()
    assert monotonic() >= first


async def test_a_timer_that_is_seconds_late_is_a_waking_up(monkeypatch):
    monkeypatch.setattr(clock_module, "LOOK_EVERY_SECONDS", 0.001)
    # Looked at before and after each nap: the third nap took the night.
    looks = iter([0, 0.001, 1, 1.001, 2, 30_000])
    assert await wake_up(seconds=lambda: next(looks)) == pytest.approx(29_998, abs=1)


async def test_a_busy_machine_is_not_a_waking_up(monkeypatch):
    monkeypatch.setattr(clock_module, "LOOK_EVERY_SECONDS", 0.0)
    turns = count()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await wake_up(seconds=lambda: next(turns) * (clock_module.LATE_SECONDS - 0.1))
    assert next(turns) > 10
