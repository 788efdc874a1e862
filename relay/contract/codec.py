"""Bytes and builtins in, typed messages out. Whatever does not fit becomes `Malformed`; `Any` stops here."""

import re
from typing import TypeVar, cast

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

_PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
_FIELD = re.compile(r"`(?P<field>[^`]+)`")
_REASONS: tuple[tuple[str, str], ...] = (
    ("missing required field", "reason.missing"),
    ("contains unknown field", "reason.unknown"),
    ("matching regex", "reason.pattern"),
    ("of length", "reason.length"),
    ("Invalid enum value", "reason.choice"),
    (">=", "reason.range"),
    ("<=", "reason.range"),
    (" > ", "reason.range"),
    ("Expected", "reason.type"),
)


class Malformed(ValueError):
    """A message that does not fit its schema: `field` is where (`$` is the whole), `reason` a key of the catalogue."""

    def __init__(self, field: str, reason: str) -> None:
        """Say where and why, without repeating what was sent."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def decode_json(data: bytes | str, type_: type[S]) -> S:
    """Decode JSON text. Raises Malformed."""
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        raise _explain(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("$", "reason.json") from error


def read_json(data: bytes) -> object:
    """Decode JSON text whose form somebody else will judge. Raises Malformed."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("$", "reason.json") from error


def convert(value: object, type_: type[S]) -> S:
    """Fit JSON that somebody else has parsed (dicts and lists). Raises Malformed."""
    try:
        message = msgspec.convert(value, type_)
        # Python's json lets half a surrogate pair through ("\ud800"), which nobody could write down again.
        msgspec.json.encode(message)
    except msgspec.ValidationError as error:
        raise _explain(error) from error
    except (RecursionError, UnicodeError) as error:
        raise Malformed("$", "reason.json") from error
    return message


def to_json(message: Struct | dict[str, object] | list[object]) -> bytes:
    """Encode a message as JSON."""
    return msgspec.json.encode(message)


def to_builtins(message: Struct) -> dict[str, object]:
    """Turn a message into the dicts and lists that a socket library wants."""
    return msgspec.to_builtins(message)


def canonical(message: Struct, *, without: frozenset[str] = frozenset()) -> bytes:
    """Write a message so that equal content gives equal bytes, leaving out the fields named by their wire names."""
    content = {key: value for key, value in to_builtins(message).items() if key not in without}
    return msgspec.json.encode(content, order="deterministic")


def _explain(error: msgspec.ValidationError) -> Malformed:
    text = str(error)
    path = _PATH.search(text)
    field = path["path"].removeprefix("$.") if path else "$"
    reason = next((key for words, key in _REASONS if words in text), "reason.type")
    if reason in {"reason.missing", "reason.unknown"} and (named := _FIELD.search(text)):
        field = named["field"] if field == "$" else f"{field}.{named['field']}"
    return Malformed(field, reason)


def text_in(value: object, key: str) -> str | None:
    """Read one text out of JSON that nobody has checked; None where there is no such text."""
    if not isinstance(value, dict):
        return None
    found: object = cast("dict[object, object]", value).get(key)
    return found if isinstance(found, str) else None
