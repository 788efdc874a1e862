"""Offers: an admin offers a screen, one workstation claims it, once, within ten minutes.

What must always hold: a claim is one transaction, so of two claims at the same moment exactly one gets the screen. A
refused claim changes nothing. The former device's credential ends in that same transaction, and its socket right after.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import segno
import structlog
from sqlalchemy import Connection, delete, insert, or_, select

from relay.clock import Clock
from relay.contract.pairing import Claim, Device, Grant, Offer, RelayAddress, write_link
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.caller import Caller
from relay.identity.screens import Screens
from relay.identity.sessions import NewSession, Sessions
from relay.identity.spelling import name_key
from relay.identity.tables import screens as screen_rows
from relay.pairing.secrets import keyed_hash, make_code, make_token
from relay.pairing.tables import offers
from relay.storage.database import Database

log = structlog.get_logger()

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Claimed:
    screen_id: str
    begun: NewSession
    ended: list[bytes]


class Offers:
    """The offers that are open."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        screens: Screens,
        sessions: Sessions,
        relay_address: Callable[[], RelayAddress],
    ) -> None:
        """Offer `screens`; links say `relay_address()`, and a claim begins one of `sessions`."""
        self._database = database
        self._clock = clock
        self._screens = screens
        self._sessions = sessions
        self._relay_address = relay_address

    async def make(self, screen_id: str, caller: Caller) -> Offer:
        """Offer a screen, withdrawing an older offer of it. Raises SCREEN_NOT_FOUND."""
        screen = await self._screens.get(screen_id)
        token, code = make_token(), make_code()
        now_ms = self._clock.now_ms()
        expires_at = now_ms + LIFE // timedelta(milliseconds=1)
        keys = self._sessions.keys

        def replace(connection: Connection) -> None:
            key = name_key(screen.screen_id)
            there = select(screen_rows.c.screen_key).where(screen_rows.c.screen_key == key)
            if connection.execute(there).first() is None:
                raise Refusal(Code.SCREEN_NOT_FOUND, screenId=screen.screen_id)
            connection.execute(delete(offers).where(offers.c.screen_key == key))
            connection.execute(
                insert(offers).values(
                    screen_key=key,
                    token_hash=keyed_hash(keys, token),
                    code_hash=keyed_hash(keys, code),
                    created_by=caller.subject,
                    created_at=now_ms,
                    expires_at=expires_at,
                )
            )

        await self._database.write(replace)
        link = write_link(screen.screen_id, token, self._relay_address())
        return Offer(link=link, code=code, token=token, expires_at=expires_at, qr_svg=draw_qr(link))

    async def claim(self, claim: Claim) -> Grant:
        """Give the screen to the device that knows the secret. Raises PAIRING_INVALID or PAIRING_EXPIRED."""
        now_ms = self._clock.now_ms()
        hashed = keyed_hash(self._sessions.keys, claim.token)

        def take(connection: Connection) -> _Claimed:
            found = (
                select(offers.c.screen_key, offers.c.expires_at, screen_rows.c.screen_id)
                .join(screen_rows, screen_rows.c.screen_key == offers.c.screen_key)
                .where(or_(offers.c.token_hash == hashed, offers.c.code_hash == hashed))
            )
            row = connection.execute(found).first()
            if row is None or (claim.screen_id is not None and name_key(claim.screen_id) != row.screen_key):
                raise Refusal(Code.PAIRING_INVALID)
            if row.expires_at <= now_ms:
                raise Refusal(Code.PAIRING_EXPIRED)
            connection.execute(delete(offers).where(offers.c.screen_key == row.screen_key))
            begun, ended = self._sessions.begin_for_screen(connection, row.screen_key, _label(claim.device))
            return _Claimed(row.screen_id, begun, ended)

        claimed = await self._database.write(take)
        if claimed.ended:
            self._sessions.access.forget(claimed.ended, screen_id=claimed.screen_id)
        log.info("A screen was paired", screen_id=claimed.screen_id, replaced=bool(claimed.ended))
        tokens = self._sessions.tokens_for_screen(claimed.screen_id, claimed.begun)
        return Grant(
            screen_id=claimed.screen_id,  # pyright: ignore[reportArgumentType] - it was a ScreenId when it was added
            token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in,
            relay=self._relay_address(),
        )


def draw_qr(link: str) -> str:
    """Draw a link as an SVG image of its own, with the quiet zone that scanners need."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, xmldecl=False, light="#fff"
    )
    return out.getvalue().decode("utf-8").strip()


def _label(device: Device) -> str:
    return " · ".join(part for part in (device.name.strip(), device.platform.strip()) if part)
