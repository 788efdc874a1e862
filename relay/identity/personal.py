"""What the relay knows of one person, read at one moment; deliveries are the other room's (relay.delivery.personal).

What must never be in it: passwords, keys of a second factor, tokens, not even as hashes.
"""

from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from relay.contract.own_account import PastSignIn
from relay.contract.personal import PersonalData, PersonDelivery
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import entry_of
from relay.identity.notices import notice_of, sign_in_before
from relay.identity.own_sessions import session_of
from relay.identity.spelling import name_key
from relay.identity.tables import (
    api_tokens,
    audit,
    last_sign_ins,
    notices,
    recovery_codes,
    second_factors,
    sessions,
    user_grants,
    users,
)
from relay.identity.users import RESTRICTED
from relay.storage.database import Database

MOST = 10_000


async def personal_data(
    database: Database,
    name: str,
    *,
    relay: str,
    at_ms: int,
    delivered: tuple[int, tuple[PersonDelivery, ...]],
) -> PersonalData:
    """Collect it; `delivered` is how many deliveries the person asked for, and the newest. Raises USER_NOT_FOUND."""
    key = name_key(name.strip())
    in_all, deliveries = delivered

    def read(connection: Connection) -> PersonalData:
        person = connection.execute(select(users).where(users.c.user_key == key)).first()
        if person is None:
            raise Refusal(Code.USER_NOT_FOUND)
        subject = f"user:{person.name}"
        of_them = or_(
            audit.c.actor == subject, (audit.c.target_kind == "user") & (audit.c.target == person.name)
        )
        granted = connection.execute(
            select(user_grants.c.permission).where(user_grants.c.user_key == key).order_by("permission")
        ).scalars()
        permissions = list(granted)
        signed_in = connection.execute(select(last_sign_ins).where(last_sign_ins.c.user_key == key)).first()
        factor = select(second_factors.c.set_up_at).where(second_factors.c.user_key == key)
        codes = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_key == key)
        made = select(api_tokens.c.name).where(api_tokens.c.created_by == subject).order_by("created_at")
        live = select(sessions).where(sessions.c.user_key == key).order_by(sessions.c.used_at.desc())
        told = select(notices).where(notices.c.user_key == key).order_by(notices.c.id.desc())
        deeds = select(audit).where(of_them).order_by(audit.c.id.desc()).limit(MOST)
        return PersonalData(
            relay=relay,
            at=at_ms,
            name=person.name,
            role=person.role,
            created_at=person.created_at,
            restricted=bool(permissions),
            permissions=tuple(each for each in permissions if each != RESTRICTED),
            second_factor_since=connection.execute(factor).scalar(),
            recovery_codes_left=connection.execute(codes).scalar_one(),
            last_sign_in=None if signed_in is None else _last(signed_in),
            sign_in_before=None if signed_in is None else sign_in_before(signed_in),
            sessions=tuple(session_of(row, None) for row in connection.execute(live)),
            notices=tuple(map(notice_of, connection.execute(told))),
            tokens_made=tuple(connection.execute(made).scalars()),
            deeds=tuple(map(entry_of, connection.execute(deeds))),
            deeds_in_all=connection.execute(
                select(func.count()).select_from(audit).where(of_them)
            ).scalar_one(),
            deliveries=deliveries,
            deliveries_in_all=in_all,
        )

    return await database.read(read)


def _last(row: Row[Any]) -> PastSignIn:
    return PastSignIn(at=row.at, address=row.address, agent=row.agent)
