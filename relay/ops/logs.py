"""How the relay logs: one event, one line, to standard error; never a token, a position or a person's text.

`text` is for people; `json` is one object a line, for a collector, with `timestamp` (RFC 3339, UTC), `level`, `event`
and, within a request or about a delivery, `trace_id`. Whatever looks like a secret is struck out on the way, in either
form, should somebody log one by mistake.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import msgspec
import structlog

from relay import traces
from relay.contract.tracing import trace_id_of

STRUCK = "***"
_SECRET_NAMES = re.compile(
    r"(token|password|secret|authorization|cookie|routing_key|alert_key|csrf)", re.IGNORECASE
)
# What these name is no secret by itself.
_HARMLESS = frozenset({"token_id", "token_name"})
# A JWT, a refresh token of ours, credentials in a URL, what Slack and others put in a webhook's path.
_SECRET_TEXTS = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*|bcr_[\w=-]+|(?<=://)[^/@\s]+:[^/@\s]+(?=@)|(?<=hooks\.slack\.com/)\S+|(?<=Bearer )\S+"
)

Event = MutableMapping[str, Any]


def set_up_logs(level: str, form: Literal["text", "json"] = "text", out: TextIO | None = None) -> None:
    """Configure structlog and the standard library's logging alike; `level` is such as `info`."""
    out = out or sys.stderr
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    written = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if form == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        add_trace,
        strike_secrets,
    ]
    structlog.configure(
        processors=[*shared, written],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    # What libraries log goes the same way, so that a collector reads every line.
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_unmark, written])
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


def add_trace(_logger: object, _method: str, event: Event) -> Event:
    """Add the name of the request's story, or else of the delivery's that the line is about, if there is one."""
    if trace_id := traces.current() or _trace_of(event.get("delivery")):
        event.setdefault("trace_id", trace_id)
    return event


def _trace_of(delivery: object) -> str:
    try:
        return trace_id_of(delivery) if isinstance(delivery, str) else ""
    except ValueError:
        return ""


def strike_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Strike out what is a secret by its name or by its form."""
    for name, value in event.items():
        if name not in _HARMLESS and _SECRET_NAMES.search(name):
            event[name] = STRUCK
        elif isinstance(value, str):
            event[name] = _SECRET_TEXTS.sub(STRUCK, value)
    return event


def _unmark(logger: object, method: str, event: Event) -> Event:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, method, event)  # pyright: ignore[reportArgumentType] - any logger will do


def _to_json(event: Event, **_more: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
