"""The end of every pairing: a workstation gets a screen's credential, and the former one's is over.

It happens in two steps, because the first stands in a transaction of the caller's, and the second after its commit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from relay.contract.names import ScreenId
from relay.contract.pairing import Device, Grant, RelayAddress
from relay.identity.sessions import NewSession, Sessions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Granted:
    """What a transaction has given: a session of the screen, in place of those that ended."""

    screen_id: str
    begun: NewSession
    ended: list[bytes]


def give(
    connection: Connection, sessions: Sessions, *, screen_key: str, screen_id: str, device: Device
) -> Granted:
    """Begin the screen's session, within the caller's transaction."""
    label = " · ".join(part for part in (device.name.strip(), device.platform.strip()) if part)
    begun, ended = sessions.begin_for_screen(connection, screen_key, label)
    return Granted(screen_id, begun, ended)


def hand_over(granted: Granted, sessions: Sessions, relay_address: Callable[[], RelayAddress]) -> Grant:
    """Cut the former device off and word the answer, after the commit."""
    if granted.ended:
        sessions.access.forget(granted.ended, screen_id=granted.screen_id)
    log.info("A screen was paired", screen_id=granted.screen_id, replaced=bool(granted.ended))
    tokens = sessions.tokens_for_screen(granted.screen_id, granted.begun)
    return Grant(
        screen_id=ScreenId(granted.screen_id),
        token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
        relay=relay_address(),
    )
