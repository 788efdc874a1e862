"""An event loop whose time is a number: whatever waits is woken in the order of its time, and nothing really waits.

It is as much of asyncio's loop as the relay's delivery uses: tasks, futures, timers. There are no threads, no sockets
and no machine's clock behind it, so that the same program with the same seed does the same things in the same order.
"""

# asyncio's own parts are made of private ones.
# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false
import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

# So many callbacks without any time passing are a circle.
CIRCLE = 200_000
START_MS = 1_760_000_000_000


class VirtualLoop(asyncio.AbstractEventLoop):
    """The loop; `bugs` is what nobody caught."""

    def __init__(self) -> None:
        self.now = 0.0
        self.bugs: list[dict[str, Any]] = []
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0

    def run(self, until: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until then, or until it is over."""
        # The public way to enter a loop would also install signal handlers and an executor.
        asyncio._set_running_loop(self)
        try:
            while not is_over():
                self._run_ready()
                if not self._timers or self._timers[0][0] > until:
                    self.now = until
                    return
                when, _, handle = heapq.heappop(self._timers)
                if not handle.cancelled():
                    self.now = max(self.now, when)
                    self._ready.append(handle)
        finally:
            asyncio._set_running_loop(None)

    def _run_ready(self) -> None:
        for _ in range(CIRCLE):
            if not self._ready:
                return
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
        raise RuntimeError("The loop runs in a circle, and no time passes.")

    # What asyncio's own classes call.

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.bugs.append(context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Leave it in the heap; it is passed over when its time comes."""


class VirtualClock:
    """A machine's clock in virtual time; its wall clock can be set."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.offset_ms = 0

    def now_ms(self) -> int:
        return START_MS + int(self._loop.now * 1000) + self.offset_ms

    def monotonic(self) -> float:
        return 1000.0 + self._loop.now
