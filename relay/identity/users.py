"""People: their names, roles and passwords (Argon2id), checked in the same time whether or not the name is known."""

import asyncio
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from relay.clock import Clock
from relay.contract.accounts import NewUser
from relay.contract.identity import Role, UserInfo
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.audit import noting
from relay.identity.groups import require_known
from relay.identity.passwords import LEAST, require_good, spell
from relay.identity.rights import read_permission
from relay.identity.spelling import name_key, tidy_name
from relay.identity.tables import user_grants, users
from relay.storage.database import Database

# Each hash takes 64 MiB and a core for about 0.1 s (RFC 9106, second recommended option); a flood has to queue.
HASHED_AT_ONCE = 2
# Stands among the permissions of whoever has any.
RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class User:
    """A person who has signed in; `is_elsewhere` where nobody saw them of late: another browser, another address."""

    key: str
    name: str
    role: Role
    is_elsewhere: bool = False


class Users:
    """The people of this relay. Names are unique ignoring letter case."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        hasher: PasswordHasher | None = None,
        password_length: int = LEAST,
    ) -> None:
        """Serve the people of `database`; a weaker `hasher` is for tests."""
        self._password_length = password_length
        self._database = database
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(HASHED_AT_ONCE)
        self._nobody: str | None = None

    async def add(self, wish: NewUser, *, only_first: bool = False) -> UserInfo:
        """Add a person; `only_first` where there must be nobody yet.

        Raises ALREADY_EXISTS, VALIDATION_ERROR for a name that nobody could read and for a password that is too easy,
        SCREEN_NOT_FOUND for a permission without its screen, WELCOME_ENDED where somebody is there already.
        """
        name = tidy_name(wish.name)
        if name is None:
            raise invalid("name", "pattern")
        password_hash = await self.hash_new(wish.password, name)
        now_ms = self._clock.now_ms()
        note = noting("user.first_admin" if only_first else "user.add", "user", name, self._clock, wish.role)

        def insert_user(connection: Connection) -> None:
            key = name_key(name)
            if only_first and connection.execute(select(users.c.user_key).limit(1)).first() is not None:
                raise Refusal(Code.WELCOME_ENDED)
            if (
                connection.execute(select(users.c.user_key).where(users.c.user_key == key)).first()
                is not None
            ):
                raise Refusal(Code.ALREADY_EXISTS, what=name)
            connection.execute(
                insert(users).values(
                    user_key=key, name=name, role=wish.role, password_hash=password_hash, created_at=now_ms
                )
            )
            read = filter(None, map(read_permission, wish.permissions))
            write_permissions(
                connection, key, [require_known(connection, each, "permissions") for each in read]
            )
            note(connection)

        await self._database.write(insert_user)
        return UserInfo(name=name, role=wish.role)

    async def hash_new(self, password: str, name: str) -> str:
        """Hash a password that somebody chooses for this name. Raises VALIDATION_ERROR for one that is too easy."""
        require_good(password, name=name, least=self._password_length)
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, spell(password))

    async def is_anybody(self) -> bool:
        """Tell whether there is anybody at all."""
        query = select(users.c.user_key).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first()) is not None

    async def known_name(self, name: str) -> str | None:
        """Return the name as it is kept of whoever is meant, None for nobody."""
        query = select(users.c.name).where(users.c.user_key == name_key(name.strip()))
        return await self._database.read(lambda connection: connection.execute(query).scalar())

    async def check(self, name: str, password: str) -> User:
        """Return the person of that name and password. Raises SIGN_IN_FAILED, without telling which one was wrong."""
        key = name_key(name.strip())
        row = await self._database.read(
            lambda connection: connection.execute(select(users).where(users.c.user_key == key)).first()
        )
        async with self._turn:
            if self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody's password")
            kept = self._nobody if row is None else row.password_hash
            fits = await asyncio.to_thread(self._fits, kept, spell(password))
        if row is None or not fits:
            raise Refusal(Code.SIGN_IN_FAILED)
        if self._hasher.check_needs_rehash(row.password_hash):
            await self._hash_again(key, row.password_hash, password)
        return User(key, row.name, row.role)

    def _fits(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _hash_again(self, key: str, old: str, password: str) -> None:
        async with self._turn:
            new = await asyncio.to_thread(self._hasher.hash, spell(password))
        change = (
            update(users)
            .where(users.c.user_key == key, users.c.password_hash == old)
            .values(password_hash=new)
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)


def write_permissions(connection: Connection, key: str, permissions: list[str]) -> None:
    """Replace what a person may do with single screens; none at all means the role at every screen."""
    connection.execute(delete(user_grants).where(user_grants.c.user_key == key))
    # The mark stays when what was permitted is deleted: whoever was restricted does not gain by it.
    for permission in dict.fromkeys([RESTRICTED, *permissions] if permissions else ()):
        connection.execute(insert(user_grants).values(user_key=key, permission=permission))
