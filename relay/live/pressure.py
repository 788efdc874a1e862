"""What a client that does not read is spared, and when it is cut: memory for it is bounded, whatever it does.

Beyond the soft limit it is slow: what is ephemeral is not sent, of each state the newest is kept until it reads again,
what is durable is still written. Beyond the hard limit, or slow for too long, it is cut with 4408 and comes back to a
mailbox that has kept everything.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from relay.contract.events import Event
from relay.live.acks import OnAnswer
from relay.live.bounds import Bounds
from relay.live.connection import Connection, Payload
from relay.live.line import TOO_SLOW
from relay.live.sweeper import Sweeper

# What is still not read after that long waits for the client, not for us.
JUDGE_SECONDS = 0.05

Cut = Callable[[Connection, int, str], None]
Write = Callable[[Connection, str, Payload, OnAnswer | None], None]


class Pressure:
    """Who is slow, and since when."""

    def __init__(
        self, bounds: Bounds, sweeper: Sweeper, *, cut: Cut, write: Write, tally: Counter[str]
    ) -> None:
        """Cut and write through the live layer; be asked by the sweeper whether the slow ones have caught up."""
        self._bounds = bounds
        self._sweeper = sweeper
        self._cut = cut
        self._write = write
        self._tally = tally
        self._suspects: set[Connection] = set()
        self._slow: dict[Connection, None] = {}
        sweeper.duties.append(self.tick)

    def lets_pass(
        self, connection: Connection, event: Event, payload: Payload, on_answer: OnAnswer | None
    ) -> bool:
        """Decide about an event for a slow client: True writes it now, False has dropped it or keeps it for later."""
        match event.kind:
            case "durable":
                return True
            case "state":
                if connection.held is None:
                    connection.held = {}
                elif event.name in connection.held:
                    self._tally["conflated"] += 1
                connection.held[event.name] = (payload, on_answer)
                return False
            case "ephemeral":
                self._tally["skipped"] += 1
                return False

    def wrote(self, connection: Connection) -> None:
        """Look at what waits after something was written."""
        backlog = connection.line.backlog()
        if backlog <= self._bounds.soft_bytes:
            return
        if backlog > self._bounds.most_bytes:
            self._end(connection)
        elif connection not in self._suspects:
            # Nobody could have read it yet: uvloop writes at the end of the turn, the stock engine's writer later.
            self._suspects.add(connection)
            asyncio.get_running_loop().call_later(JUDGE_SECONDS, self._judge, connection)

    def forget(self, connection: Connection) -> None:
        """Forget a connection that is gone, and what was kept for it."""
        self._slow.pop(connection, None)
        connection.held = None

    def tick(self, now: int) -> None:
        """Tell those who caught up what they missed, and cut those who do not."""
        for connection in list(self._slow):
            if connection.line.backlog() <= self._bounds.soft_bytes:
                self._caught_up(connection)
            elif now >= (connection.slow_since or 0) + self._sweeper.ticks(self._bounds.slow_seconds):
                self._end(connection)

    def _judge(self, connection: Connection) -> None:
        self._suspects.discard(connection)
        backlog = connection.line.backlog() if connection.is_live else 0
        if backlog > self._bounds.hard_bytes:
            self._end(connection)
        elif backlog > self._bounds.soft_bytes and connection.slow_since is None:
            connection.slow_since = self._sweeper.now
            self._slow[connection] = None

    def _caught_up(self, connection: Connection) -> None:
        held, connection.held = connection.held, None
        connection.slow_since = None
        del self._slow[connection]
        for name, (payload, on_answer) in (held or {}).items():
            self._write(connection, name, payload, on_answer)

    def _end(self, connection: Connection) -> None:
        self._tally["slow_closed"] += 1
        self._cut(connection, TOO_SLOW, "slow")
