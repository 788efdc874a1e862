"""Every background task has a name, an owner, and somebody who hears it fail: the one caller of `create_task`."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()

BEGIN_ANEW_SECONDS = 1.0


class Tasks:
    """A nursery: what was spawned in it is cancelled and awaited when the block is left.

    A task that fails is logged with its name and does not take its siblings down.
    """

    def __init__(self) -> None:
        """Start with no tasks."""
        self._running: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Self:
        """Enter the nursery."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what still runs and wait for it."""
        await self.close()

    def spawn(self, work: Coroutine[object, object, object], name: str) -> asyncio.Task[object]:
        """Run `work` beside everything else, under a name that the log can tell."""
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def keep(self, work: Callable[[], Coroutine[object, object, object]], name: str) -> None:
        """Run `work` for ever: should it end or fail, that is logged and it begins anew a second later."""
        self.spawn(self._begin_anew(work, name), f"{name} (keeper)")

    async def close(self) -> None:
        """Cancel every task and wait until each has ended."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _begin_anew(self, work: Callable[[], Coroutine[object, object, object]], name: str) -> None:
        while True:
            await asyncio.wait({self.spawn(work(), name)})
            log.error("A task that never ends has ended; it begins anew", task=name)
            await asyncio.sleep(BEGIN_ANEW_SECONDS)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A background task failed", task=task.get_name(), exc_info=error)
