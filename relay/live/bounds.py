"""How patient and how generous the live layer is: every bound that a client can run into, in one place.

The figures that an admin may have to change are settings (`Bounds.of`); the others are fixed here, with their reasons.
"""

from dataclasses import dataclass
from typing import Self

from relay.settings import Settings

# A presence with a few windows is 2 KiB; nothing that a client says is larger.
MAX_FRAME_BYTES = 64 * 1024
KIB = 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """Durations are seconds, sizes are bytes of what waits to be written to one client."""

    # A dead line is noticed after 8 to 18 s. The brief's 25 s and 5 s would take up to 30 s, and a client whose tab
    # sleeps for 5 s would be cut; ten seconds cost 10,000 connections 1,000 frames of 3 bytes a second.
    ping_seconds: float = 10.0
    ping_timeout_seconds: float = 8.0
    # Whoever has not said who he is by then is let go.
    connect_seconds: float = 10.0
    # How often tokens of live connections are looked at.
    expiry_seconds: float = 15.0
    # After our close frame the client has that long to answer it; then the line is cut.
    close_seconds: float = 2.0

    # Beyond `soft_bytes` a client is slow: it is spared what may be lost. It is cut beyond `hard_bytes`, or when it
    # stays slow for `slow_seconds`; `most_bytes` is what even one turn of the loop may not exceed.
    soft_bytes: int = 64 * KIB
    hard_bytes: int = 256 * KIB
    most_bytes: int = 1024 * KIB
    slow_seconds: float = 5.0

    # A token is one frame, or one KiB of a larger one. A screen says three sentences per delivery.
    frames_per_second: int = 500
    frames_burst: int = 2_000
    # Events of one client that wait for its handler; beyond that nothing more is read from it.
    queued_events: int = 64
    strikes: int = 3

    handshakes_per_second: int = 2_500
    # Connections that have not said who they are: all together, and from one address.
    strangers: int = 4_096
    strangers_per_address: int = 1_024

    # A drain closes at least that many connections a second, and all of them within `drain_seconds`.
    drain_per_second: int = 500
    drain_seconds: float = 1.5

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take from the settings what an admin may change."""
        return cls(
            connect_seconds=settings.connect_seconds,
            frames_per_second=settings.frames_per_second,
            frames_burst=settings.frames_per_second * 4,
            handshakes_per_second=settings.handshakes_per_second,
            strangers=settings.strangers,
            strangers_per_address=settings.strangers_per_address,
        )
