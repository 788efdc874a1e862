"""One live connection to one address of the relay: events in their order, answers, and a certain end.

How it works: python-socketio runs every event in a task of its own; its first step puts the event into our queue, so
the order of arrival holds. Whoever reads the queue answers each event, which becomes its acknowledgement.
`wait_end` returns when the line is closed, or when nothing came for longer than the relay's heartbeat allows: a pulled
cable closes nothing.

What it must never do: reconnect by itself (RelayLink decides that), outlive `close`, or be used twice.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
import engineio
import socketio
import socketio.exceptions
import structlog
from msgspec import Struct

from app.errors import RelayUnreachable
from app.link.clock import monotonic
from app.link.relay_http import explain, open_session
from relay.contract.codec import Malformed, convert, text_in
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code, Problem
from relay.contract.wording import Language

log = structlog.get_logger()
# A logger of our own: python-socketio would set a level and add a handler to its default one.
_quiet = logging.getLogger("benchcast.socketio.client")
_quiet.setLevel(logging.CRITICAL)

CONNECT_SECONDS = 15
CLOSE_SECONDS = 1.5
# Until the relay has said its heartbeat, and on top of the heartbeat afterwards.
FIRST_SILENCE_SECONDS = 15.0
SILENCE_BEYOND_HEARTBEAT_SECONDS = 10.0
CLOSED_BECAUSE_REPLACED = 4001


class _Refusal(Struct):
    """What Socket.IO carries in a refused connection (`connect_error`)."""

    message: str
    data: object = None


class LineRefused(Exception):
    """The relay answered and would not let us in; `code` is the problem's, `problem` is None if it gave none."""

    def __init__(self, code: str, problem: Problem | None) -> None:
        """Carry what the relay said."""
        super().__init__(code)
        self.code = code
        self.problem = problem


@dataclass(frozen=True)
class Heard:
    """One event from the relay; `answer` becomes its acknowledgement."""

    event: str
    payload: object
    answer: "asyncio.Future[object]" = field(repr=False)


class Line:
    """One connection: `async with Line(...)` opens it."""

    def __init__(self, relay: RelayAddress, address: str, token: str, *, language: Language) -> None:
        """Prepare to connect to this address with this access token."""
        self.address = address
        self.heard: asyncio.Queue[Heard] = asyncio.Queue()
        self.silence_seconds = FIRST_SILENCE_SECONDS
        self._relay = relay
        self._token = token
        self._language = language
        self._refusal: object = None
        self._is_dead = False
        self._unanswered: set[asyncio.Future[object]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._sio: _Client | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises LineRefused or RelayUnreachable."""
        self._session = open_session(self._relay)
        sio = self._sio = _Client(
            reconnection=False,
            handle_sigint=False,
            http_session=self._session,
            logger=_quiet,  # pyright: ignore[reportArgumentType] - its annotation forgets loggers
            engineio_logger=_quiet,
        )
        sio.on("*", self._on_any)
        sio.on("connect_error", self._on_connect_error)
        try:
            async with asyncio.timeout(CONNECT_SECONDS + 1):
                await sio.connect(
                    self.address,
                    headers={"Accept-Language": self._language},
                    auth={"token": self._token},
                    transports=["websocket"],
                    wait_timeout=CONNECT_SECONDS,
                )
        except (socketio.exceptions.ConnectionError, aiohttp.ClientError, OSError, ValueError) as error:
            await self.close()
            raise _refused(self._refusal) or explain(_root(error), self.address) from error
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    @property
    def was_replaced(self) -> bool:
        """Tell whether the relay closed this line with the code that says so."""
        socket = None if self._sio is None else getattr(self._sio.eio, "ws", None)
        return getattr(socket, "close_code", None) == CLOSED_BECAUSE_REPLACED

    def heartbeat_is(self, milliseconds: int) -> None:
        """Hear how often the relay gives a sign of life."""
        self.silence_seconds = milliseconds / 1000 + SILENCE_BEYOND_HEARTBEAT_SECONDS

    async def wait_end(self) -> bool:
        """Wait until the line has ended; True if it fell silent instead of being closed."""
        sio = self._sio
        assert sio is not None
        while (reading := sio.eio.read_loop_task) is not None and not reading.done():
            rest = sio.eio.heard_at + self.silence_seconds - monotonic()
            if rest <= 0:
                return True
            # `wait` and not `wait_for`: cancelling us must not cancel the reader.
            await asyncio.wait({reading}, timeout=rest)
        return False

    async def tell(self, event: str, payload: object) -> None:
        """Send an event that needs no answer; on a line that has ended it is dropped."""
        assert self._sio is not None
        with contextlib.suppress(socketio.exceptions.BadNamespaceError):
            await self._sio.emit(event, payload)

    async def ask(self, event: str, payload: object, seconds: int) -> object:
        """Send an event and return its acknowledgement. Raises TimeoutError, also on a line that has ended."""
        assert self._sio is not None
        try:
            return await self._sio.call(event, payload, timeout=seconds)
        except (socketio.exceptions.TimeoutError, socketio.exceptions.BadNamespaceError) as error:
            raise TimeoutError(event) from error

    def give_up(self) -> None:
        """Hear that nobody listens at the other end any more: closing shall not wait for it."""
        self._is_dead = True

    async def close(self) -> None:
        """End the connection, politely if the other side still listens, and everything that belongs to it."""
        sio, session = self._sio, self._session
        for answer in self._unanswered:
            answer.cancel()
        try:
            if sio is not None:
                with contextlib.suppress(
                    TimeoutError, aiohttp.ClientError, OSError, socketio.exceptions.SocketIOError
                ):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        if not self._is_dead:
                            await sio.disconnect()
                tasks = [
                    task for task in (sio.eio.read_loop_task, sio.eio.write_loop_task) if task is not None
                ]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            if session is not None:
                await session.close()

    async def _on_any(self, event: str, *values: object) -> object:
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._unanswered.add(answer)
        self.heard.put_nowait(Heard(event, values[0] if values else None, answer))
        try:
            return await answer
        finally:
            self._unanswered.discard(answer)

    def _on_connect_error(self, *values: object) -> None:
        self._refusal = values[0] if values else None


class _EngineClient(engineio.AsyncClient):
    """engineio's client, which remembers when it last heard anything at all."""

    heard_at = 0.0
    read_loop_task: "asyncio.Task[None] | None"
    write_loop_task: "asyncio.Task[None] | None"

    async def _connect_websocket(self, url: str, headers: dict[str, str], engineio_path: str) -> bool:
        self.heard_at = monotonic()
        return await super()._connect_websocket(url, headers, engineio_path)

    async def _receive_packet(self, pkt: Any) -> None:
        self.heard_at = monotonic()
        await super()._receive_packet(pkt)


class _Client(socketio.AsyncClient):
    """python-socketio's client on top of it."""

    eio: _EngineClient

    _connect_event: asyncio.Event

    def _engineio_client_class(self) -> type[engineio.AsyncClient]:
        return _EngineClient

    async def _handle_eio_disconnect(self, reason: str) -> None:
        """WORKAROUND: `connect` would wait 15 s for an answer on a line that is gone (python-socketio 5.18)."""
        await super()._handle_eio_disconnect(reason)
        awaited = list(self.connection_namespaces or ())
        if len(self.namespaces) + len(self.failed_namespaces) < len(awaited):
            self.failed_namespaces = [name for name in awaited if name not in self.namespaces]
            self._connect_event.set()


def _refused(refusal: object) -> LineRefused | None:
    """Read what the relay said to the refused connection; None if nobody said anything."""
    try:
        said = convert(refusal, _Refusal)
    except Malformed:
        return None
    try:
        problem = convert(said.data, Problem)
    except Malformed:
        problem = None
    return LineRefused(text_in(said.data, "code") or Code.INTERNAL_ERROR.value, problem)


def _root(error: BaseException) -> BaseException:
    """Find what aiohttp said under the layers of engineio and socketio."""
    while not isinstance(error, aiohttp.ClientError | OSError):
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


__all__ = ["Heard", "Line", "LineRefused", "RelayUnreachable"]
