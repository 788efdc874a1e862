"""The live line to screens, phones and browsers: Socket.IO over WebSocket, authenticated before anything else.

How it works: a connection is accepted with a valid access token only. Screens have one live connection each; a newer
one replaces the older, which is told so. Every event goes through `dispatch`, which looks up its handler, words
refusals and logs bugs. After the connect handler has returned, and never inside it, `welcome` is called, so that the
relay's first word is `hello`.

What must never happen: an emit without an address (python-socketio would reach sockets that are not authenticated
yet); an await between admitting a connection and scheduling its welcome.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import socketio
import structlog
from aiohttp import web
from socketio import exceptions

from relay.clock import Clock
from relay.contract.codec import Malformed, text_in, to_builtins
from relay.contract.events import EVENTS
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.reports import Pong
from relay.contract.wording import Language, choose_language
from relay.errors import Refusal, StorageUnavailableError, refusal_of
from relay.identity.caller import Caller
from relay.identity.tokens import AccessTokens
from relay.live import wire
from relay.live.acks import OnAnswer
from relay.live.connection import Connection
from relay.tasks import Tasks

log = structlog.get_logger()
# A logger of our own: python-socketio would set a level and add a handler to its default one.
_quiet = logging.getLogger("benchcast.socketio")
_quiet.setLevel(logging.CRITICAL)

Handler = Callable[[Connection, object], Awaitable[object]]

SAID = frozenset(event.name for event in EVENTS if event.way.startswith("relay"))
HEARD = frozenset(event.name for event in EVENTS if event.way.endswith("relay"))

PING_SECONDS = 10
PING_TIMEOUT_SECONDS = 8
STRIKES = 3
CONNECT_SECONDS = 10.0
EXPIRY_CHECK_SECONDS = 15.0
EXPIRY_GRACE_MS = 60_000


class LiveServer:
    """Who is connected, and the only way to say something to them."""

    def __init__(self, access: AccessTokens, clock: Clock, tasks: Tasks) -> None:
        """Prepare the server; `attach` puts it into an aiohttp application."""
        self._access = access
        self._clock = clock
        self._tasks = tasks
        self._handlers: dict[str, Handler] = {"ping": self._on_ping, "auth:renew": self._on_renew}
        self._connections: dict[str, Connection] = {}
        self._screens: dict[str, Connection] = {}
        self.welcome: Callable[[Connection], None] = lambda _connection: None
        self.farewell: Callable[[Connection], None] = lambda _connection: None
        self._sio = _Server(self)

    def attach(self, app: web.Application) -> None:
        """Serve `/socket.io/` in this application."""
        self._sio.attach(app)

    def start(self) -> None:
        """Begin to watch for live connections whose token has expired."""
        self._tasks.keep(self._watch_expiry, "live: expired tokens")

    def on(self, event: str, handler: Handler) -> None:
        """Have `handler` answer an event; what it returns is the acknowledgement."""
        assert event in HEARD, f"{event} is not declared in relay.contract.events"
        self._handlers[event] = handler

    def connection_of(self, screen_id: str) -> Connection | None:
        """Return the live connection of a screen, if it has one."""
        return self._screens.get(screen_id.casefold())

    def connections(self) -> tuple[Connection, ...]:
        """Return everybody who is connected now."""
        return tuple(self._connections.values())

    @property
    def count(self) -> int:
        """Count the live connections."""
        return len(self._connections)

    def send(
        self,
        connection: Connection,
        event: str,
        payload: dict[str, Any] | msgspec.Raw,
        on_answer: OnAnswer | None = None,
    ) -> None:
        """Put one event on the line of one connection, at once and without waiting; a dead line swallows it.

        `payload` may be JSON that is encoded already. `on_answer` hears the acknowledgement's first value, once, and
        never after the connection was replaced or is gone.
        """
        assert event in SAID, f"{event} is not declared in relay.contract.events"
        if self._connections.get(connection.sid) is not connection:
            return
        number = "" if on_answer is None else str(connection.acks.expect(on_answer))
        connection.line.write(b"2%s%s" % (number.encode(), msgspec.json.encode((event, payload))))

    def cut(self, connection: Connection, code: int, reason: str = "") -> None:
        """Close the line of a connection with a code, at once as far as the caller is concerned."""
        connection.acks.clear()
        self._tasks.spawn(_close_after_sending(connection.line, code, reason), f"live: close {code}")

    def revoke(self, screen_id: str) -> None:
        """Cut the live connection of a screen whose credential is gone."""
        if (connection := self.connection_of(screen_id)) is not None:
            self._part(connection, "session:revoked", Code.TOKEN_INVALID, wire.REVOKED)

    async def close(self, after_ms: int = 1000) -> None:
        """Tell every client that the relay goes away, and close with 1012 so that they come back by themselves."""
        for connection in list(self._connections.values()):
            self.send(connection, "drain", {"afterMs": after_ms})
        await asyncio.sleep(0)
        sockets = [connection.line for connection in self._connections.values()]
        if sockets:
            await asyncio.sleep(0.05)  # lets the writers put `drain` on the line before the close frame
            closing = (socket.close(wire.RESTART, "restart") for socket in sockets)
            await asyncio.gather(*closing, return_exceptions=True)

    # What python-socketio calls.

    async def admit(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        """Let a client in, or raise ConnectionRefusedError with its problem."""
        language = choose_language(environ.get("HTTP_ACCEPT_LANGUAGE"))
        try:
            caller = await self._authenticate(auth)
        except Refusal as refusal:
            problem = self._problem(refusal, language)
            raise exceptions.ConnectionRefusedError(problem.title, _as_dict(problem)) from refusal
        connection = Connection(sid, caller, language, self._clock.now_ms(), environ["benchcast.socket"])
        self._connections[sid] = connection
        if connection.screen_id is not None:
            self._replace(connection, connection.screen_id)
        asyncio.get_running_loop().call_soon(self.welcome, connection)

    def forget(self, sid: str) -> None:
        """Note that a connection is gone."""
        connection = self._connections.pop(sid, None)
        if connection is None:
            return
        connection.acks.clear()
        key = (connection.screen_id or "").casefold()
        if self._screens.get(key) is connection:
            del self._screens[key]
            self.farewell(connection)

    def answered(self, sid: str | None, number: int, values: list[object]) -> None:
        """Pass the acknowledgement of an event on to whoever sent it."""
        if (connection := self._connections.get(sid or "")) is not None:
            connection.acks.answer(number, values[0] if values else None)

    async def dispatch(self, sid: str, event: str, arguments: tuple[object, ...]) -> object:
        """Give an event to its handler and answer with its acknowledgement; a refusal is told, a bug is logged."""
        connection = self._connections.get(sid)
        if connection is None:
            return None
        try:
            handler = self._handlers.get(event)
            if handler is None:
                raise Refusal(Code.UNSUPPORTED, what=event[:60])
            return await handler(connection, arguments[0] if arguments else None)
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

    def malformed(self, sid: str | None, eio_environ: dict[str, Any] | None) -> None:
        """Count a frame that is no event of ours; the third one closes the connection."""
        connection = self._connections.get(sid or "")
        if connection is not None:
            connection.strikes += 1
            if connection.strikes < STRIKES:
                return
        socket = (eio_environ or {}).get("benchcast.socket")
        if isinstance(socket, wire.FrameSocket):
            self._tasks.spawn(socket.close(wire.MALFORMED, "malformed"), "live: close malformed")

    def problem_for(self, connection: Connection, refusal: Refusal) -> Problem:
        """Word a refusal for this connection, without an HTTP status."""
        return self._problem(refusal, connection.language)

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
        return await self._access.verify(token)

    def _replace(self, connection: Connection, screen_id: str) -> None:
        older = self._screens.get(screen_id.casefold())
        self._screens[screen_id.casefold()] = connection
        if older is not None:
            self.farewell(older)
            self._part(older, "session:replaced", Code.FORBIDDEN, wire.REPLACED)

    def _part(self, connection: Connection, event: str, code: Code, close_code: int) -> None:
        problem = self._problem(Refusal(code), connection.language)
        self.send(connection, event, _as_dict(problem))
        self.cut(connection, close_code)

    def _refuse(self, connection: Connection, refusal: Refusal) -> dict[str, Any]:
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

    async def _watch_expiry(self) -> None:
        while True:
            await asyncio.sleep(EXPIRY_CHECK_SECONDS)
            limit = self._clock.now_ms() - EXPIRY_GRACE_MS
            for connection in list(self._connections.values()):
                if 0 < connection.caller.expires_at_ms < limit:
                    self._part(connection, "error", Code.TOKEN_EXPIRED, wire.RESTART)


async def _close_after_sending(socket: wire.FrameSocket, code: int, reason: str) -> None:
    await asyncio.sleep(0.05)  # lets the writer put the goodbye on the line before the close frame
    await socket.close(code, reason)


def _as_dict(problem: Problem) -> dict[str, Any]:
    return to_builtins(problem)


class _Server(socketio.AsyncServer):
    """python-socketio with its edges filed: what is no event is counted, what raises never leaves a traceback."""

    def __init__(self, live: LiveServer) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            async_handlers=False,
            json=wire.Json,
            max_http_buffer_size=wire.MAX_FRAME_BYTES,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
            monitor_clients=False,
            logger=_quiet,  # pyright: ignore[reportArgumentType] - its annotation forgets what its docs promise
            engineio_logger=_quiet,
        )
        self._live = live
        self.eio._async = {**self.eio._async, "websocket": wire.FrameSocket}  # noqa: SLF001 - see wire.FrameSocket
        self.on("connect", live.admit)
        self.on("disconnect", self._on_disconnect)
        self.on("*", self._on_any)

    async def _on_disconnect(self, sid: str, *_reason: object) -> None:
        self._live.forget(sid)

    async def _on_any(self, event: str, sid: str, *arguments: object) -> object:
        return await self._live.dispatch(sid, event, arguments)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """WORKAROUND: a client that never sends CONNECT would live as long as it answers pings."""
        environ["benchcast.outbox"] = self.eio.sockets[eio_sid].queue
        await super()._handle_eio_connect(eio_sid, environ)
        asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._close_unless_connected, eio_sid)

    def _close_unless_connected(self, eio_sid: str) -> None:
        if eio_sid in self.environ and self.manager.sid_from_eio_sid(eio_sid, "/") is None:
            self._live.malformed(None, self.environ[eio_sid])

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int, data: list[object]) -> None:  # noqa: A002 - as upstream names it
        self._live.answered(self.manager.sid_from_eio_sid(eio_sid, namespace or "/"), id, data)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """WORKAROUND: a malformed frame would log a traceback each (python-socketio 5.18, async_server.py)."""
        try:
            make_packet: Any = self.packet_class
            is_sound = isinstance(data, str) and _is_sound(make_packet(encoded_packet=data))
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, RecursionError):
            is_sound = False
        if is_sound:
            await super()._handle_eio_message(eio_sid, data)
        else:
            sid = self.manager.sid_from_eio_sid(eio_sid, "/")
            self._live.malformed(sid, self.environ.get(eio_sid))


def _is_sound(packet: Any) -> bool:
    if packet.packet_type in {2, 3}:
        if packet.namespace not in {None, "/"} or not isinstance(packet.data, list):
            return False
        if packet.packet_type == 3:
            return isinstance(packet.id, int) and packet.id > 0
        return (
            bool(packet.data)
            and isinstance(packet.data[0], str)
            and packet.data[0] not in {"connect", "disconnect"}
        )
    return packet.packet_type in {0, 1}
