"""Offers: an admin offers a screen, one workstation claims it, once, within ten minutes.

What must always hold: a claim is one transaction, so of two claims at the same moment exactly one gets the screen. A
refused claim changes nothing. The former device's credential ends in that same transaction, and its socket right after.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from relay.clock import Clock
from relay.contract.pairing import Claim, Grant, Offer, RelayAddress, write_link
from relay.contract.pairing_check import check_number
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting, with_note
from relay.identity.caller import Caller
from relay.identity.screens import Screens
from relay.identity.sessions import Sessions
from relay.identity.spelling import name_key
from relay.identity.tables import screens as screen_rows
from relay.pairing.granting import Granted, give, hand_over
from relay.pairing.secrets import keyed_hash, make_code, make_token
from relay.pairing.tables import offers
from relay.storage.database import Database
from relay.web.qr import draw_qr

LIFE = timedelta(minutes=10)


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

        await self._database.write(with_note(replace, now_ms, "screen.offer"))
        link = write_link(screen.screen_id, token, self._relay_address())
        return Offer(
            link=link,
            code=code,
            token=token,
            expires_at=expires_at,
            qr_svg=draw_qr(link),
            check=await check_of(self._relay_address()),
        )

    async def claim(self, claim: Claim) -> Grant:
        """Give the screen to the device that knows the secret.

        Raises PAIRING_INVALID, PAIRING_EXPIRED or PAIRING_USED.
        """
        now_ms = self._clock.now_ms()
        hashed = keyed_hash(self._sessions.keys, claim.token)
        note = noting("screen.pair", "screen", "", self._clock)

        def take(connection: Connection) -> Granted:
            found = (
                select(offers.c.screen_key, offers.c.expires_at, offers.c.used_at, screen_rows.c.screen_id)
                .join(screen_rows, screen_rows.c.screen_key == offers.c.screen_key)
                .where(or_(offers.c.token_hash == hashed, offers.c.code_hash == hashed))
            )
            row = connection.execute(found).first()
            if row is None or (claim.screen_id is not None and name_key(claim.screen_id) != row.screen_key):
                raise Refusal(Code.PAIRING_INVALID)
            if row.used_at is not None:
                raise Refusal(Code.PAIRING_USED)
            if row.expires_at <= now_ms:
                raise Refusal(Code.PAIRING_EXPIRED)
            connection.execute(
                update(offers).where(offers.c.screen_key == row.screen_key).values(used_at=now_ms)
            )
            note(connection, row.screen_id)
            return give(
                connection,
                self._sessions,
                screen_key=row.screen_key,
                screen_id=row.screen_id,
                device=claim.device,
            )

        return hand_over(await self._database.write(take), self._sessions, self._relay_address)


async def check_of(address: RelayAddress) -> str | None:
    """Return the check number of the relay's certificate, None if it serves without one of its own."""
    if address.fingerprint is None:
        return None
    return await asyncio.to_thread(check_number, address.fingerprint)
