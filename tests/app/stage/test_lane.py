"""One window's commands run in their order, and the newest content wins."""

import asyncio

import pytest

from app.stage.displays import CannotShow
from app.stage.lane import Lane
from relay.contract.problems import Code


class Work:
    """Something that takes until it is let go."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self) -> str:
        self.began.set()
        await self.go.wait()
        return "done"


async def test_a_newer_command_ends_an_older_one_which_hears_that_it_was_superseded():
    lane, old, new = Lane(), Work(), Work()
    first = asyncio.get_running_loop().create_task(lane.run(old, supersedes=True))
    await old.began.wait()
    second = asyncio.get_running_loop().create_task(lane.run(new, supersedes=True))
    with pytest.raises(CannotShow) as reason:
        await first
    assert reason.value.code is Code.SUPERSEDED
    new.go.set()
    assert await second == "done"


async def test_what_only_changes_the_view_waits_for_the_document_before_it():
    lane, document, view = Lane(), Work(), Work()
    first = asyncio.get_running_loop().create_task(lane.run(document, supersedes=True))
    second = asyncio.get_running_loop().create_task(lane.run(view, supersedes=False))
    await document.began.wait()
    assert not view.began.is_set()
    document.go.set()
    await view.began.wait()
    assert await first == "done"
    view.go.set()
    assert await second == "done"


async def test_a_command_that_waits_for_its_turn_is_superseded_too():
    lane, running, new = Lane(), Work(), Work()
    tasks = [asyncio.get_running_loop().create_task(lane.run(running, supersedes=True))]
    await running.began.wait()
    tasks += [asyncio.get_running_loop().create_task(lane.run(Work(), supersedes=False)) for _ in range(3)]
    await asyncio.sleep(0)
    last = asyncio.get_running_loop().create_task(lane.run(new, supersedes=True))
    new.go.set()
    assert await last == "done"
    for task in tasks:
        with pytest.raises(CannotShow):
            await task


async def test_a_cancellation_from_outside_is_never_taken_for_a_newer_command():
    lane, work = Lane(), Work()
    task = asyncio.get_running_loop().create_task(lane.run(work, supersedes=True))
    await work.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_whose_command_was_superseded_can_go_on_awaiting():
    lane, old, new = Lane(), Work(), Work()

    async def caller() -> str:
        with pytest.raises(CannotShow):
            await lane.run(old, supersedes=True)
        await asyncio.sleep(0)
        return "went on"

    task = asyncio.get_running_loop().create_task(caller())
    await old.began.wait()
    new.go.set()
    await lane.run(new, supersedes=True)
    assert await task == "went on"


async def test_a_lane_that_was_cleared_serves_the_next_command():
    lane, old, new = Lane(), Work(), Work()
    task = asyncio.get_running_loop().create_task(lane.run(old, supersedes=True))
    await old.began.wait()
    lane.clear()
    lane.clear()
    with pytest.raises(CannotShow):
        await task
    new.go.set()
    assert await lane.run(new, supersedes=True) == "done"
