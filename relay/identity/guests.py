"""Guests: phones that joined one screen for a shift, by the ticket that it showed.

What must always hold: a guest's row is its whole right. It names one screen, it ends with the shift, and whoever
deletes it (an admin, the guest itself, the screen's own end) has ended the guest: its token is refused from then on,
and its live lines are cut. Its number is never given to anybody else, so what it did stays its own.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from relay.clock import Clock
from relay.contract.joining import GuestInfo
from relay.contract.names import ScreenId
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import Note, noting
from relay.identity.caller import Caller
from relay.identity.spelling import name_key, tidy_name
from relay.identity.tables import guests, screens
from relay.identity.tokens import AccessTokens, guest_name
from relay.storage.database import Database

SESSION_BYTES = 16


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest that was just let in; `name` is what it is called."""

    name: str
    screen_id: str
    session_id: bytes
    expires_at: int


class Guests:
    """The guests of all screens."""

    def __init__(self, database: Database, clock: Clock, access: AccessTokens, *, hours: float) -> None:
        """Keep guests in `database` for so many hours; `access` forgets those that have ended."""
        self.access = access
        self._database = database
        self._clock = clock
        self._life_ms = round(hours * 3_600_000)

    def begin(
        self, connection: Connection, *, screen_key: str, screen_id: str, name: str, address: str
    ) -> Guest:
        """Let a phone in, inside a transaction of the caller's; those whose shift is over are forgotten."""
        now_ms = self._clock.now_ms()
        connection.execute(delete(guests).where(guests.c.expires_at <= now_ms))
        session_id = secrets.token_bytes(SESSION_BYTES)
        given = tidy_name(name) or ""
        expires_at = now_ms + self._life_ms
        new = insert(guests).values(
            session_id=session_id,
            screen_key=screen_key,
            name=given,
            address=address,
            created_at=now_ms,
            expires_at=expires_at,
        )
        number = connection.execute(new.returning(guests.c.guest_id)).scalar_one()
        return Guest(guest_name(given, number), screen_id, session_id, expires_at)

    def count(self, connection: Connection, screen_key: str) -> int:
        """Count the guests of a screen whose shift is not over."""
        there = (guests.c.screen_key == screen_key, guests.c.expires_at > self._clock.now_ms())
        return connection.execute(select(func.count()).select_from(guests).where(*there)).scalar_one()

    def token(self, guest: Guest) -> str:
        """Sign the token that the guest's cookie holds."""
        seconds = (guest.expires_at - self._clock.now_ms()) // 1000
        return self.access.issue_for_guest(guest.name, guest.screen_id, guest.session_id, seconds)

    async def of_screen(self, screen_id: str, online: Iterable[Caller]) -> tuple[GuestInfo, ...]:
        """Return the guests of a screen, newest first; `online` is who is connected now."""
        wanted = (
            select(guests, screens.c.screen_id)
            .join(screens, screens.c.screen_key == guests.c.screen_key)
            .where(guests.c.screen_key == name_key(screen_id), guests.c.expires_at > self._clock.now_ms())
            .order_by(guests.c.guest_id.desc())
        )
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        live = {caller.session_id for caller in online if caller.is_guest}
        return tuple(
            GuestInfo(
                guest_id=row.guest_id,
                name=guest_name(row.name, row.guest_id),
                screen_id=ScreenId(row.screen_id),
                address=row.address,
                created_at=row.created_at,
                expires_at=row.expires_at,
                online=row.session_id.hex() in live,
            )
            for row in rows
        )

    async def end(self, screen_id: str, guest_id: int) -> None:
        """End one guest at once. Raises GUEST_NOT_FOUND."""
        mine = (guests.c.screen_key == name_key(screen_id), guests.c.guest_id == guest_id)
        note = noting("guest.end", "screen", screen_id, self._clock, f"guest:#{guest_id}")
        if not await self._end(note, *mine):
            raise Refusal(Code.GUEST_NOT_FOUND)

    async def end_all(self, screen_id: str) -> None:
        """End every guest of a screen."""
        note = noting("guest.end_all", "screen", screen_id, self._clock)
        await self._end(note, guests.c.screen_key == name_key(screen_id))

    async def leave(self, caller: Caller) -> None:
        """End the guest that asks for it."""
        own = guests.c.session_id == bytes.fromhex(caller.session_id or "")
        await self._end(noting("guest.leave", "screen", caller.screen_id or "", self._clock), own)

    async def _end(self, note: Note, *which: ColumnElement[bool]) -> int:
        ended = delete(guests).where(*which).returning(guests.c.session_id)

        def work(connection: Connection) -> list[bytes]:
            gone = list(connection.execute(ended).scalars())
            if gone:
                note(connection)
            return gone

        gone = await self._database.write(work)
        self.access.forget(gone)
        return len(gone)
