"""Lines that answer in the relay's own words, also to what is no HTTP at all.

How it works: what aiohttp cannot read never becomes a request, so no middleware and no `on_response_prepare` sees the
answer; aiohttp writes it by itself, with its own name and version, and repeats what it could not read. A line of ours
keeps aiohttp's judgement (the status, what is logged) and writes the answer anew: a problem, as everywhere else. In
debug mode aiohttp would add a traceback; it goes the same way.
"""

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.web.handler import answer_problem
from relay.web.shield import ALWAYS, SERVER


class Line(RequestHandler):
    """One connection."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say that this was no request, or that it met a bug; the line is closed after it."""
        theirs = super().handle_error(request, status, exc, message)
        is_bug = theirs.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        refusal = Refusal(Code.INTERNAL_ERROR) if is_bug else invalid("$", "http")
        ours = answer_problem(request, refusal, status=theirs.status)
        ours.headers.update({**ALWAYS, "Server": SERVER})
        ours.force_close()
        return ours


class _Server(web.Server):
    # WORKAROUND: aiohttp takes an application's every setting but the class of its lines
    # (https://docs.aiohttp.org/en/stable/web_lowlevel.html has the class, and no application).
    def __call__(self) -> RequestHandler:
        return Line(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on lines of ours."""

    async def _make_server(self) -> web.Server:
        theirs = await super()._make_server()
        return _Server(
            theirs.request_handler,
            request_factory=theirs.request_factory,
            handler_cancellation=theirs.handler_cancellation,
            loop=theirs._loop,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the same server, of another class
            **theirs._kwargs,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
        )
