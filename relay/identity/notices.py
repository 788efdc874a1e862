"""What a person is to know of their own account: where they last signed in, and what changed about how they do.

How it works: whatever changes a password, a role or a second factor writes a notice in the transaction of the change
(`telling`). It stays until the person has seen and dismissed it. The session that did it is not shown it: whoever signs
in somewhere else with a stolen password can neither see nor dismiss the notice that says so.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from relay.clock import Clock
from relay.contract.own_account import Notice, NoticeKind, OwnAccount, PastSignIn
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import who_and_whence
from relay.identity.caller import Caller
from relay.identity.spelling import name_key
from relay.identity.tables import last_sign_ins, notices
from relay.storage.database import Database

# The oldest are forgotten beyond that.
MOST = 50
LONGEST_AGENT = 300


def telling(
    kind: NoticeKind, clock: Clock, *, detail: str = "", session_id: bytes | None = None
) -> Callable[[Connection, str], None]:
    """Return what tells a person (by their key) of a change, in the transaction that makes it.

    Called while it is known who does it; `session_id` is the person's own session that does.
    """
    actor, address = who_and_whence()
    at = clock.now_ms()

    def tell(connection: Connection, user_key: str) -> None:
        connection.execute(
            insert(notices).values(
                user_key=user_key,
                at=at,
                kind=kind,
                actor=actor,
                address=address,
                detail=detail,
                session_id=session_id,
            )
        )
        own = select(notices.c.id).where(notices.c.user_key == user_key).order_by(notices.c.id.desc())
        older = own.limit(-1).offset(MOST)
        connection.execute(delete(notices).where(notices.c.id.in_(older)))

    return tell


def note_sign_in(connection: Connection, user_key: str, at_ms: int, address: str, agent: str) -> bool:
    """Keep this sign-in and the one before it; tell whether there was one before."""
    before = connection.execute(select(last_sign_ins).where(last_sign_ins.c.user_key == user_key)).first()
    now = {"at": at_ms, "address": address, "agent": agent}
    if before is None:
        connection.execute(insert(last_sign_ins).values(user_key=user_key, **now))
        return False
    connection.execute(
        update(last_sign_ins)
        .where(last_sign_ins.c.user_key == user_key)
        .values(**now, before_at=before.at, before_address=before.address, before_agent=before.agent)
    )
    return True


class Notices:
    """What a person reads of their own account."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    async def account(self, caller: Caller) -> OwnAccount:
        """Return the sign-in before the last one, and the notices that were not dismissed, newest first."""
        key, session_id = name_key(caller.name), bytes.fromhex(caller.session_id or "")
        signed_in = select(last_sign_ins).where(last_sign_ins.c.user_key == key)
        undismissed = select(notices).where(notices.c.user_key == key).order_by(notices.c.id.desc())

        def read(connection: Connection) -> OwnAccount:
            row = connection.execute(signed_in).first()
            return OwnAccount(
                last_sign_in=None if row is None else sign_in_before(row),
                notices=tuple(
                    notice_of(each)
                    for each in connection.execute(undismissed)
                    if each.session_id != session_id
                ),
            )

        return await self._database.read(read)

    async def dismiss(self, caller: Caller, notice_id: int) -> None:
        """Take a notice away that the person has seen. Raises NOT_FOUND."""
        key, session_id = name_key(caller.name), bytes.fromhex(caller.session_id or "")
        its = delete(notices).where(
            notices.c.id == notice_id,
            notices.c.user_key == key,
            notices.c.session_id.is_(None) | (notices.c.session_id != session_id),
        )
        if not await self._database.write(lambda connection: connection.execute(its).rowcount):
            raise Refusal(Code.NOT_FOUND)


def notice_of(row: Row[Any]) -> Notice:
    """Tell a row as the contract does."""
    return Notice(id=row.id, at=row.at, kind=row.kind, by=row.actor, address=row.address, detail=row.detail)


def sign_in_before(row: Row[Any]) -> PastSignIn | None:
    """Tell the sign-in before the last one; None where there was none."""
    if row.before_at is None:
        return None
    return PastSignIn(at=row.before_at, address=row.before_address, agent=row.before_agent)
