"""Access tokens: signed by the relay, believed for their time, and dropped the moment their session is revoked.

How it works: a token is a JWT (HS256, our key named by `kid`). Its claims say who and for how long; whether the session
behind it still stands is read from the database once per token, and the verdict is remembered in memory by the token's
digest until it expires. Every revocation passes through `forget`, which drops what was remembered.

What must always hold: the algorithm is ours to choose, never the token's. A revoked session is refused from the moment
`forget` returns, also by a `verify` that had read the database just before (`_revocations` tells it to read again).
"""

import contextlib
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import jwt
import msgspec
import structlog
from jwt.types import Options
from msgspec import Struct
from sqlalchemy import Connection, select, update

from relay.clock import Clock
from relay.contract.identity import ROLES, Role
from relay.contract.problems import Code
from relay.contract.second_factor import SecondFactorDemand
from relay.errors import Refusal, StorageUnavailableError
from relay.identity.caller import Caller, Kind
from relay.identity.keys import Keys, Retired
from relay.identity.rights import Rights, guest_rights, rights_of
from relay.identity.session_terms import PageSession
from relay.identity.tables import api_tokens, guests, screens, second_factors, sessions, user_grants, users
from relay.storage.database import Database

log = structlog.get_logger()

ALGORITHM = "HS256"
LIFE_SECONDS = 15 * 60
LOCAL_ADMIN_SECONDS = 5 * 60
USED_EVERY_MS = 60_000
# A token is signed a moment after it was put on record.
LENIENCE_MS = 60_000
# Two tokens of each of 10,000 screens, and room for people.
REMEMBERED = 25_000
LONGEST_TOKEN = 4096

_CHECKED_BY_US: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
}


class Claims(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. `sid` names the session it belongs to; `role` stands only in the local admin's.

    `use` says where alone it is good, if not everywhere.
    """

    sub: str
    kind: Kind
    scope: str
    jti: str
    iat: int
    exp: int
    sid: str | None = None
    role: Role | None = None
    use: Literal["socket"] | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    caller: Caller
    session_id: str | None
    use: Literal["socket"] | None = None


class AccessTokens:
    """Issues and verifies access tokens, and tells whoever asked when a screen's credential is gone."""

    def __init__(self, keys: Keys, database: Database, clock: Clock) -> None:
        """Start with nothing remembered."""
        self._keys = keys
        # Called with the screen's id after a screen was deleted, re-paired or revoked, so that live sockets are cut.
        self.on_screen_revoked: list[Callable[[str], None]] = []
        # Called with whom to look for, and whether they are revoked or only to be judged again.
        self.on_ended: list[Callable[[Callable[[Caller], bool], bool], None]] = []
        # Called for whoever a token stands for; a refusal of its is the answer.
        self.on_verified: Callable[[Caller], None] = lambda _caller: None
        # Says who has to have a second factor.
        self.demanded: Callable[[], SecondFactorDemand] = lambda: "optional"
        self._used: dict[str, int] = {}
        self._database = database
        self._clock = clock
        self._remembered: OrderedDict[bytes, _Verdict] = OrderedDict()
        self._revocations = 0

    def issue(self, *, kind: Kind, name: str, scope: str, session_id: bytes) -> str:
        """Sign a token of 15 minutes for a session."""
        return _sign(
            self._keys, self._clock, kind, name, scope, life_seconds=LIFE_SECONDS, session_id=session_id.hex()
        )

    def issue_socket_ticket(self, caller: Caller) -> str:
        """Sign a token of 15 minutes for the socket alone, for a page that does not see its session's own."""
        assert caller.session_id is not None, "a page that is signed in asks for it"
        return _sign(
            self._keys,
            self._clock,
            caller.kind,
            caller.name,
            f"trigger:{caller.screen_id}" if caller.is_guest else f"role:{caller.role}",
            life_seconds=min(LIFE_SECONDS, self.seconds_left(caller)) if caller.is_guest else LIFE_SECONDS,
            session_id=caller.session_id,
            use="socket",
        )

    def issue_for_guest(self, name: str, screen_id: str, session_id: bytes, life_seconds: int) -> str:
        """Sign a guest's token for its whole shift; it is believed as long as it is on record (identity.guests)."""
        scope = f"trigger:{screen_id}"
        return _sign(
            self._keys,
            self._clock,
            "guest",
            name,
            scope,
            life_seconds=life_seconds,
            session_id=session_id.hex(),
        )

    def seconds_left(self, caller: Caller) -> int:
        """Tell how long the token of a caller is still good."""
        return max(0, (caller.expires_at_ms - self._clock.now_ms()) // 1000)

    def issue_for_program(self, token_id: str, name: str, scope: str, life_seconds: int) -> str:
        """Sign a token for a program; it is believed as long as it is on record (identity.api_tokens)."""
        return _sign(
            self._keys, self._clock, "api", name, scope, life_seconds=life_seconds, token_id=token_id
        )

    async def verify(self, token: str, *, on_socket: bool = False, to_set_up: bool = False) -> Caller:
        """Return whom a token stands for. Raises TOKEN_INVALID or TOKEN_EXPIRED.

        Raises SECOND_FACTOR_MISSING for who lacks a second factor, but for what is needed to set one up (`to_set_up`).
        """
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        verdict = self._remembered.get(digest)
        if verdict is None:
            verdict = await self._judge(token, digest)
        if verdict.use == "socket" and not on_socket:
            raise Refusal(Code.TOKEN_INVALID)
        if verdict.caller.expires_at_ms <= self._clock.now_ms():
            self._remembered.pop(digest, None)
            raise Refusal(Code.TOKEN_EXPIRED)
        if not to_set_up and verdict.caller.lacks_factor(self.demanded()):
            raise Refusal(Code.SECOND_FACTOR_MISSING)
        self.on_verified(verdict.caller)
        if verdict.caller.kind == "api" and verdict.caller.role is None:
            self._note_use(verdict.caller)
        return verdict.caller

    def forget(self, session_ids: Iterable[bytes] = (), *, screen_id: str | None = None) -> None:
        """Refuse the tokens of revoked sessions from now on; `screen_id` names the screen that lost its credential."""
        gone = frozenset(session_id.hex() for session_id in session_ids)
        self._drop(lambda caller: caller.session_id in gone)
        if screen_id is not None:
            for tell in self.on_screen_revoked:
                tell(screen_id)
        elif gone:
            self._tell_ended(lambda caller: caller.session_id in gone, is_revoked=True)

    def forget_program(self, token_id: str) -> None:
        """Refuse a program's token from now on."""

        def is_it(caller: Caller) -> bool:
            return caller.kind == "api" and caller.token_id == token_id

        self._drop(is_it)
        self._tell_ended(is_it, is_revoked=True)

    def read_again(self, session_id: bytes) -> None:
        """Read anew what stands of this session, which goes on as it is."""
        self._drop(lambda caller: caller.session_id == session_id.hex())

    def is_fresh(self, caller: Caller) -> bool:
        """Tell whether a person in a browser has given the password lately; programs are never asked again."""
        return caller.page is None or caller.page.is_fresh(self._clock.now_ms())

    def judge_again(self, is_meant: Callable[[Caller], bool]) -> None:
        """Read anew who these are and what they may: a role, a name, a permission or a group has changed."""
        self._drop(is_meant)
        self._tell_ended(is_meant, is_revoked=False)

    def _drop(self, is_meant: Callable[[Caller], bool]) -> None:
        self._revocations += 1
        for digest in [key for key, verdict in self._remembered.items() if is_meant(verdict.caller)]:
            del self._remembered[digest]

    def _tell_ended(self, is_meant: Callable[[Caller], bool], *, is_revoked: bool) -> None:
        for tell in self.on_ended:
            tell(is_meant, is_revoked)

    def _note_use(self, caller: Caller) -> None:
        """Write down that a program's token is in use, once a minute at most and without waiting."""
        now_ms = self._clock.now_ms()
        if now_ms - self._used.get(caller.token_id, 0) < USED_EVERY_MS:
            return
        if len(self._used) >= REMEMBERED:
            self._used.clear()
        self._used[caller.token_id] = now_ms
        change = update(api_tokens).where(api_tokens.c.token_id == caller.token_id)
        with contextlib.suppress(StorageUnavailableError):
            self._database.submit(
                lambda connection: connection.execute(change.values(last_used_at=now_ms)).rowcount
            )

    async def _judge(self, token: str, digest: bytes) -> _Verdict:
        claims = _read(token, self._keys)
        if claims.exp * 1000 <= self._clock.now_ms():
            raise Refusal(Code.TOKEN_EXPIRED)
        while True:
            before = self._revocations
            verdict = await self._database.read(lambda connection: _look_up(connection, claims))
            if before == self._revocations:
                break
        if verdict is None:
            raise Refusal(Code.TOKEN_INVALID)
        self._remembered[digest] = verdict
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return verdict


def mint_local_admin(keys: Keys, clock: Clock) -> str:
    """Sign five minutes of admin rights for the command line, which has proved itself by reading the keys."""
    return _sign(
        keys, clock, "api", "command-line", "role:admin", life_seconds=LOCAL_ADMIN_SECONDS, role="admin"
    )


def _sign(
    keys: Keys,
    clock: Clock,
    kind: Kind,
    name: str,
    scope: str,
    *,
    life_seconds: int,
    session_id: str | None = None,
    token_id: str | None = None,
    role: Role | None = None,
    use: Literal["socket"] | None = None,
) -> str:
    now = clock.now_ms() // 1000
    claims = Claims(
        sub=name,
        kind=kind,
        scope=scope,
        jti=token_id or secrets.token_hex(16),
        iat=now,
        exp=now + life_seconds,
        sid=session_id,
        role=role,
        use=use,
    )
    return jwt.encode(
        msgspec.to_builtins(claims), keys.signing[keys.current], ALGORITHM, headers={"kid": keys.current}
    )


def _read(token: str, keys: Keys) -> Claims:
    if len(token) > LONGEST_TOKEN:
        raise Refusal(Code.TOKEN_INVALID)
    try:
        kid = jwt.get_unverified_header(token)["kid"]
        claims = msgspec.convert(
            jwt.decode(token, keys.signing[kid], [ALGORITHM], options=_CHECKED_BY_US), Claims
        )
    except (jwt.PyJWTError, msgspec.ValidationError, KeyError, ValueError, RecursionError) as error:
        raise Refusal(Code.TOKEN_INVALID) from error
    retired = keys.retired.get(kid)
    if retired is not None and not _was_signed(claims, retired):
        raise Refusal(Code.TOKEN_INVALID)
    return claims


def _was_signed(claims: Claims, retired: Retired) -> bool:
    """Tell whether a key can have signed this while it did: whoever finds an old key shall not sign with it."""
    is_long = claims.kind in {"api", "guest"} and claims.role is None
    last_end_ms = retired.until if is_long else retired.at + LIFE_SECONDS * 1000
    return claims.iat * 1000 <= retired.at and claims.exp * 1000 <= last_end_ms


def guest_name(name: str, guest_id: int) -> str:
    """Call a guest unmistakably: by the name that it gave itself, if any, and its number."""
    return f"{name}#{guest_id}"


def _guest_behind(connection: Connection, claims: Claims) -> _Verdict | None:
    phone = (
        select(guests, screens.c.screen_id)
        .join(screens, screens.c.screen_key == guests.c.screen_key)
        .where(
            guests.c.session_id == bytes.fromhex(claims.sid or ""),
            guests.c.expires_at + LENIENCE_MS >= claims.exp * 1000,
        )
    )
    row = connection.execute(phone).first()
    if row is None:
        return None
    caller = Caller(
        kind="guest",
        name=guest_name(row.name, row.guest_id),
        rights=guest_rights(row.screen_key),
        token_id=claims.jti,
        expires_at_ms=claims.exp * 1000,
        session_id=claims.sid,
        screen_id=row.screen_id,
    )
    return _Verdict(caller, claims.sid, claims.use)


def _look_up(connection: Connection, claims: Claims) -> _Verdict | None:
    """Find whoever stands behind the claims now; None if nobody does any more."""

    def verdict(
        name: str,
        role: Role | None,
        scopes: Iterable[str] = (),
        rights: Rights | None = None,
        *,
        has_second_factor: bool = False,
        page: PageSession | None = None,
        session_ends_at_ms: int | None = None,
    ) -> _Verdict:
        expires_at_ms = claims.exp * 1000
        caller = Caller(
            kind=claims.kind,
            name=name,
            role=role,
            scopes=frozenset(scopes),
            rights=rights,
            token_id=claims.jti,
            expires_at_ms=min(expires_at_ms, session_ends_at_ms or expires_at_ms),
            session_id=claims.sid,
            has_second_factor=has_second_factor,
            page=page,
        )
        return _Verdict(caller, claims.sid, claims.use)

    match claims.kind:
        case "api" if claims.role is not None:
            return verdict(claims.sub, claims.role)
        case "api":
            token = select(api_tokens).where(api_tokens.c.token_id == claims.jti)
            row = connection.execute(token).first()
            # On record is also how long it is good, whatever it says of itself.
            if row is None or claims.exp * 1000 > row.expires_at + LENIENCE_MS:
                return None
            scopes = row.scopes.split()
            return verdict(row.name, None, scopes, rights_of(connection, scopes))
        case "guest":
            return _guest_behind(connection, claims)
        case "screen" | "user":
            behind = (
                select(users.c.user_key, users.c.name, users.c.role, screens.c.screen_id)
                .add_columns(second_factors.c.set_up_at, sessions.c.created_at, sessions.c.expires_at)
                .add_columns(sessions.c.is_page, sessions.c.proved_at)
                .select_from(sessions)
                .outerjoin(users, users.c.user_key == sessions.c.user_key)
                .outerjoin(second_factors, second_factors.c.user_key == sessions.c.user_key)
                .outerjoin(screens, screens.c.screen_key == sessions.c.screen_key)
                .where(sessions.c.session_id == bytes.fromhex(claims.sid or ""))
            )
            row = connection.execute(behind).first()
            if row is None:
                return None
            if claims.kind == "screen":
                return verdict(row.screen_id, None) if row.screen_id is not None else None
            if row.role not in ROLES:
                return None
            granted = select(user_grants.c.permission).where(user_grants.c.user_key == row.user_key)
            permissions = connection.execute(granted).scalars().all()
            return verdict(
                row.name,
                row.role,
                (),
                rights_of(connection, permissions) if permissions else None,
                has_second_factor=row.set_up_at is not None,
                page=PageSession(row.created_at, row.expires_at, row.proved_at or row.created_at)
                if row.is_page
                else None,
                session_ends_at_ms=row.expires_at,
            )
