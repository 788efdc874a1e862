"""API tokens: made for programs, told once, listed without themselves, and revoked."""

import secrets

from sqlalchemy import Connection, delete, insert, select

from relay.clock import Clock
from relay.contract.accounts import ApiToken, ApiTokenList, ApiTokenRow, NewApiToken
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.groups import require_known
from relay.identity.rights import read_permission
from relay.identity.tables import api_tokens
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database

DAY_SECONDS = 24 * 3600


class ApiTokens:
    """The tokens of programs."""

    def __init__(self, database: Database, clock: Clock, access: AccessTokens) -> None:
        """Keep them in `database`; `access` signs them and hears of those that are revoked."""
        self._database = database
        self._clock = clock
        self._access = access

    async def issue(self, wish: NewApiToken, caller: Caller) -> ApiToken:
        """Sign a token and put it on record. Raises SCREEN_NOT_FOUND, or VALIDATION_ERROR for a group."""
        now_ms = self._clock.now_ms()
        token_id = secrets.token_hex(16)
        scope = " ".join(wish.scopes)
        name = wish.name.strip() or token_id[:8]
        life_seconds = wish.days * DAY_SECONDS
        expires_at = (now_ms // 1000 + life_seconds) * 1000
        note = noting("token.create", "token", name, self._clock, scope)

        def add(connection: Connection) -> None:
            for permission in filter(None, map(read_permission, wish.scopes)):
                require_known(connection, permission, "scopes")
            connection.execute(
                insert(api_tokens).values(
                    token_id=token_id,
                    name=name,
                    scopes=scope,
                    created_by=caller.subject,
                    created_at=now_ms,
                    expires_at=expires_at,
                )
            )
            note(connection)

        await self._database.write(add)
        token = self._access.issue_for_program(token_id, name, scope, life_seconds)
        return ApiToken(token_id=token_id, token=token, name=name, scopes=wish.scopes, expires_at=expires_at)

    async def list(self) -> ApiTokenList:
        """List all tokens, the newest first, also those whose time is over."""
        query = select(api_tokens).order_by(api_tokens.c.created_at.desc(), api_tokens.c.token_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return ApiTokenList(
            tokens=tuple(
                ApiTokenRow(
                    token_id=row.token_id,
                    name=row.name,
                    scopes=tuple(row.scopes.split()),
                    created_by=row.created_by,
                    created_at=row.created_at,
                    expires_at=row.expires_at,
                    last_used_at=row.last_used_at,
                )
                for row in rows
            )
        )

    async def revoke(self, token_id: str) -> None:
        """Refuse a token from now on, and cut the lines that it opened. Raises NOT_FOUND."""
        note = noting("token.revoke", "token", "", self._clock)

        def remove(connection: Connection) -> bool:
            gone = delete(api_tokens).where(api_tokens.c.token_id == token_id).returning(api_tokens.c.name)
            row = connection.execute(gone).first()
            if row is not None:
                note(connection, row.name)
            return row is not None

        if not await self._database.write(remove):
            raise Refusal(Code.NOT_FOUND)
        self._access.forget_program(token_id)
