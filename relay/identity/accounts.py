"""What becomes of people after they were added: other names, roles, passwords and permissions, and their leaving.

What must always hold: one admin is left. What changes about a person holds from the next request on, and their live
lines are cut, for good where the session is over, else to come back as who they are now.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from relay.clock import Clock
from relay.contract.accounts import UserChange, UserList, UserRow
from relay.contract.identity import Role
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.audit import noting
from relay.identity.groups import require_known
from relay.identity.notices import telling
from relay.identity.rights import read_permission
from relay.identity.spelling import name_key, tidy_name
from relay.identity.tables import (
    last_sign_ins,
    notices,
    recovery_codes,
    second_factors,
    sessions,
    user_grants,
    users,
)
from relay.identity.tokens import AccessTokens
from relay.identity.users import RESTRICTED, Users, write_permissions
from relay.storage.database import Database


class Accounts:
    """The people of this relay, as an admin looks after them."""

    def __init__(self, database: Database, clock: Clock, users_: Users, access: AccessTokens) -> None:
        """Change them in `database`; `users_` hashes passwords, `access` forgets and judges anew."""
        self._database = database
        self._clock = clock
        self._users = users_
        self._access = access

    async def list(self) -> UserList:
        """List everybody by name."""
        now_ms = self._clock.now_ms()

        def read(connection: Connection) -> tuple[UserRow, ...]:
            granted: dict[str, list[str]] = {}
            for row in connection.execute(select(user_grants).order_by(user_grants.c.permission)):
                granted.setdefault(row.user_key, []).append(row.permission)
            live = (
                select(
                    users.c.user_key,
                    users.c.name,
                    users.c.role,
                    users.c.created_at,
                    func.count(sessions.c.session_id).label("sessions"),
                    func.max(sessions.c.used_at).label("used_at"),
                    func.max(second_factors.c.set_up_at).label("factor_at"),
                )
                .outerjoin(
                    sessions, (sessions.c.user_key == users.c.user_key) & (sessions.c.expires_at > now_ms)
                )
                .outerjoin(second_factors, second_factors.c.user_key == users.c.user_key)
                .group_by(users.c.user_key)
                .order_by(users.c.user_key)
            )
            return tuple(
                UserRow(
                    name=row.name,
                    role=row.role,
                    created_at=row.created_at,
                    sessions=row.sessions,
                    last_seen_at=row.used_at,
                    restricted=row.user_key in granted,
                    permissions=tuple(each for each in granted.get(row.user_key, ()) if each != RESTRICTED),
                    second_factor=row.factor_at is not None,
                )
                for row in connection.execute(live)
            )

        return UserList(users=await self._database.read(read))

    async def change(self, name: str, wish: UserChange) -> UserRow:
        """Change what is given. Raises USER_NOT_FOUND, LAST_ADMIN, ALREADY_EXISTS, VALIDATION_ERROR."""
        key, new_name = name_key(name.strip()), None
        if wish.name is not None and (new_name := tidy_name(wish.name)) is None:
            raise invalid("name", "pattern")
        password_hash = None
        if wish.password is not None:
            password_hash = await self._users.hash_new(wish.password, new_name or name)
        said = [
            field for field in ("name", "role", "password", "permissions") if getattr(wish, field) is not None
        ]
        detail = " ".join([*said, wish.role or "", *(wish.permissions or ())]).strip()
        note = noting("user.change", "user", name, self._clock, detail)
        tell = _telling_of(wish, new_name, self._clock)

        def work(connection: Connection) -> tuple[str, list[bytes]]:
            row = connection.execute(select(users).where(users.c.user_key == key)).first()
            if row is None:
                raise Refusal(Code.USER_NOT_FOUND)
            if wish.role is not None and wish.role != "admin":
                _require_other_admin(connection, key, row.role)
            values: dict[str, object] = {"role": wish.role or row.role}
            if password_hash is not None:
                values["password_hash"] = password_hash
            connection.execute(update(users).where(users.c.user_key == key).values(values))
            if wish.permissions is not None:
                write_permissions(connection, key, _known(connection, wish.permissions))
            known_as = key
            if new_name is not None:
                known_as = _rename(connection, key, new_name)
            tell(connection, row, known_as)
            note(connection)
            return known_as, _sessions_of(connection, known_as, end=password_hash is not None)

        known_as, touched = await self._database.write(work)
        if password_hash is not None:
            self._access.forget(touched)
        else:
            changed = {session_id.hex() for session_id in touched}
            self._access.judge_again(lambda caller: caller.session_id in changed)
        return next(row for row in (await self.list()).users if name_key(row.name) == known_as)

    async def delete(self, name: str) -> None:
        """Delete a person; their sessions are over at once. Raises USER_NOT_FOUND or LAST_ADMIN."""
        key = name_key(name.strip())
        note = noting("user.delete", "user", name, self._clock)

        def work(connection: Connection) -> list[bytes]:
            row = connection.execute(select(users.c.role).where(users.c.user_key == key)).first()
            if row is None:
                raise Refusal(Code.USER_NOT_FOUND)
            _require_other_admin(connection, key, row.role)
            ended = _sessions_of(connection, key, end=True)
            connection.execute(delete(users).where(users.c.user_key == key))
            note(connection)
            return ended

        self._access.forget(await self._database.write(work))

    async def sign_out_everywhere(self, name: str) -> None:
        """End every session of a person. Raises USER_NOT_FOUND."""
        key = name_key(name.strip())
        note = noting("user.sign_out_everywhere", "user", name, self._clock)

        def work(connection: Connection) -> list[bytes]:
            if connection.execute(select(users.c.role).where(users.c.user_key == key)).first() is None:
                raise Refusal(Code.USER_NOT_FOUND)
            note(connection)
            return _sessions_of(connection, key, end=True)

        self._access.forget(await self._database.write(work))

    async def choose_password(self, name: str, password: str, *, keep: str | None) -> None:
        """Set the password that a person has chosen; every session but `keep` ends. Raises VALIDATION_ERROR."""
        password_hash = await self._users.hash_new(password, name)
        key, kept = name_key(name), bytes.fromhex(keep) if keep else b""
        note = noting("user.password", "user", name, self._clock)
        tell = telling("password", self._clock, session_id=kept)

        def work(connection: Connection) -> list[bytes]:
            chosen = update(users).where(users.c.user_key == key).values(password_hash=password_hash)
            if not connection.execute(chosen).rowcount:
                raise Refusal(Code.USER_NOT_FOUND)
            tell(connection, key)
            note(connection)
            return _sessions_of(connection, key, end=True, but=kept)

        self._access.forget(await self._database.write(work))


def _telling_of(
    wish: UserChange, new_name: str | None, clock: Clock
) -> Callable[[Connection, Row[Any], str], None]:
    """Return what tells a person what an admin has changed about how they sign in; `row` is what was before."""
    password = telling("password", clock)
    role, name = telling("role", clock, detail=wish.role or ""), telling("name", clock, detail=new_name or "")

    def tell(connection: Connection, row: Row[Any], key: str) -> None:
        if wish.password is not None:
            password(connection, key)
        if wish.role not in {None, row.role}:
            role(connection, key)
        if new_name not in {None, row.name}:
            name(connection, key)

    return tell


def _require_other_admin(connection: Connection, key: str, role: Role) -> None:
    """Raise LAST_ADMIN where nobody else could look after this relay."""
    if role != "admin":
        return
    others = select(func.count()).select_from(users).where(users.c.role == "admin", users.c.user_key != key)
    if not connection.execute(others).scalar_one():
        raise Refusal(Code.LAST_ADMIN)


def _known(connection: Connection, permissions: tuple[str, ...]) -> list[str]:
    """Spell permissions as screens and groups are. Raises SCREEN_NOT_FOUND, or VALIDATION_ERROR for a group."""
    read = filter(None, map(read_permission, permissions))
    return [require_known(connection, each, "permissions") for each in read]


def _rename(connection: Connection, key: str, name: str) -> str:
    """Give a person another name; all that is theirs follows. Raises ALREADY_EXISTS."""
    new_key = name_key(name)
    if new_key == key:
        connection.execute(update(users).where(users.c.user_key == key).values(name=name))
        return key
    if connection.execute(select(users.c.user_key).where(users.c.user_key == new_key)).first() is not None:
        raise Refusal(Code.ALREADY_EXISTS, what=name)
    row = connection.execute(select(users).where(users.c.user_key == key)).mappings().one()
    connection.execute(insert(users).values({**row, "user_key": new_key, "name": name}))
    for table in (sessions, user_grants, second_factors, recovery_codes, last_sign_ins, notices):
        connection.execute(update(table).where(table.c.user_key == key).values(user_key=new_key))
    connection.execute(delete(users).where(users.c.user_key == key))
    return new_key


def _sessions_of(connection: Connection, key: str, *, end: bool, but: bytes = b"") -> list[bytes]:
    """Return a person's sessions, ended if so wished."""
    if not end:
        own = select(sessions.c.session_id).where(sessions.c.user_key == key)
        return list(connection.execute(own).scalars())
    over = delete(sessions).where(sessions.c.user_key == key, sessions.c.session_id != but)
    return list(connection.execute(over.returning(sessions.c.session_id)).scalars())
