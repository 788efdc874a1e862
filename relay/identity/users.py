"""People: their names, roles and passwords (Argon2id), checked in the same time whether or not the name is known."""

import asyncio
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, insert, select, update

from relay.clock import Clock
from relay.contract.accounts import NewUser
from relay.contract.identity import Role, UserInfo
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.spelling import name_key, tidy_name
from relay.identity.tables import users
from relay.storage.database import Database

# Each hash takes 64 MiB and a core for about 0.1 s (RFC 9106, second recommended option); a flood has to queue.
HASHED_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class User:
    """A person who has signed in."""

    key: str
    name: str
    role: Role


class Users:
    """The people of this relay. Names are unique ignoring letter case."""

    def __init__(self, database: Database, clock: Clock, *, hasher: PasswordHasher | None = None) -> None:
        """Serve the people of `database`; a weaker `hasher` is for tests."""
        self._database = database
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(HASHED_AT_ONCE)
        self._nobody: str | None = None

    async def add(self, wish: NewUser) -> UserInfo:
        """Add a person. Raises ALREADY_EXISTS, or VALIDATION_ERROR for a name that nobody could read."""
        name = tidy_name(wish.name)
        if name is None:
            raise invalid("name", "pattern")
        async with self._turn:
            password_hash = await asyncio.to_thread(self._hasher.hash, _spell(wish.password))
        now_ms = self._clock.now_ms()

        def insert_user(connection: Connection) -> None:
            key = name_key(name)
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

        await self._database.write(insert_user)
        return UserInfo(name=name, role=wish.role)

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
            fits = await asyncio.to_thread(self._fits, kept, _spell(password))
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
            new = await asyncio.to_thread(self._hasher.hash, _spell(password))
        change = (
            update(users)
            .where(users.c.user_key == key, users.c.password_hash == old)
            .values(password_hash=new)
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)


def _spell(password: str) -> str:
    """Give a password typed on any system the same bytes (RFC 8265, OpaqueString: NFC)."""
    return unicodedata.normalize("NFC", password)
