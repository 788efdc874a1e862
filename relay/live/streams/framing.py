"""What one packet of the live layer says, and the same as text of Server-Sent Events (WHATWG HTML, 9.2.5).

The live layer writes packets of Socket.IO, whatever carries them; a line without WebSocket takes them apart again.
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from relay.contract.events import SAID

HEARTBEAT = b":\n\n"
_SHAPE = re.compile(rb"42([0-9]{0,16})\[")
_decode = msgspec.json.Decoder(tuple[str, msgspec.Raw]).decode


class _Names(Struct):
    """What may name an event in what it carries."""

    id: str = ""
    seq: int = 0
    epoch: str = ""


_names = msgspec.json.Decoder(_Names).decode


class Said(Struct, frozen=True, gc=False):
    """One event: `data` is its JSON; `number` asks for an answer, and `about` is the delivery that it is about.

    `seq` is its place in the mailbox, 0 for what is in none; `epoch` is what `hello` told.
    """

    name: str
    data: bytes
    number: int | None = None
    about: str = ""
    seq: int = 0
    epoch: str = ""


def read(packet: bytes) -> Said | None:
    """Take a packet apart; None for one that is no event (only Socket.IO's own clients have a use for it)."""
    shape = _SHAPE.match(packet)
    if shape is None:
        return None
    name, raw = _decode(packet[shape.end() - 1 :])
    number = int(shape[1]) if shape[1] else None
    data = bytes(raw)
    if number is None and name != "hello":
        return Said(name, data)
    names = _names(data)
    is_of_mailbox = name in SAID and SAID[name].kind == "durable"
    return Said(name, data, number, names.id.lower(), names.seq if is_of_mailbox else 0, names.epoch)


def event(name: str, data: bytes, id_: str = "") -> bytes:
    """Write one event; `id_` is what the client sends back as `Last-Event-ID`."""
    lines = [b"event: %b" % name.encode()]
    if id_:
        lines.append(b"id: %b" % id_.encode())
    lines += (b"data: %b" % line for line in data.splitlines() or (b"",))
    return b"\n".join((*lines, b"", b""))


def retry(milliseconds: int) -> bytes:
    """Write how long a browser is to wait before it comes back by itself."""
    return b"retry: %d\n\n" % milliseconds


def head(headers: Mapping[str, str]) -> bytes:
    """Write the head of an answer that ends with its connection."""
    rows = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
    return "\r\n".join((*rows, "", "")).encode()
