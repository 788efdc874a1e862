"""`/api/events/…` and what is posted beside it: the live line for clients that cannot hold a WebSocket."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from relay.contract import codec
from relay.contract.problems import Code
from relay.contract.stream_calls import SAID_BY_POST
from relay.contract.streams import Answered, Sayings
from relay.contract.watching import WatchWish
from relay.delivery.answers import Answers
from relay.delivery.watch import MOST_NAMED, Watch
from relay.errors import Refusal, invalid
from relay.identity.caller import Caller
from relay.live.bounds import MAX_FRAME_BYTES
from relay.live.connection import Applied, Connection
from relay.live.server import LiveServer
from relay.live.streams.streamed import Streamed
from relay.live.streams.streams import Streams
from relay.web.access import caller_of
from relay.web.handler import answer
from relay.web.manners import require_json
from relay.web.shield import ALWAYS, DISPOSITIONS, SERVER

POLL_MS, LONGEST_POLL_MS = 25_000, 60_000
EVERY = "*"
STREAM_HEADERS = {
    **ALWAYS,
    "Server": SERVER,
    "Content-Type": "text/event-stream",
    "Content-Disposition": DISPOSITIONS["text/event-stream"],
    # nginx would keep the events until there are enough of them.
    "X-Accel-Buffering": "no",
}


class StreamRoutes:
    """The HTTP face of the live line."""

    def __init__(self, live: LiveServer, streams: Streams, watch: Watch, answers: Answers) -> None:
        """Speak for these."""
        self._live = live
        self._streams = streams
        self._watch = watch
        self._answers = answers

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/events/subscribe", self.subscribe, allow_head=False),
            web.get("/api/events/poll", self.poll, allow_head=False),
            web.post("/api/events/say", self.say),
            web.post("/api/outcome", self.outcome),
            *(web.post(path, self._saying(event)) for path, (event, _summary) in SAID_BY_POST.items()),
        ]

    async def subscribe(self, request: web.Request) -> web.StreamResponse:
        """Answer with events, for as long as both sides like."""
        self._streams.check(request)
        caller = await caller_of(request)
        wishes = self._wishes(request, caller)
        response, connection = self._streams.open_stream(request, caller, _applied(request), STREAM_HEADERS)
        if connection is not None:
            await self._follow(connection, wishes)
        return response

    async def poll(self, request: web.Request) -> web.Response:
        """Answer with the events that there are, or as soon as there is one."""
        seconds = _number(request, "timeoutMs", POLL_MS, most=LONGEST_POLL_MS) / 1000
        cursor = request.query.get("cursor")
        if cursor is None:
            self._streams.check(request)
            caller = await caller_of(request)
            wishes = self._wishes(request, caller)
            line, connection = self._streams.open_polled(request, caller, _applied(request))
            await self._follow(connection, wishes)
        else:
            line = self._streams.find(cursor, await caller_of(request))
        body = await self._streams.poll(line, request, seconds)
        return web.Response(body=body, content_type="application/json")

    async def say(self, request: web.Request) -> web.Response:
        """Hear what a client says on its own line, and answer each event as the socket would. Raises LINE_ENDED."""
        caller = await caller_of(request)
        said = codec.convert(await _body(request), Sayings)
        connection = self._live.connection(said.line)
        if (
            connection is None
            or not isinstance(connection.line, Streamed)
            or connection.caller.subject != caller.subject
        ):
            raise Refusal(Code.LINE_ENDED)
        self._streams.renew(connection, caller)
        connection.line.count(len(said.events))
        answers: list[dict[str, Any]] = []
        for saying in said.events:
            told = await self._live.dispatch(connection, saying.event, (saying.data,))
            answers.append(cast("dict[str, Any]", told) if isinstance(told, dict) else {})
        return answer(Answered(answers=tuple(answers)))

    async def outcome(self, request: web.Request) -> web.Response:
        """Take a screen's acknowledgement, its outcome, or its answer to `status?`."""
        caller = await self._screen(request)
        return answer(await self._answers.take(caller.name, await _body(request)))

    def _saying(self, event: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Make the handler that passes a request's body on as this event of the socket."""

        async def said(request: web.Request) -> web.Response:
            caller = await self._screen(request)
            gen = _number(request, "gen", -1)
            body = await _body(request)
            connection = self._answers.line_of(caller.name, None if gen < 0 else gen)
            if connection is None:
                raise Refusal(Code.LINE_ENDED)
            if isinstance(connection.line, Streamed):
                connection.line.count()
            await self._live.hear(connection, event, (body,))
            return web.Response(status=204)

        return said

    async def _screen(self, request: web.Request) -> Caller:
        """Return the screen that asks; its line lives on with the token that it brings. Raises FORBIDDEN."""
        caller = await caller_of(request)
        if caller.kind != "screen":
            raise Refusal(Code.FORBIDDEN)
        if (connection := self._live.connection_of(caller.name)) is not None:
            self._streams.renew(connection, caller)
        return caller

    def _wishes(self, request: web.Request, caller: Caller) -> list[WatchWish]:
        """Read what somebody wants to follow, before there is a line. Raises FORBIDDEN."""
        names = [name for name in request.query.get("watch", "").split(",") if name]
        if len(names) > MOST_NAMED:
            raise invalid("watch", "length")
        try:
            wishes = [codec.convert({} if name == EVERY else {"screenId": name}, WatchWish) for name in names]
        except codec.Malformed as malformed:
            raise invalid("watch", malformed.reason.removeprefix("reason.")) from malformed
        for wish in wishes:
            self._watch.require(caller, wish)
        return wishes

    async def _follow(self, connection: Connection, wishes: list[WatchWish]) -> None:
        for wish in wishes:
            await self._live.dispatch(connection, "watch", (codec.to_builtins(wish),))


async def _body(request: web.Request) -> object:
    require_json(request)
    body = await request.read()
    if len(body) > MAX_FRAME_BYTES:
        raise web.HTTPRequestEntityTooLarge(max_size=MAX_FRAME_BYTES, actual_size=len(body))
    return codec.read_json(body)


def _applied(request: web.Request) -> Applied | None:
    """Read what a client says it has had; None for what is no word of ours."""
    text = request.headers.get("Last-Event-ID") or request.query.get("lastEventId", "")
    epoch, _, seq = text.rpartition(":")
    if not (epoch and seq.isascii() and seq.isdigit() and len(seq) <= 16):
        return None
    return epoch, int(seq)


def _number(request: web.Request, name: str, default: int, *, most: int = 2**53 - 1) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= most):
        raise invalid(name, "range")
    return int(text)
