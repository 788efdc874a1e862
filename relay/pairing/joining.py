"""Joining: a screen shows a ticket, and the phones that scan it become its guests for a shift.

How it works: a ticket is 130 bits for the link, and a code of 40 bits for whoever has to type it (an installed page on
iOS does not see what the browser scanned). Both name one screen. A ticket lives ten minutes; a screen asks for the
next one before that, and the former stays good for whoever has just scanned it.

What must always hold: both are kept as keyed hashes. A ticket ends with the session that made it, so a workstation
that was cut off invites nobody. Codes are guessed in vain: after five wrong ones an address waits for minutes.
"""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import Connection, delete, insert, or_, select, update

from relay.clock import Clock
from relay.contract.joining import JoinTicket
from relay.contract.pairing import RelayAddress, tidy_secret
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.guests import Guest, Guests
from relay.identity.keys import Keys
from relay.identity.screens import Screens
from relay.identity.spelling import name_key
from relay.identity.tables import guests as guest_rows
from relay.identity.tables import screens as screen_rows
from relay.pairing.secrets import CODE_LETTERS, keyed_hash, make_code, make_token
from relay.pairing.tables import join_tickets as rows
from relay.storage.database import Database
from relay.web.guesses import Guesses
from relay.web.limits import address_key
from relay.web.qr import draw_qr

LIFE = timedelta(minutes=10)
# How many phones one ticket lets in, and how many tickets of one maker are good at a screen at once.
MOST_PHONES = 30
MOST_TICKETS = 3
# So long a ticket that has expired is told from one that never was.
TOLD_MS = 3_600_000


class Joining:
    """The tickets that are good."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keys: Keys,
        screens: Screens,
        guests: Guests,
        *,
        phone_address: Callable[[], str],
        is_allowed: bool,
        per_screen: int,
    ) -> None:
        """Let phones in as `guests`, `per_screen` at most; links lead to `phone_address()`."""
        self._database = database
        self._clock = clock
        self._keys = keys
        self._screens = screens
        self._guests = guests
        self._phone_address = phone_address
        self._is_allowed = is_allowed
        self._per_screen = per_screen
        self._guesses = Guesses(clock)

    async def make(self, screen_id: str, caller: Caller) -> JoinTicket:
        """Make a ticket. Raises GUESTS_NOT_ALLOWED or SCREEN_NOT_FOUND."""
        self._require_allowed()
        spelling = await self._screens.spelling(screen_id)
        ticket, code, now_ms = make_token(), make_code(), self._clock.now_ms()
        expires_at = now_ms + LIFE // timedelta(milliseconds=1)
        # A screen asks every few minutes, all day: no deed of anybody's.
        note = None if caller.kind == "screen" else noting("screen.ticket", "screen", spelling, self._clock)
        values: dict[str, object] = {
            "ticket_hash": keyed_hash(self._keys, ticket),
            "code_hash": keyed_hash(self._keys, code),
            "session_id": bytes.fromhex(caller.session_id) if caller.session_id else None,
            "screen_key": name_key(spelling),
            "made_by": caller.subject,
            "created_at": now_ms,
            "expires_at": expires_at,
            "joined": 0,
        }

        def add(connection: Connection) -> None:
            there = select(screen_rows.c.screen_key).where(screen_rows.c.screen_key == values["screen_key"])
            if connection.execute(there).first() is None:
                raise Refusal(Code.SCREEN_NOT_FOUND, screenId=spelling)
            connection.execute(delete(rows).where(rows.c.expires_at <= now_ms - TOLD_MS))
            connection.execute(insert(rows).values(values))
            own = (rows.c.screen_key == values["screen_key"], rows.c.made_by == caller.subject)
            newest = (
                select(rows.c.ticket_hash).where(*own).order_by(rows.c.created_at.desc()).limit(MOST_TICKETS)
            )
            connection.execute(delete(rows).where(*own, rows.c.ticket_hash.not_in(newest)))
            if note is not None:
                note(connection)

        await self._database.write(add)
        link = f"{self._phone_address()}/scan/#join={ticket}&screen={quote(spelling, safe='')}"
        return JoinTicket(link=link, ticket=ticket, code=code, expires_at=expires_at, qr_svg=draw_qr(link))

    async def join(self, secret: str, name: str, address: str, former: Caller | None) -> Guest:
        """Let a phone in; the guest that it was before (`former`) ends.

        Raises GUESTS_NOT_ALLOWED, JOIN_INVALID, JOIN_EXPIRED, JOIN_FULL, or RATE_LIMITED with the time to wait.
        """
        self._require_allowed()
        is_code = len(tidy_secret(secret)) <= CODE_LETTERS
        if is_code:
            self._guesses.begin("join", address_key(address))
        hashed, now_ms = keyed_hash(self._keys, secret), self._clock.now_ms()
        before = bytes.fromhex(former.session_id) if former is not None and former.session_id else None
        note = noting("screen.join", "screen", "", self._clock)

        def enter(connection: Connection) -> Guest:
            found = (
                select(rows, screen_rows.c.screen_id)
                .join(screen_rows, screen_rows.c.screen_key == rows.c.screen_key)
                .where(or_(rows.c.ticket_hash == hashed, rows.c.code_hash == hashed))
            )
            row = connection.execute(found).first()
            if row is None:
                raise Refusal(Code.JOIN_INVALID)
            if row.expires_at <= now_ms:
                raise Refusal(Code.JOIN_EXPIRED)
            if before is not None:
                connection.execute(delete(guest_rows).where(guest_rows.c.session_id == before))
            is_full = self._guests.count(connection, row.screen_key) >= self._per_screen
            if row.joined >= MOST_PHONES or is_full:
                raise Refusal(Code.JOIN_FULL, screenId=row.screen_id)
            counted = update(rows).where(rows.c.ticket_hash == row.ticket_hash)
            connection.execute(counted.values(joined=row.joined + 1))
            guest = self._guests.begin(
                connection, screen_key=row.screen_key, screen_id=row.screen_id, name=name, address=address
            )
            note(connection, row.screen_id, f"guest:{guest.name}")
            return guest

        guest = await self._database.write(enter)
        if is_code:
            self._guesses.right("join", address_key(address))
        if before is not None:
            self._guests.access.forget([before])
        return guest

    async def end_all(self, screen_id: str) -> None:
        """End the guests of a screen, and the tickets that would let them in again. Raises SCREEN_NOT_FOUND."""
        spelling = await self._screens.spelling(screen_id)
        mine = delete(rows).where(rows.c.screen_key == name_key(spelling))
        await self._database.write(lambda connection: connection.execute(mine).rowcount)
        await self._guests.end_all(spelling)

    def _require_allowed(self) -> None:
        if not self._is_allowed:
            raise Refusal(Code.GUESTS_NOT_ALLOWED)


def address_for_phones(wished: str, relay: RelayAddress) -> str:
    """Say where phones reach the relay: where the admin says, else at the first of its addresses."""
    return wished or relay.addresses[0]
