"""Steering: a phone's wishes go on to its screen, and what the screen says is seen goes to whoever watches it.

How it works: both ways newest wins, at a pace. The first wish for a screen leaves at once; what comes within the next
`PASS_SECONDS` is kept, the newest of each part, and leaves as one. What a screen says of a window is kept, too, and
each watcher is told how the window is *then*; whoever begins to watch is told at once. Nothing is written down, and no
deed is recorded: what a phone leaves behind on the screen for good is a trigger, as ever.

What must always hold: who may not trigger on a screen does not steer it, and who may not view it is told nothing,
decided anew at each wish and at each telling. Memory is bounded, whatever screens and clients name.
"""

import asyncio
from dataclasses import dataclass, field

import msgspec

from relay.clock import Clock
from relay.contract import codec
from relay.contract.names import ScreenId, WindowId
from relay.contract.problems import Code
from relay.contract.steering import CAPABILITY_STEER, MOST_WISHES, Steer, ViewportState
from relay.delivery.records import recipient_of
from relay.delivery.watch import Watch
from relay.errors import Refusal
from relay.live.connection import Connection
from relay.live.server import LiveServer

PASS_SECONDS = 1 / 30
TELL_SECONDS = 0.05
# A client that keeps to `MOST_WISHES` never meets this; it also forgives a moment in which the network held them back.
REFILL, BURST = 2 * MOST_WISHES, 4 * MOST_WISHES
MOST_WINDOWS = 16

_Window = tuple[str, WindowId]


@dataclass(slots=True)
class _Pace:
    """How many wishes a client has left, and when that was counted (monotonic seconds)."""

    left: float
    at: float


@dataclass(slots=True)
class _Seen:
    """What one line of a screen has said is seen, with the words that are told; the oldest first."""

    connection: Connection
    states: dict[WindowId, tuple[bool, msgspec.Raw]] = field(
        default_factory=dict[WindowId, tuple[bool, msgspec.Raw]]
    )


class Steering:
    """The socket's `steer` and `viewport`."""

    def __init__(self, live: LiveServer, watch: Watch, clock: Clock) -> None:
        """Pass on over this line, to those who watch."""
        self._live = live
        self._watch = watch
        self._clock = clock
        self._paces: dict[Connection, _Pace] = {}
        self._waiting: dict[Connection, dict[WindowId, Steer]] = {}
        self._seen: dict[str, _Seen] = {}
        self._version = 0
        self._due: dict[Connection, dict[_Window, None]] = {}
        self._telling: asyncio.TimerHandle | None = None
        watch.begun = self._begun

    async def steer(self, connection: Connection, payload: object) -> object:
        """Take a wish. Raises FORBIDDEN, SCREEN_OFFLINE, UNSUPPORTED and what a wish of the wrong form is."""
        if (wait_ms := self._too_fast(connection)) is not None:
            # Answered without the event `error`: whoever floods is not to be flooded.
            return {"success": False, "code": Code.RATE_LIMITED.value, "retryAfterMs": wait_ms}
        wish = codec.convert(payload, Steer)
        connection.caller.require(wish.screen_id, "trigger")
        screen = self._live.connection_of(wish.screen_id)
        if screen is None or screen.screen_id is None:
            raise Refusal(Code.SCREEN_OFFLINE, screenId=wish.screen_id)
        if screen.presence is None or CAPABILITY_STEER not in screen.presence.capabilities:
            raise Refusal(Code.UNSUPPORTED, what=CAPABILITY_STEER)
        told = {"screen_id": ScreenId(screen.screen_id), "by": connection.caller.subject}
        self._pass_on(screen, msgspec.structs.replace(wish, **told, at=self._clock.now_ms()))
        return {"success": True}

    async def viewport(self, connection: Connection, payload: object) -> object:
        """Hear what is seen in a window of a screen. Raises FORBIDDEN for a line that was replaced."""
        screen_id = connection.screen_id
        if screen_id is None or self._live.connection_of(screen_id) is not connection:
            raise Refusal(Code.FORBIDDEN)
        state = codec.convert(payload, ViewportState)
        # Above what an earlier run of the relay may have said.
        self._version = max(self._version + 1, self._clock.now_ms())
        state = msgspec.structs.replace(state, screen_id=ScreenId(screen_id), version=self._version)
        recipient = recipient_of(screen_id)
        seen = self._seen.get(recipient)
        if seen is None or seen.connection is not connection:
            seen = self._seen[recipient] = _Seen(connection)
        seen.states.pop(state.window_id, None)
        seen.states[state.window_id] = (state.kind is not None, msgspec.Raw(codec.to_json(state)))
        while len(seen.states) > MOST_WINDOWS:
            del seen.states[next(iter(seen.states))]
        for watcher in self._watch.watchers(screen_id):
            self._due.setdefault(watcher, {})[recipient, state.window_id] = None
        self._tell_soon()
        return {"success": True}

    # Down: wishes.

    def _too_fast(self, connection: Connection) -> int | None:
        """Count a wish; how many milliseconds to wait if there are none left."""
        now = self._clock.monotonic()
        pace = self._paces.get(connection)
        if pace is None:
            self._paces = {each: kept for each, kept in self._paces.items() if each.is_live}
            pace = self._paces[connection] = _Pace(BURST, now)
        pace.left = min(BURST, pace.left + (now - pace.at) * REFILL)
        pace.at = now
        if pace.left < 1:
            return max(1, round((1 - pace.left) * 1000 / REFILL))
        pace.left -= 1
        return None

    def _pass_on(self, screen: Connection, wish: Steer) -> None:
        waiting = self._waiting.get(screen)
        if waiting is None:
            self._waiting[screen] = {}
            self._send(screen, wish)
            asyncio.get_running_loop().call_later(PASS_SECONDS, self._pass_on_rest, screen)
        elif wish.window_id in waiting or len(waiting) < MOST_WINDOWS:
            waiting[wish.window_id] = joined(waiting.get(wish.window_id), wish)

    def _pass_on_rest(self, screen: Connection) -> None:
        waiting = self._waiting.pop(screen)
        if not waiting or not screen.is_live:
            return
        self._waiting[screen] = {}
        for wish in waiting.values():
            self._send(screen, wish)
        asyncio.get_running_loop().call_later(PASS_SECONDS, self._pass_on_rest, screen)

    def _send(self, screen: Connection, wish: Steer) -> None:
        # Ephemeral: the live layer spares it a screen that does not read.
        self._live.send(screen, "steer", codec.to_builtins(wish))

    # Up: what is seen.

    def _begun(self, watcher: Connection, screen_id: str) -> None:
        """Tell whoever begins to watch a screen what is seen there."""
        recipient = recipient_of(screen_id)
        seen = self._seen.get(recipient)
        if seen is None or self._live.connection_of(screen_id) is not seen.connection:
            return
        for window_id, (holds_something, _) in seen.states.items():
            if holds_something:
                self._due.setdefault(watcher, {})[recipient, window_id] = None
        self._tell_soon()

    def _tell_soon(self) -> None:
        if self._telling is None and self._due:
            self._telling = asyncio.get_running_loop().call_later(0, self._tell)

    def _tell(self) -> None:
        """Tell every watcher that reads what is new to it; whoever does not read is told later, how it is then."""
        self._telling = None
        self._due = {each: windows for each, windows in self._due.items() if each.is_live and windows}
        for watcher, windows in self._due.items():
            if watcher.slow_since is not None:
                continue
            for recipient, window_id in windows:
                seen = self._seen.get(recipient)
                if seen is None or window_id not in seen.states or seen.connection.screen_id is None:
                    continue
                if watcher.caller.may_view(seen.connection.screen_id):
                    self._live.send(watcher, "viewport", seen.states[window_id][1])
            windows.clear()
        if self._due:
            self._telling = asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell)


def joined(older: Steer | None, newer: Steer) -> Steer:
    """Join two wishes for one window into one with the newest of each part; parts for another sheet are late."""
    if older is None or older.sheet != newer.sheet:
        return newer
    viewport = older.viewport if newer.viewport is None else newer.viewport
    pointer = older.pointer if newer.pointer is msgspec.UNSET else newer.pointer
    return msgspec.structs.replace(newer, viewport=viewport, pointer=pointer)
