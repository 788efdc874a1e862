"""The one place where a Refusal, or a bug, becomes an HTTP answer (RFC 9457, application/problem+json)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from aiohttp import web
from msgspec import Struct

from relay import traces
from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.problems import STATUS, Code, write_problem
from relay.contract.wording import choose_language
from relay.errors import Refusal, StorageUnavailableError, invalid, refusal_of
from relay.web.manners import require_json, require_single

log = structlog.get_logger()
S = TypeVar("S", bound=Struct)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TRACE_ID: web.RequestKey[str] = web.RequestKey("trace_id", str)
RETRY_SECONDS = 1
HTTP_CODES = {403: Code.FORBIDDEN, 404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal with its problem, and every bug with INTERNAL_ERROR and a trace id that the log knows."""
    trace_id = traces.begin(request.headers)
    request[TRACE_ID] = trace_id
    try:
        if request.rel_url.raw_query_string:
            require_single(request)
        return await handler(request)
    except Refusal as refusal:
        return answer_problem(request, refusal)
    except Malformed as malformed:
        return answer_problem(request, refusal_of(malformed))
    except StorageUnavailableError:
        return answer_problem(request, Refusal(Code.RELAY_UNAVAILABLE, retryAfterMs=RETRY_SECONDS * 1000))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _answer_framework(request, error)
    except (ConnectionResetError, TimeoutError):
        # The client went away in the middle; there is nobody left to answer.
        raise
    except Exception:
        log.exception("A request met a bug", method=request.method, path=request.path, trace_id=trace_id)
        return answer_problem(request, Refusal(Code.INTERNAL_ERROR))


def _answer_framework(request: web.Request, error: web.HTTPException) -> web.Response:
    """Word what aiohttp, or a reader of ours in its words, refused."""
    match error:
        case web.HTTPRequestEntityTooLarge():
            refusal = invalid("$", "size")
        case web.HTTPUnsupportedMediaType():
            refusal = invalid("Content-Type", "media_type")
        case _:
            refusal = Refusal(HTTP_CODES.get(error.status, Code.VALIDATION_ERROR), field="$")
    response = answer_problem(request, refusal, status=error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def answer_problem(request: web.BaseRequest, refusal: Refusal, *, status: int | None = None) -> web.Response:
    """Word a refusal in the requester's language."""
    problem = write_problem(
        refusal.code,
        choose_language(request.headers.get("Accept-Language")),
        trace_id=request.get(TRACE_ID, ""),
        values=dict(refusal.values),
    )
    response = web.Response(
        body=to_json(problem), status=status or STATUS[refusal.code], content_type="application/problem+json"
    )
    if problem.retry_after_ms is not None:
        response.headers["Retry-After"] = str(max(1, round(problem.retry_after_ms / 1000)))
    if response.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer(message: Struct, *, status: int = 200) -> web.Response:
    """Answer with a message as JSON, which no cache may keep."""
    return web.Response(
        body=to_json(message),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def read_body(request: web.Request, type_: type[S]) -> S:
    """Read a JSON body into its message; the size limit is the application's `client_max_size`.

    Raises Malformed, or HTTPUnsupportedMediaType when the body calls itself something else.
    """
    require_json(request)
    body = await request.read()
    return decode_json(body, type_)
