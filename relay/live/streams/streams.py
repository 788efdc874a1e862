"""Opens the lines without WebSocket, finds those that are asked again and again, and ends those that are not.

How it works: whoever asks was verified by the room that speaks HTTP; here the line is made and given to the live
layer, for which it is a line like any other. A line that is polled lives on for `AWAY_SECONDS` between two requests.

What must never happen: an await between the verdict about a caller and `LiveServer.let_in`; a line that hears its
cursor from somebody else than the one who opened it.
"""

import secrets
from collections.abc import Mapping

from aiohttp import web

from relay.contract.problems import Code
from relay.contract.wording import Language, choose_language
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.live.connection import Applied, Connection
from relay.live.fast.upgrade import Upgraded, take_transport
from relay.live.line import TOO_SLOW
from relay.live.server import LiveServer
from relay.live.streams import framing
from relay.live.streams.event_stream import EventStream
from relay.live.streams.poll_line import PollLine

AWAY_SECONDS = 30.0
# Lines of one caller that are polled; a client that forgets its cursor each time loses the oldest.
MOST_OF_ONE = 32
# A browser comes back by itself after this long, not all in the same moment.
RETRY_MS, RETRY_SPREAD_MS = 1_000, 3_000


class Streams:
    """Every line without WebSocket."""

    def __init__(self, live: LiveServer) -> None:
        """Open lines of this live layer."""
        self._live = live
        self._polled: dict[str, PollLine] = {}
        self._of: dict[str, dict[PollLine, None]] = {}
        # When a line that nobody waits on is forgotten, in the order of the dues.
        self._idle: dict[PollLine, int] = {}
        live.sweeper.duties.append(self._forget_the_absent)

    def check(self, request: web.Request) -> None:
        """Let a client through the door that is asked before anything else. Raises RELAY_UNAVAILABLE."""
        self._live.admission.check(request.remote or "")

    def open_stream(
        self, request: web.Request, caller: Caller, applied: Applied | None, headers: Mapping[str, str]
    ) -> tuple[web.StreamResponse, Connection | None]:
        """Turn a request into a line that its answer never ends; None for a client that has gone already."""
        taken = take_transport(request)
        if taken is None:
            return Upgraded(), None
        transport, early = taken
        line = EventStream(_new_name(), request.remote or "", self._live)
        retry = framing.retry(RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS + 1))
        line.take_over(transport, framing.head(headers) + retry, early)
        connection = self._live.let_in(line.sid, line, language_of(request), caller, applied)
        self._live.sweeper.add(line)
        return Upgraded(), connection

    def open_polled(
        self, request: web.Request, caller: Caller, applied: Applied | None
    ) -> tuple[PollLine, Connection]:
        """Open a line that is polled."""
        own = self._of.setdefault(caller.subject, {})
        if len(own) >= MOST_OF_ONE:
            self._end(next(iter(own)))
            own = self._of.setdefault(caller.subject, {})
        line = PollLine(_new_name(), request.remote or "", self._live, caller.subject)
        self._polled[line.sid] = line
        own[line] = None
        self._idle[line] = self._live.sweeper.due(AWAY_SECONDS)
        connection = self._live.let_in(line.sid, line, language_of(request), caller, applied)
        self._live.sweeper.add(line)
        return line, connection

    def find(self, cursor: str, caller: Caller) -> PollLine:
        """Find the line of a cursor, and let it forget what the cursor confirms. Raises LINE_ENDED."""
        name, _, number = cursor.rpartition(".")
        line = self._polled.get(name)
        if (
            line is None
            or line.subject != caller.subject
            or not (number.isascii() and number.isdigit() and len(number) <= 16)
            or not line.confirm(int(number))
        ):
            raise Refusal(Code.LINE_ENDED)
        if line.connection is not None:
            self.renew(line.connection, caller)
        return line

    async def poll(self, line: PollLine, request: web.Request, seconds: float) -> bytes:
        """Return the answer of a line, as JSON; waits at most so long for something to say."""

        def is_gone() -> bool:
            return request.transport is None or request.transport.is_closing()

        self._idle.pop(line, None)
        try:
            await line.wait(seconds, is_gone)
            return line.hand_out()
        finally:
            if not line.is_waited_for and line.sid in self._polled:
                self._idle.pop(line, None)
                self._idle[line] = self._live.sweeper.due(AWAY_SECONDS)

    def renew(self, connection: Connection, caller: Caller) -> None:
        """Let a line live on with the newer token with which its client has just been heard."""
        older = connection.caller
        if older.subject == caller.subject and caller.expires_at_ms > older.expires_at_ms:
            connection.caller = caller

    def _forget_the_absent(self, tick: int) -> None:
        late: list[PollLine] = []
        for line, due in self._idle.items():
            if due > tick:
                break
            late.append(line)
        for line in late:
            self._end(line)

    def _end(self, line: PollLine) -> None:
        self._idle.pop(line, None)
        self._polled.pop(line.sid, None)
        own = self._of.get(line.subject, {})
        own.pop(line, None)
        if not own:
            self._of.pop(line.subject, None)
        if line.connection is not None and line.is_open:
            self._live.cut(line.connection, TOO_SLOW, "away")
        line.abort()
        line.part()


def language_of(request: web.Request) -> Language:
    """Return the language in which a client wants to hear what it may not."""
    return choose_language(request.headers.get("Accept-Language"))


def _new_name() -> str:
    return secrets.token_urlsafe(15)
