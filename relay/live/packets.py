"""The text of one Engine.IO 4 and Socket.IO 5 packet, read strictly and written once; nothing else is understood.

Sources: github.com/socketio/engine.io-protocol and socket.io-protocol. Binary packets, packets that only a server
sends, acknowledgements of number 0 and events named like the library's own are no packets of ours.
"""

import re
from typing import Literal

import msgspec
from msgspec import Struct

Kind = Literal["connect", "disconnect", "event", "acknowledgement", "pong", "goodbye"]

PING = b"2"
_SHAPE = re.compile(rb"4([0-3])(?:(/[^,]*)(?:,|\Z))?([0-9]{0,16})")
_KINDS: dict[bytes, Kind] = {b"0": "connect", b"1": "disconnect", b"2": "event", b"3": "acknowledgement"}
_THEIR_OWN = frozenset({"connect", "disconnect", "connect_error"})

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Unsound(ValueError):
    """A text that is no packet of ours."""


class Packet(Struct, frozen=True, gc=False):
    """`number` asks for, or is, an acknowledgement; `name` is the event's, `values` what came with it."""

    kind: Kind
    namespace: str = "/"
    number: int | None = None
    name: str = ""
    values: tuple[object, ...] = ()


_PONG, _GOODBYE = Packet("pong"), Packet("goodbye")


def read(text: bytes) -> Packet:
    """Read what a client said. Raises Unsound."""
    first = text[:1]
    if first == b"3":
        return _PONG
    if first == b"1":
        return _GOODBYE
    shape = _SHAPE.match(text)
    if shape is None:
        raise Unsound
    kind, name_space, digits = shape.groups()
    try:
        namespace = name_space.decode().partition("?")[0] if name_space else "/"
        number = int(digits) if digits else None
        data: object = _decode(text[shape.end() :]) if shape.end() < len(text) else None
    except (ValueError, RecursionError) as error:
        raise Unsound from error
    return _judged(_KINDS[kind], namespace, number, data)


def _judged(kind: Kind, namespace: str, number: int | None, data: object) -> Packet:
    if kind in {"connect", "disconnect"}:
        return Packet(kind, namespace, values=(data,))
    if namespace != "/" or not isinstance(data, list):
        raise Unsound
    values: tuple[object, ...] = tuple(data)  # pyright: ignore[reportUnknownVariableType] - JSON holds anything
    if kind == "acknowledgement":
        if not number:
            raise Unsound
        return Packet(kind, number=number, values=values)
    if not values or not isinstance(values[0], str) or values[0] in _THEIR_OWN:
        raise Unsound
    return Packet(kind, number=number, name=values[0], values=values[1:])


def event(name: str, payload: object, number: int | None = None) -> bytes:
    """Write an event; `payload` is whatever msgspec encodes, `msgspec.Raw` for what is JSON already."""
    return b"42%s%s" % (b"" if number is None else b"%d" % number, _encode((name, payload)))


def acknowledgement(number: int, value: object) -> bytes:
    """Write the answer to an event; None is the empty answer."""
    return b"43%d%s" % (number, b"[]" if value is None else _encode((value,)))
