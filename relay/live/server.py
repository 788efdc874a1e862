"""The live line to screens, phones and browsers: Socket.IO over WebSocket, authenticated before anything else.

How it works: a connection is accepted with a valid access token only. Screens have one live connection each; a newer
one replaces the older, which is told so. Every event goes through `dispatch`, which looks up its handler, words
refusals and logs bugs. After the connect handler has returned, and never inside it, `welcome` is called, so that the
relay's first word is `hello`. Two engines carry the lines (`fast`, `stock`), and what holds no WebSocket comes in by
`let_in` (live.streams); one sweeper looks after all of them.

What must never happen: an emit without an address (python-socketio would reach sockets that are not authenticated
yet); an await between admitting a connection and scheduling its welcome; a send that waits for a client.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from aiohttp import web
from socketio import exceptions

from relay.clock import Clock
from relay.contract.codec import Malformed, text_in, to_builtins
from relay.contract.events import HEARD, check_said
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.reports import Pong
from relay.contract.wording import Language, choose_language
from relay.errors import Refusal, StorageUnavailableError, refusal_of
from relay.identity.caller import Caller
from relay.identity.tokens import AccessTokens
from relay.live import packets
from relay.live.acks import OnAnswer
from relay.live.admission import Admission
from relay.live.bounds import Bounds
from relay.live.connection import Applied, Connection, Payload
from relay.live.departures import Departures
from relay.live.fast.engine import FastServer
from relay.live.line import MALFORMED, REPLACED, RESTART, REVOKED, Line
from relay.live.pressure import Pressure
from relay.live.stock import StockServer
from relay.live.sweeper import Sweeper
from relay.tasks import Tasks

log = structlog.get_logger()

Handler = Callable[[Connection, object], Awaitable[object]]
PING_SECONDS = int(Bounds().ping_seconds)
EXPIRY_GRACE_MS = 60_000


class LiveServer:
    """Who is connected, and the only way to say something to them."""

    def __init__(
        self,
        access: AccessTokens,
        clock: Clock,
        tasks: Tasks,
        bounds: Bounds | None = None,
        engine: Literal["fast", "stock"] = "fast",
    ) -> None:
        """Prepare the server; `attach` puts it into an aiohttp application."""
        self.bounds = bounds or Bounds()
        self.tasks = tasks
        self.monotonic = clock.monotonic
        self.tally: Counter[str] = Counter()
        self.admission = Admission(self.bounds, clock)
        self.sweeper = Sweeper(self.bounds.ping_seconds, self.bounds.ping_timeout_seconds)
        self._access = access
        self._clock = clock
        self._handlers: dict[str, Handler] = {"ping": self._on_ping, "auth:renew": self._on_renew}
        self._connections: dict[str, Connection] = {}
        self._screens: dict[str, Connection] = {}
        self.welcome: Callable[[Connection], None] = lambda _connection: None
        self.farewell: Callable[[Connection], None] = lambda _connection: None
        self._departures = Departures(self.bounds, self.sweeper)
        self._pressure = Pressure(
            self.bounds, self.sweeper, cut=self.cut, write=self._write, tally=self.tally
        )
        self._next_expiry_check = self.sweeper.due(self.bounds.expiry_seconds)
        self.sweeper.duties += [self._let_strangers_go, self._check_expiry]
        self._server = StockServer(self) if engine == "stock" else FastServer(self)

    def attach(self, app: web.Application) -> None:
        """Serve `/socket.io/` in this application."""
        self._server.attach(app)

    def start(self) -> None:
        """Begin to look after the lines: pings, deadlines, expired tokens."""
        self.tasks.keep(self.sweeper.run, "live: sweeper")

    def on(self, event: str, handler: Handler) -> None:
        """Have `handler` answer an event; what it returns is the acknowledgement."""
        assert event in HEARD, f"{event} is not declared in relay.contract.events"
        self._handlers[event] = handler

    def connection_of(self, screen_id: str) -> Connection | None:
        """Return the live connection of a screen, if it has one."""
        return self._screens.get(screen_id.casefold())

    def connection(self, sid: str) -> Connection | None:
        """Return the live connection of that name."""
        return self._connections.get(sid)

    def connections(self) -> tuple[Connection, ...]:
        """Return everybody who is connected now."""
        return tuple(self._connections.values())

    def callers(self) -> tuple[Caller, ...]:
        """Return who is connected now."""
        return tuple(connection.caller for connection in self._connections.values())

    @property
    def count(self) -> int:
        """Count the live connections."""
        return len(self._connections)

    # What the rest of the relay says.

    def send(
        self, connection: Connection, event: str, payload: Payload, on_answer: OnAnswer | None = None
    ) -> None:
        """Put one event on the line of one connection, at once and without waiting; a dead line swallows it.

        `payload` may be JSON that is encoded already. `on_answer` hears the acknowledgement's first value, once, and
        never after the connection was replaced or is gone. Raises UndeclaredError for what the contract does not
        declare that way; a slow client may be spared the event, as its class allows (relay.live.pressure).
        """
        declared = check_said(
            event, to_screen=connection.caller.kind == "screen", is_acknowledged=on_answer is not None
        )
        if not connection.is_live:
            return
        if connection.slow_since is None or self._pressure.lets_pass(
            connection, declared, payload, on_answer
        ):
            self._write(connection, event, payload, on_answer)

    def cut(self, connection: Connection, code: int, reason: str = "") -> None:
        """Close the line of a connection with a code; it is forgotten at once, and nothing of it is heard any more."""
        connection.line.cut(code, reason)
        self.forget(connection.sid)

    def revoke(self, screen_id: str) -> None:
        """Cut the live connection of a screen whose credential is gone."""
        if (connection := self.connection_of(screen_id)) is not None:
            self._part(connection, "session:revoked", Code.TOKEN_INVALID, REVOKED)

    def part_from(self, is_meant: Callable[[Caller], bool], is_revoked: bool) -> None:
        """Cut the lines of those who are meant: for good when revoked, else to come back and be judged anew."""
        for connection in [each for each in self._connections.values() if is_meant(each.caller)]:
            if is_revoked:
                self._part(connection, "session:revoked", Code.TOKEN_INVALID, REVOKED)
            else:
                self.cut(connection, RESTART, "judged anew")

    def refuse_newcomers(self) -> None:
        """Answer every handshake with 503 from now on: the relay is about to go."""
        self.admission.is_open = False

    async def close(self, after_ms: int = 1000) -> None:
        """Tell every client that the relay goes away, and close with 1012 so that they come back by themselves.

        Takes at most `drain_seconds` and 0.7 s more, however many there are and whatever they do.
        """
        for connection in list(self._connections.values()):
            self.send(connection, "drain", {"afterMs": after_ms})
        leaving = [
            *(line.cut for line in self.admission.all_strangers()),
            *(self._cut_of(connection) for connection in self._connections.values()),
        ]
        await self._departures.drain(leaving, RESTART, "restart")

    def problem_for(self, connection: Connection, refusal: Refusal) -> Problem:
        """Word a refusal for this connection, without an HTTP status."""
        return self._problem(refusal, connection.language)

    # What an engine tells.

    def came_in(self, line: Line) -> None:
        """Note a line that is open and has not said whose it is."""
        self.admission.came_in(line, self.sweeper.due(self.bounds.connect_seconds))

    def is_closing(self, line: Line) -> None:
        """Note a line that was told goodbye."""
        self.admission.is_known(line)
        self._departures.add(line)

    def is_gone(self, line: Line) -> None:
        """Note the end of a line."""
        self.admission.is_known(line)
        self._departures.remove(line)

    async def admit(self, sid: str, line: Line, languages: str | None, auth: object) -> None:
        """Let a client in, or raise ConnectionRefusedError with its problem."""
        language = choose_language(languages)
        try:
            caller = await self._authenticate(auth)
        except Refusal as refusal:
            problem = self._problem(refusal, language)
            raise exceptions.ConnectionRefusedError(problem.title, _as_dict(problem)) from refusal
        if not line.is_open:
            raise exceptions.ConnectionRefusedError("The client has gone.")
        self.let_in(sid, line, language, caller)

    def let_in(
        self, sid: str, line: Line, language: Language, caller: Caller, applied: Applied | None = None
    ) -> Connection:
        """Note whose an open line is, replace the older line of the same screen, and have it welcomed.

        `caller` was verified in this very turn of the loop: in between, the credential might have been revoked.
        """
        self.admission.is_known(line)
        connection = Connection(sid, caller, language, self._clock.now_ms(), line, applied=applied)
        line.connection = connection
        self._connections[sid] = connection
        self.tally[f"connects_{caller.kind}"] += 1
        if connection.screen_id is not None:
            self._replace(connection, connection.screen_id)
        asyncio.get_running_loop().call_soon(self._welcome, connection)
        return connection

    def forget(self, sid: str) -> None:
        """Note that a connection is gone; its line may outlive it, as a stranger's."""
        connection = self._connections.pop(sid, None)
        if connection is None:
            return
        connection.is_live = False
        self.tally[f"disconnects_{connection.caller.kind}"] += 1
        connection.acks.clear()
        self._pressure.forget(connection)
        if connection.line.is_open:
            connection.line.connection = None
            self.came_in(connection.line)
        key = (connection.screen_id or "").casefold()
        if self._screens.get(key) is connection:
            del self._screens[key]
            self.farewell(connection)

    def answered(self, line: Line, number: int, values: tuple[object, ...]) -> None:
        """Pass the acknowledgement of an event on to whoever sent it."""
        if line.connection is not None:
            try:
                line.connection.acks.answer(number, values[0] if values else None)
            except Exception:
                log.exception("An acknowledgement met a bug")

    async def dispatch(self, connection: Connection, event: str, values: tuple[object, ...]) -> object:
        """Give an event to its handler and answer with its acknowledgement; a refusal is told, a bug is logged."""
        try:
            return await self.hear(connection, event, values)
        except Refusal as refusal:
            return self._refuse(connection, refusal)
        except Malformed as malformed:
            connection.strikes += 1
            return self._refuse(connection, refusal_of(malformed))
        except StorageUnavailableError:
            return self._refuse(connection, Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=1000))
        except Exception:
            log.exception("A socket event met a bug", event_name=event)
            return self._refuse(connection, Refusal(Code.INTERNAL_ERROR))

    async def hear(self, connection: Connection, event: str, values: tuple[object, ...]) -> object:
        """Give an event to its handler; what that raises is the caller's to tell. Raises UNSUPPORTED and FORBIDDEN."""
        handler, declared = self._handlers.get(event), HEARD.get(event)
        if handler is None or declared is None:
            raise Refusal(Code.UNSUPPORTED, what=event[:60])
        if declared.way.startswith("screen") and connection.screen_id is None:
            raise Refusal(Code.FORBIDDEN)
        return await handler(connection, values[0] if values else None)

    def malformed(self, line: Line) -> None:
        """Count a frame that is no event of ours; the third one closes the line, a stranger's first."""
        if (connection := line.connection) is not None:
            connection.strikes += 1
            if connection.strikes >= self.bounds.strikes:
                self.cut(connection, MALFORMED, "malformed")
        else:
            line.cut(MALFORMED, "malformed")

    # Our own handlers.

    async def _on_ping(self, _connection: Connection, _payload: object) -> object:
        return to_builtins(Pong(timestamp=self._clock.now_ms()))

    async def _on_renew(self, connection: Connection, payload: object) -> object:
        caller = await self._authenticate(payload)
        if (caller.kind, caller.name) != (connection.caller.kind, connection.caller.name):
            raise Refusal(Code.FORBIDDEN)
        connection.caller = caller
        return {"success": True}

    async def _authenticate(self, auth: object) -> Caller:
        token = text_in(auth, "token")
        if token is None:
            raise Refusal(Code.TOKEN_INVALID)
        return await self._access.verify(token, on_socket=True)

    def _welcome(self, connection: Connection) -> None:
        if connection.is_live:
            self.welcome(connection)

    def _write(
        self, connection: Connection, event: str, payload: Payload, on_answer: OnAnswer | None
    ) -> None:
        number = None if on_answer is None else connection.acks.expect(on_answer)
        connection.line.write(packets.event(event, payload, number))
        self._pressure.wrote(connection)

    def _replace(self, connection: Connection, screen_id: str) -> None:
        older = self._screens.get(screen_id.casefold())
        self._screens[screen_id.casefold()] = connection
        if older is not None:
            self.farewell(older)
            self._part(older, "session:replaced", Code.FORBIDDEN, REPLACED)

    def _part(self, connection: Connection, event: str, code: Code, close_code: int) -> None:
        problem = self._problem(Refusal(code), connection.language)
        self.send(connection, event, _as_dict(problem))
        self.cut(connection, close_code, event)

    def _cut_of(self, connection: Connection) -> Callable[[int, str], None]:
        return lambda code, reason: self.cut(connection, code, reason)

    def _refuse(self, connection: Connection, refusal: Refusal) -> dict[str, object]:
        problem = _as_dict(self._problem(refusal, connection.language))
        self.send(connection, "error", problem)
        return {"success": False, **problem}

    def _problem(self, refusal: Refusal, language: Language) -> Problem:
        return write_problem(
            refusal.code,
            language,
            trace_id=secrets.token_hex(8),
            values=dict(refusal.values),
            with_status=False,
        )

    # Duties of the sweeper.

    def _let_strangers_go(self, tick: int) -> None:
        for line in self.admission.overdue(tick):
            self.tally["silent_strangers"] += 1
            line.cut(MALFORMED, "no connect")

    def _check_expiry(self, tick: int) -> None:
        if tick < self._next_expiry_check:
            return
        self._next_expiry_check = self.sweeper.due(self.bounds.expiry_seconds)
        limit = self._clock.now_ms() - EXPIRY_GRACE_MS
        for connection in list(self._connections.values()):
            if 0 < connection.caller.expires_at_ms < limit:
                self._part(connection, "error", Code.TOKEN_EXPIRED, RESTART)


def _as_dict(problem: Problem) -> dict[str, object]:
    return to_builtins(problem)
