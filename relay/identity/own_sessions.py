"""A person's own sessions, one by one: when each began, where, and when it was last used; and how they end.

They are named by a hash of what the relay calls them, which opens nothing and is told to nobody else.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from relay.clock import Clock
from relay.contract.own_account import OwnSession, OwnSessions
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.spelling import name_key
from relay.identity.tables import sessions
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database

ID_LETTERS = 24


class PersonSessions:
    """The sessions of whoever asks."""

    def __init__(self, database: Database, clock: Clock, access: AccessTokens) -> None:
        """Look after those in `database`; `access` forgets the ended ones."""
        self._database = database
        self._clock = clock
        self._access = access

    async def list(self, caller: Caller) -> OwnSessions:
        """List them, the last used first."""
        own = (
            select(sessions)
            .where(sessions.c.user_key == name_key(caller.name), sessions.c.expires_at > self._clock.now_ms())
            .order_by(sessions.c.used_at.desc(), sessions.c.created_at.desc())
        )
        return OwnSessions(
            sessions=await self._database.read(
                lambda connection: tuple(
                    session_of(row, caller.session_id) for row in connection.execute(own)
                )
            )
        )

    async def end(self, caller: Caller, wanted: str) -> None:
        """End one of them, by its public id. Raises NOT_FOUND."""
        if not await self._end(caller, "user.session_end", lambda each: public_id(each) == wanted):
            raise Refusal(Code.NOT_FOUND)

    async def end_others(self, caller: Caller) -> None:
        """End all but the one that asks."""
        await self._end(caller, "user.sessions_end", lambda each: each.hex() != caller.session_id)

    async def prove(self, caller: Caller) -> None:
        """Keep that the password was given just now, in this session."""
        session_id = bytes.fromhex(caller.session_id or "")
        proved = update(sessions).where(sessions.c.session_id == session_id)
        now_ms = self._clock.now_ms()
        await self._database.write(
            lambda connection: connection.execute(proved.values(proved_at=now_ms)).rowcount
        )
        self._access.read_again(session_id)

    async def _end(self, caller: Caller, action: str, is_meant: Callable[[bytes], bool]) -> bool:
        key = name_key(caller.name)
        note = noting(action, "user", caller.name, self._clock)

        def work(connection: Connection) -> list[bytes]:
            own = connection.execute(
                select(sessions.c.session_id).where(sessions.c.user_key == key)
            ).scalars()
            meant = [each for each in own if is_meant(each)]
            if meant:
                connection.execute(delete(sessions).where(sessions.c.session_id.in_(meant)))
                note(connection)
            return meant

        ended = await self._database.write(work)
        self._access.forget(ended)
        return bool(ended)


def public_id(session_id: bytes) -> str:
    """Name a session to its owner, by what opens nothing."""
    return hashlib.sha256(b"session\0" + session_id).hexdigest()[:ID_LETTERS]


def session_of(row: Row[Any], this_id: str | None) -> OwnSession:
    """Tell a row of a person's session to them; `this_id` is the one that asks."""
    return OwnSession(
        id=public_id(row.session_id),
        begun_at=row.created_at,
        used_at=row.used_at,
        ends_at=row.expires_at,
        is_page=bool(row.is_page),
        is_this=row.session_id.hex() == this_id,
        address=row.address or "",
        agent=row.agent or "",
    )
