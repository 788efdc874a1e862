"""Sessions: signing in, and going on with refresh tokens of which each works once.

How it works: a refresh token is `session id + nonce + MAC`. The MAC tells a token that this relay once made from an
invented one, so the session's row needs to remember only the hash of the newest. A genuine token that is not the newest
was used before: somebody has a copy, and the whole session is revoked.

One repetition is forgiven: the same token with the same `attempt`, while its successor is unused. The successor is
computed from both, so it can be told again although only its hash is kept; also where the keys were rotated in between.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, insert, select, update

from relay.clock import Clock
from relay.contract.identity import Refresh, Tokens, UserInfo
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import Note, by, noting, who_and_whence
from relay.identity.caller import Kind
from relay.identity.keys import Keys
from relay.identity.notices import LONGEST_AGENT, note_sign_in, telling
from relay.identity.session_terms import Terms
from relay.identity.tables import screens, sessions, users
from relay.identity.tokens import LIFE_SECONDS, AccessTokens
from relay.identity.users import User
from relay.storage.database import Database

log = structlog.get_logger()

HOUR_MS = 3_600_000
USER_REFRESH_MS = 24 * HOUR_MS
SCREEN_REFRESH_MS = 30 * 24 * HOUR_MS
PREFIX = "bcr_"
PART = 16


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just begun; its refresh token is told once."""

    session_id: bytes
    refresh_token: str


@dataclass(frozen=True, slots=True)
class _Owner:
    kind: Kind
    name: str
    scope: str
    session_id: bytes


@dataclass(frozen=True, slots=True)
class _Renewed:
    owner: _Owner
    refresh_token: str


@dataclass(frozen=True, slots=True)
class _Refused:
    code: Code
    revoked: _Owner | None = None


class Sessions:
    """The sessions of people and screens."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: AccessTokens,
        keys: Keys,
        *,
        terms: Callable[[], Terms] = Terms,
    ) -> None:
        """Keep sessions in `database`; their access tokens come from `access`, their refresh tokens from `keys`.

        `terms` say how long people stay signed in in a browser.
        """
        self.access = access
        self.keys = keys
        self.terms = terms
        # Called with whose refresh token came a second time.
        self.on_reused: Callable[[str], None] = lambda _owner: None
        self._database = database
        self._clock = clock

    async def open_for(self, user: User, agent: str = "", *, is_page: bool = False) -> Tokens:
        """Begin a session for a person who has just proved who they are.

        `agent` is what their browser or program calls itself; `is_page`: in the cookies of a browser.
        """
        now_ms = self._clock.now_ms()
        begun = _begin(self.keys, now_ms)
        by(f"user:{user.name}")
        note = noting("auth.sign_in", "user", user.name, self._clock)
        agent, address = agent[:LONGEST_AGENT], who_and_whence()[1]
        tell = telling("elsewhere", self._clock, detail=agent, session_id=begun.session_id)
        life_ms = self.terms().end_ms(now_ms, now_ms) - now_ms if is_page else USER_REFRESH_MS

        def add(connection: Connection) -> None:
            # Kept for a day, so that a page that comes back hears that it has expired.
            over = sessions.c.user_key.is_not(None), sessions.c.expires_at <= now_ms - USER_REFRESH_MS
            connection.execute(delete(sessions).where(*over))
            where = {"is_page": int(is_page), "address": address, "agent": agent, "proved_at": now_ms}
            _insert(connection, begun, now_ms, life_ms, user_key=user.key, where=where)
            was_here = note_sign_in(connection, user.key, now_ms, address, agent)
            if was_here and user.is_elsewhere:
                tell(connection, user.key)
            note(connection)

        await self._database.write(add)
        owner = _Owner("user", user.name, f"role:{user.role}", begun.session_id)
        return self._tokens(owner, begun.refresh_token, UserInfo(name=user.name, role=user.role))

    def begin_for_screen(
        self, connection: Connection, screen_key: str, device: str
    ) -> tuple[NewSession, list[bytes]]:
        """Begin a screen's session inside a transaction of the caller's, ending the one it had.

        Returns the new session and the ended ones, which the caller has to `access.forget` after the commit.
        """
        now_ms = self._clock.now_ms()
        former = delete(sessions).where(sessions.c.screen_key == screen_key).returning(sessions.c.session_id)
        ended = [row.session_id for row in connection.execute(former)]
        begun = _begin(self.keys, now_ms)
        _insert(connection, begun, now_ms, SCREEN_REFRESH_MS, screen_key=screen_key, device=device)
        return begun, ended

    def tokens_for_screen(self, screen_id: str, begun: NewSession) -> Tokens:
        """Issue the first tokens of a screen's session."""
        return self._tokens(_screen_owner(screen_id, begun.session_id), begun.refresh_token)

    async def refresh(self, request: Refresh, *, is_page: bool = False, is_attended: bool = True) -> Tokens:
        """Exchange a refresh token. Raises TOKEN_INVALID (unknown, revoked, or used before) or TOKEN_EXPIRED.

        `is_page`: from the cookie of a browser; not `is_attended`: the page asks by itself, nobody uses it just now.
        """
        keys, now_ms, terms = self.keys, self._clock.now_ms(), self.terms()
        note = noting("auth.token_reused", "session", "", self._clock)

        def times(row: Row[Any]) -> dict[str, int]:
            if row.screen_id is not None:
                return {"used_at": now_ms, "expires_at": now_ms + SCREEN_REFRESH_MS}
            if not (is_page or row.is_page):
                return {"used_at": now_ms, "expires_at": now_ms + USER_REFRESH_MS}
            used_ms = now_ms if is_attended else row.used_at
            return {"used_at": used_ms, "expires_at": terms.end_ms(row.created_at, used_ms), "is_page": 1}

        result = await self._database.write(
            lambda connection: _renew(connection, keys, request, now_ms, times=times, note=note)
        )
        match result:
            case _Renewed(owner, refresh_token):
                return self._tokens(owner, refresh_token)
            case _Refused(code, revoked):
                if revoked is not None:
                    log.warning("A refresh token was used twice; its session is revoked", owner=revoked.name)
                    self.on_reused(f"{revoked.kind}:{revoked.name}")
                    self._forget(revoked)
                raise Refusal(code)

    async def logout(self, refresh_token: str) -> None:
        """Revoke the session of a refresh token, also of one that was used before; what is unknown is gone already."""
        session_id = _session_of(self.keys, refresh_token, self._clock.now_ms())
        if session_id is None:
            return

        note = noting("auth.sign_out", "session", "", self._clock)

        def end(connection: Connection) -> _Owner | None:
            row = _find(connection, session_id)
            if row is None:
                return None
            owner = _revoke(connection, row)
            note(connection, f"{owner.kind}:{owner.name}")
            return owner

        owner = await self._database.write(end)
        if owner is not None:
            self._forget(owner)

    def _forget(self, owner: _Owner) -> None:
        self.access.forget([owner.session_id], screen_id=owner.name if owner.kind == "screen" else None)

    def _tokens(self, owner: _Owner, refresh_token: str, user: UserInfo | None = None) -> Tokens:
        access_token = self.access.issue(
            kind=owner.kind, name=owner.name, scope=owner.scope, session_id=owner.session_id
        )
        return Tokens(
            access_token=access_token, refresh_token=refresh_token, expires_in=LIFE_SECONDS, user=user
        )


def _renew(
    connection: Connection,
    keys: Keys,
    request: Refresh,
    now_ms: int,
    *,
    times: Callable[[Row[Any]], dict[str, int]],
    note: Note,
) -> _Renewed | _Refused:
    """Decide and act in one transaction. A refusal is a value here: raised, it would undo the revocation."""
    token = request.refresh_token
    session_id = _session_of(keys, token, now_ms)
    row = None if session_id is None else _find(connection, session_id)
    if session_id is None or row is None:
        return _Refused(Code.TOKEN_INVALID)
    attempt = None if request.attempt is None else _hash(request.attempt)
    presented = _hash(token)
    # After a restore (relay.storage.restore) the newest token is not known: one that is genuine will do, once.
    is_restored = row.token_hash == b""
    if not is_restored and not hmac.compare_digest(presented, row.token_hash):
        repeated = attempt is not None and (presented, attempt) == (row.previous_hash, row.previous_attempt)
        if repeated and row.expires_at <= now_ms:
            return _Refused(Code.TOKEN_EXPIRED)
        if repeated:
            told = [
                each
                for each in _successors(keys, session_id, request, now_ms)
                if hmac.compare_digest(_hash(each), row.token_hash)
            ]
            if told:
                return _Renewed(_owner_of(row), told[0])
        owner = _revoke(connection, row)
        note(connection, f"{owner.kind}:{owner.name}")
        return _Refused(Code.TOKEN_INVALID, revoked=owner)
    if row.expires_at <= now_ms:
        return _Refused(Code.TOKEN_EXPIRED)
    owner = _owner_of(row)
    successor = _successors(keys, session_id, request, now_ms)[0]
    connection.execute(
        update(sessions)
        .where(sessions.c.session_id == session_id)
        .values(
            token_hash=_hash(successor),
            previous_hash=presented,
            previous_attempt=attempt,
            **times(row),
        )
    )
    return _Renewed(owner, successor)


def _insert(
    connection: Connection,
    begun: NewSession,
    now_ms: int,
    life_ms: int,
    *,
    user_key: str | None = None,
    screen_key: str | None = None,
    device: str | None = None,
    where: Mapping[str, int | str] | None = None,
) -> None:
    connection.execute(
        insert(sessions).values(
            session_id=begun.session_id,
            user_key=user_key,
            screen_key=screen_key,
            device=device,
            token_hash=_hash(begun.refresh_token),
            created_at=now_ms,
            used_at=now_ms,
            expires_at=now_ms + life_ms,
            **(where or {}),
        )
    )


def _find(connection: Connection, session_id: bytes) -> Row[Any] | None:
    with_owner = (
        select(sessions, users.c.name.label("user_name"), users.c.role, screens.c.screen_id)
        .select_from(sessions)
        .outerjoin(users, users.c.user_key == sessions.c.user_key)
        .outerjoin(screens, screens.c.screen_key == sessions.c.screen_key)
        .where(sessions.c.session_id == session_id)
    )
    return connection.execute(with_owner).first()


def _owner_of(row: Row[Any]) -> _Owner:
    if row.screen_id is not None:
        return _screen_owner(row.screen_id, row.session_id)
    return _Owner("user", row.user_name, f"role:{row.role}", row.session_id)


def _screen_owner(screen_id: str, session_id: bytes) -> _Owner:
    return _Owner("screen", screen_id, f"screen:{screen_id} trigger:{screen_id}", session_id)


def _revoke(connection: Connection, row: Row[Any]) -> _Owner:
    connection.execute(delete(sessions).where(sessions.c.session_id == row.session_id))
    return _owner_of(row)


def _begin(keys: Keys, now_ms: int) -> NewSession:
    session_id = secrets.token_bytes(PART)
    return NewSession(session_id, _write_tokens(keys, session_id, secrets.token_bytes(PART), now_ms)[0])


def _successors(keys: Keys, session_id: bytes, request: Refresh, now_ms: int) -> list[str]:
    """Return what follows on a token, and what followed on it with the keys of before a rotation."""
    if request.attempt is None:
        return _write_tokens(keys, session_id, secrets.token_bytes(PART), now_ms)
    parts = request.refresh_token.encode(), request.attempt.encode()
    nonces = keys.derive_for_refresh("refresh successor", *parts, now_ms=now_ms)
    return [
        _write_tokens(keys, session_id, nonce[:PART], now_ms)[which] for which, nonce in enumerate(nonces)
    ]


def _write_tokens(keys: Keys, session_id: bytes, nonce: bytes, now_ms: int) -> list[str]:
    macs = keys.derive_for_refresh("refresh token", session_id, nonce, now_ms=now_ms)
    return [PREFIX + base64.urlsafe_b64encode(session_id + nonce + mac[:PART]).decode() for mac in macs]


def _session_of(keys: Keys, token: str, now_ms: int) -> bytes | None:
    """Return the session that a genuine refresh token of this relay belongs to, however old the token is."""
    try:
        content = base64.b64decode(token.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except ValueError:
        return None
    session_id, nonce = content[:PART], content[PART : 2 * PART]
    # Written again, because base64 has several spellings of the same bytes; all are compared, whichever it is.
    genuine = [
        hmac.compare_digest(token.encode("utf-8", "surrogatepass"), each.encode())
        for each in _write_tokens(keys, session_id, nonce, now_ms)
    ]
    return session_id if any(genuine) else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
