"""The commands of one window run one after another, and the newest content wins over what is still under way.

A newer command that brings or removes content cancels the ones before it, which then raise
CannotShow(SUPERSEDED); what only changes the view waits for its turn instead. It must never swallow a
cancellation that came from somebody else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.stage.displays import CannotShow
from relay.contract.problems import Code

T = TypeVar("T")


@dataclass
class _Turn:
    task: asyncio.Task[object]
    brings_content: bool
    superseded: bool = False


class Lane:
    """One window's commands, in order."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._free = asyncio.Lock()
        self._turns: list[_Turn] = []

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is under way or waiting."""
        return not self._turns

    @property
    def is_turning(self) -> bool:
        """Tell whether new content, or a close, is under way."""
        return any(turn.brings_content and not turn.superseded for turn in self._turns)

    async def run(self, work: Callable[[], Awaitable[T]], *, supersedes: bool) -> T:
        """Do `work` when the commands before it have ended; `supersedes` ends them now.

        Raises CannotShow(SUPERSEDED) when a newer one ended this, and whatever `work` raises.
        """
        task = asyncio.current_task()
        assert task is not None, "a command is performed by a task"
        if supersedes:
            self.clear()
        turn = _Turn(task, supersedes)
        self._turns.append(turn)
        try:
            async with self._free:
                return await work()
        except asyncio.CancelledError:
            # As asyncio.timeout does it: our own cancellation is taken back, anybody else's goes on.
            if turn.superseded and task.uncancel() == 0:
                raise CannotShow(Code.SUPERSEDED) from None
            raise
        finally:
            self._turns.remove(turn)

    def clear(self) -> None:
        """End everything that is under way or waiting; each raises CannotShow(SUPERSEDED)."""
        for turn in self._turns:
            if not turn.superseded:
                turn.superseded = True
                turn.task.cancel()
