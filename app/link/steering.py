"""Steering on the line: wishes that come, and what is seen, told newest only, at most `MOST_TOLD` times a second.

Nothing here is kept for later: whatever was not told when a line ended is told as it is then on the next one, where
every window is told of once, after the presence.
"""

import asyncio
from collections.abc import Callable

from app.link.line import Line
from relay.contract.codec import to_builtins
from relay.contract.names import WindowId
from relay.contract.reports import CAPABILITY_OUTCOME, CAPABILITY_UNDO
from relay.contract.steering import CAPABILITY_STEER, MOST_TOLD, ViewportState

CAPABILITIES = (CAPABILITY_OUTCOME, CAPABILITY_STEER, CAPABILITY_UNDO)


class SteeringLine:
    """What a link carries of steering."""

    def __init__(self) -> None:
        """Know of nothing yet."""
        # Hears every wish, as it came.
        self.heard: Callable[[object], None] = lambda _payload: None
        self._newest: dict[WindowId, ViewportState] = {}
        self._due: dict[WindowId, None] = {}
        self._bell = asyncio.Event()
        self._begun = asyncio.Event()

    def changed(self, state: ViewportState) -> None:
        """Tell this of its window, soon."""
        self._newest[state.window_id] = state
        self._due[state.window_id] = None
        self._bell.set()

    def begin(self) -> None:
        """Hear that the relay knows of this bench on the present line."""
        self._begun.set()

    async def tell(self, line: Line) -> None:
        """Tell the relay on this line, for as long as it lasts."""
        self._begun.clear()
        await self._begun.wait()
        self._newest = {key: state for key, state in self._newest.items() if state.kind is not None}
        self._due = dict.fromkeys(self._newest)
        self._bell.set()
        while True:
            await self._bell.wait()
            self._bell.clear()
            due, self._due = self._due, {}
            for window_id in due:
                state = self._newest[window_id]
                if state.kind is None:
                    del self._newest[window_id]
                await line.tell("viewport", to_builtins(state))
            await asyncio.sleep(1 / MOST_TOLD)
