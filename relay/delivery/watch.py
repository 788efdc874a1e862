"""Tells pages what changes at the screens that they watch: `screen:status`, newest only, at a pace that they can read.

How it works: whoever said `watch` is a watcher, of one screen (`watch:{screenId}`) or of all that he may view. What
changes is noted by its screen's name, in each watcher's own heap; a moment later the watcher is told how those screens
stand *then*. So ten changes of one screen are one event, and ten thousand screens that come back are told in slices.

What must always hold: nobody is told of a screen that he may not view, decided anew at each telling. A watcher that
does not read keeps names, not states; nothing is lost by it. Where nobody watches, a change costs one number.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from relay.clock import Clock
from relay.contract import codec
from relay.contract.names import TriggerId
from relay.contract.problems import Code
from relay.contract.watching import LastOutcome, ScreenStatus, WatchWish
from relay.delivery.reception import Reception
from relay.delivery.records import Ending, recipient_of
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.identity.screens import ABSENT, PresenceView
from relay.live.connection import Connection
from relay.live.server import LiveServer

# What changes within this time is told together, and so many screens at once to one page.
PACE_SECONDS = 0.25
SLICE = 250
# Single screens that one line may name; a page that wants more watches all.
MOST_NAMED = 200
EVERYTHING = ""
# Asking for a picture of a screen says nothing about the screen.
UNTOLD_VERBS = frozenset({"screenshot"})


@dataclass(slots=True)
class _Known:
    """What is counted and remembered of one screen."""

    screen_id: str
    version: int = 0
    last_outcome: LastOutcome | None = None


@dataclass(slots=True)
class _Watcher:
    """One page: the screens that it named (or everything), and those that it has to be told of."""

    named: set[str] = field(default_factory=set[str])
    # Keys in the order of their first change; a dict, because a set has no order.
    pending: dict[str, None] = field(default_factory=dict[str, None])


class Watch:
    """What is live of every screen, and who is told of it."""

    def __init__(self, live: LiveServer, reception: Reception, clock: Clock) -> None:
        """Hear from `reception` what changes, and from pages what they watch."""
        self._live = live
        self._reception = reception
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._watchers: dict[Connection, _Watcher] = {}
        self._flush: asyncio.TimerHandle | None = None
        # Hears who begins to watch one screen, and its name.
        self.begun: Callable[[Connection, str], None] = lambda _connection, _screen_id: None
        reception.changed = self.changed
        live.on("watch", self._on_watch)

    def presence(self, screen_id: str) -> PresenceView | None:
        """Tell what is live of a screen; None for one of which nothing is known."""
        key = recipient_of(screen_id)
        seen, known = self._reception.last_seen(screen_id), self._known.get(key)
        if seen is None and known is None:
            return None
        presence = seen.presence if seen else None
        return PresenceView(
            online=self._live.connection_of(screen_id) is not None,
            last_seen_at=seen.at_ms if seen else None,
            app_version=presence.app_version if presence else None,
            displays=presence.displays if presence else (),
            windows=presence.windows if presence else (),
            version=known.version if known else 0,
            last_outcome=known.last_outcome if known else None,
        )

    def changed(self, screen_id: str) -> None:
        """Note that something about a screen is other than before."""
        self._changed(recipient_of(screen_id), screen_id)

    def watchers(self, screen_id: str) -> list[Connection]:
        """List who watches this one screen; not those who watch all."""
        recipient = recipient_of(screen_id)
        return [line for line, each in self._watchers.items() if line.is_live and recipient in each.named]

    def ended(self, recipient: str, verb: str, ending: Ending) -> None:
        """Note how a delivery ended at its screen."""
        if verb in UNTOLD_VERBS:
            return
        end, shown = ending.end, ending.end.outcome
        outcome = LastOutcome(
            id=TriggerId(ending.id),
            verb=verb,
            state=end.state,
            at=ending.at,
            code=end.code,
            display=shown.display if shown else None,
            revision=shown.revision if shown else None,
        )
        self.remember(recipient, None, outcome)

    def remember(self, recipient: str, screen_id: str | None, outcome: LastOutcome) -> None:
        """Keep an outcome if it is newer than the one that is known."""
        known = self._known_of(recipient, screen_id)
        if known.last_outcome is None or known.last_outcome.at <= outcome.at:
            known.last_outcome = outcome
            self._changed(recipient, known.screen_id)

    def status(self, recipient: str) -> ScreenStatus:
        """Tell how a screen stands now."""
        known = self._known_of(recipient, None)
        view = self.presence(known.screen_id) or ABSENT
        return ScreenStatus(
            screen_id=known.screen_id,
            version=view.version,
            online=view.online,
            last_seen_at=view.last_seen_at,
            app_version=view.app_version,
            displays=view.displays,
            windows=view.windows,
            last_outcome=view.last_outcome,
        )

    def _known_of(self, recipient: str, screen_id: str | None) -> _Known:
        known = self._known.get(recipient)
        if known is None:
            known = self._known[recipient] = _Known(screen_id or recipient.removeprefix("screen:"))
        return known

    def _changed(self, recipient: str, screen_id: str) -> None:
        known = self._known_of(recipient, screen_id)
        known.screen_id = screen_id
        # Above what an earlier run of the relay may have said.
        known.version = max(known.version + 1, self._clock.now_ms())
        if not self._watchers:
            return
        for watcher in self._watchers.values():
            if EVERYTHING in watcher.named or recipient in watcher.named:
                watcher.pending[recipient] = None
        self._schedule()

    def require(self, caller: Caller, wish: WatchWish) -> None:
        """Raise FORBIDDEN unless this caller may follow that screen, or screens at all."""
        if not (caller.kind != "screen" if wish.screen_id is None else caller.may_view(wish.screen_id)):
            raise Refusal(Code.FORBIDDEN)

    async def _on_watch(self, connection: Connection, payload: object) -> object:
        wish = codec.convert(payload, WatchWish)
        self.require(connection.caller, wish)
        watcher = self._watchers.setdefault(connection, _Watcher())
        name = EVERYTHING if wish.screen_id is None else recipient_of(wish.screen_id)
        if len(watcher.named) >= MOST_NAMED and name not in watcher.named:
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=60_000)
        watcher.named.add(name)
        if name in self._known:
            # One that is named is told at once; whoever watches all reads the list, behind this answer.
            watcher.pending[name] = None
            self._schedule()
        if wish.screen_id is not None:
            self.begun(connection, wish.screen_id)
        return {"success": True}

    def _schedule(self) -> None:
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(PACE_SECONDS, self._tell)

    def _tell(self) -> None:
        """Tell every watcher a slice of what it has to hear; come back for the rest."""
        self._flush = None
        self._watchers = {line: watcher for line, watcher in self._watchers.items() if line.is_live}
        worded: dict[str, tuple[str, msgspec.Raw]] = {}
        for connection, watcher in self._watchers.items():
            # Of a state, the live layer keeps the newest for a slow line; here it is the newest of each screen.
            if connection.slow_since is None:
                for recipient in [*itertools.islice(watcher.pending, SLICE)]:
                    del watcher.pending[recipient]
                    if recipient not in worded:
                        status = self.status(recipient)
                        worded[recipient] = (status.screen_id, msgspec.Raw(codec.to_json(status)))
                    screen_id, payload = worded[recipient]
                    if connection.caller.may_view(screen_id):
                        self._live.send(connection, "screen:status", payload)
        if any(watcher.pending for watcher in self._watchers.values()):
            self._schedule()
