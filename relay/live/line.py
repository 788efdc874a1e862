"""One client's line, whichever engine carries it: what the live layer may ask of it."""

import contextlib
import socket
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import asyncio

    from relay.live.connection import Connection

GONE, RESTART, TOO_LARGE = 1000, 1012, 1009
REPLACED, MALFORMED, REVOKED, FORBIDDEN, TOO_SLOW = 4001, 4400, 4401, 4403, 4408

# Data that nobody confirms for that long means that the peer is gone; also a window that stays shut.
UNCONFIRMED_MS = 15_000


@runtime_checkable
class Line(Protocol):
    """Four implementations: the socket of each engine (fast, stock), and those without WebSocket (live.streams)."""

    # Where the client is; empty if the transport does not tell.
    address: str
    # Who speaks here, once that is known; set and cleared by LiveServer alone.
    connection: "Connection | None"

    @property
    def is_open(self) -> bool:
        """Tell whether anything written now could still arrive."""
        ...

    def write(self, text: bytes) -> None:
        """Put one Engine.IO packet on the line, without waiting; a line that is gone swallows it."""
        ...

    def backlog(self) -> int:
        """Return how many bytes wait in this process because the client does not read them."""
        ...

    def cut(self, code: int, reason: str = "") -> None:
        """Say the code and close; never waits. Nothing is written or heard after it."""
        ...

    def abort(self) -> None:
        """Drop the line, whatever still waits."""
        ...


def prepare_socket(transport: "asyncio.BaseTransport") -> None:
    """Have the kernel send small frames at once and give up a peer that confirms nothing, where it can do that.

    Without the second a client that vanished behind a full window would stay for ever (DELIVERY.md, section 2, trap 2).
    """
    raw = transport.get_extra_info("socket")
    if raw is None:
        return
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if (option := getattr(socket, "TCP_USER_TIMEOUT", None)) is not None:
            raw.setsockopt(socket.IPPROTO_TCP, option, UNCONFIRMED_MS)
