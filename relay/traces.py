"""The name of one request's story: what a caller calls it, or one of ours; every log line of the request carries it.

A caller says it with `traceparent` (https://www.w3.org/TR/trace-context/) or `X-Request-Id`. It is a name in a log and
nothing else: it decides nothing, so nobody gains anything by making one up.
"""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar

_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{3,63}")
_now: ContextVar[str] = ContextVar("trace_id", default="")


def begin(headers: Mapping[str, str]) -> str:
    """Begin the story of a request, and return its name."""
    trace_id = _told(headers) or secrets.token_hex(8)
    _now.set(trace_id)
    return trace_id


def current() -> str:
    """Return the name of the story that this code runs in; empty outside of requests."""
    return _now.get()


def _told(headers: Mapping[str, str]) -> str | None:
    if (parent := headers.get("traceparent")) is not None:
        found = _PARENT.fullmatch(parent)
        return found.group(1) if found and set(found.group(1)) != {"0"} else None
    if (name := headers.get("X-Request-Id")) is not None and _ID.fullmatch(name):
        return name
    return None
