"""Second factors of people: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost.

How it works: the app and the relay share a key of 160 bits. It is told once, when a person begins to set it up, waits
in memory for the first code that proves that it arrived, and is then kept encrypted (AES-256-GCM) by a key that is
derived from the relay's own: the database alone gives no code away. Six digits, 30 seconds, SHA-1, because that is what
every authenticator app understands; a clock may be one step off. Recovery codes have 80 bits, and are kept as hashes by
a derived key, each with a salt of its own.

What must always hold: a code counts once; a step that was used, and any before it, is refused. What changes a factor
ends the person's other sessions at once, and they are told of it. What is refused is a value inside the transaction,
so that its note stays.
"""

import base64
import hmac
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from relay.clock import Clock
from relay.contract.own_account import NoticeKind
from relay.contract.pairing import CROCKFORD, tidy_secret
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.audit import noting
from relay.identity.keys import Keys
from relay.identity.notices import telling
from relay.identity.spelling import name_key
from relay.identity.tables import recovery_codes, second_factors, sessions, users
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database

log = structlog.get_logger()

KEY_BYTES = 20  # RFC 4226, section 4, R6: 160 bits are recommended.
DIGITS = 6
STEP_SECONDS = 30
STEPS_OFF = 1
NONCE_BYTES = 12
SALT_BYTES = 16
DRAFT_MS = 10 * 60_000
DRAFTS_KEPT = 1_000
RECOVERY_CODES = 10
# 16 letters of 5 bits.
RECOVERY_LETTERS = 16

Verdict = Literal["none", "proved", "needed", "wrong", "used"]
Deed = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """A factor that somebody begins to set up; it counts for nothing before it is confirmed."""

    key: str
    uri: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class State:
    """What a person may know of their own factor; `set_up_at` is None where there is none."""

    set_up_at: int | None
    recovery_codes_left: int


class SecondFactors:
    """The second factors of this relay's people."""

    def __init__(self, database: Database, clock: Clock, keys: Keys, access: AccessTokens) -> None:
        """Keep them in `database`, encrypted by `keys`; `access` forgets and judges anew."""
        self._database = database
        self._clock = clock
        self._keys = keys
        self._access = access
        self._sealer = AESGCM(keys.derive("second factor"))
        # By the session that began: nobody else can confirm what was told there.
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    async def state(self, name: str) -> State:
        """Tell whether a person has a second factor, since when, and how many recovery codes are left."""
        key = name_key(name)
        left = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_key == key)
        since = select(second_factors.c.set_up_at).where(second_factors.c.user_key == key)

        def read(connection: Connection) -> State:
            return State(connection.execute(since).scalar(), connection.execute(left).scalar_one())

        return await self._database.read(read)

    async def is_set_up(self, name: str) -> bool:
        """Tell whether a person has a second factor."""
        return (await self.state(name)).set_up_at is not None

    def begin(self, name: str, session_id: str, issuer: str) -> Draft:
        """Make a key for a person's app, to be confirmed in the same session; `issuer` is what the app calls us."""
        key = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode()
        uri = _codes_of(key).provisioning_uri(name=name, issuer_name=issuer)
        draft = Draft(key, uri, self._clock.now_ms() + DRAFT_MS)
        self._drafts[session_id] = draft
        self._drafts.move_to_end(session_id)
        while len(self._drafts) > DRAFTS_KEPT:
            self._drafts.popitem(last=False)
        return draft

    async def confirm(self, name: str, session_id: str, code: str) -> tuple[str, ...]:
        """Have the draft of this session count from now on; return the recovery codes, this once.

        Raises SECOND_FACTOR_WRONG, VALIDATION_ERROR without a draft and where a factor is set up.
        """
        now_ms = self._clock.now_ms()
        draft = self._drafts.get(session_id)
        if draft is None or draft.expires_at_ms <= now_ms:
            raise invalid("code", "factor_draft_gone")
        step = self._step_of(draft.key, tidy_code(code))
        if step is None:
            raise Refusal(Code.SECOND_FACTOR_WRONG)
        key, codes = name_key(name), _new_codes()
        record = self._record("factor.set_up", "factor_on", name, session_id)

        def work(connection: Connection) -> list[bytes]:
            own = select(second_factors.c.user_key).where(second_factors.c.user_key == key)
            if connection.execute(own).first() is not None:
                raise invalid("$", "factor_there")
            sealed = self._seal(draft.key)
            values = {"user_key": key, "key_sealed": sealed, "last_step": step, "set_up_at": now_ms}
            connection.execute(insert(second_factors).values(values))
            self._put_codes(connection, key, codes)
            record(connection)
            return _end_sessions(connection, key, but=session_id)

        ended = await self._database.write(work)
        self._drafts.pop(session_id, None)
        self._access.forget(ended)
        # Who was let in halfway to do this is now let in.
        self._access.judge_again(lambda caller: caller.session_id == session_id)
        return codes

    async def prove(self, name: str, code: str) -> None:
        """Check the code of whoever has proved to know the password; nothing is asked of who has no second factor.

        Raises SECOND_FACTOR_NEEDED without a code, SECOND_FACTOR_WRONG, SECOND_FACTOR_USED for one that counted before.
        """
        key, given = name_key(name), tidy_code(code)
        reused = self._record("factor.code_reused", "code_reused", name)
        recovered = self._record("factor.recovery_used", "recovery_used", name)

        def work(connection: Connection) -> Verdict:
            own = select(second_factors).where(second_factors.c.user_key == key)
            row = connection.execute(own).first()
            if row is None:
                return "none"
            if not given:
                return "needed"
            if is_of_app(given):
                return self._count_once(connection, row, given, reused)
            return self._spend(connection, key, given, recovered)

        match await self._database.write(work) if given else await self._database.read(work):
            case "none" | "proved":
                return
            case "needed":
                raise Refusal(Code.SECOND_FACTOR_NEEDED)
            case "wrong":
                raise Refusal(Code.SECOND_FACTOR_WRONG)
            case "used":
                log.warning("A code of a second factor was used twice", user=name)
                raise Refusal(Code.SECOND_FACTOR_USED)

    async def new_codes(self, name: str, session_id: str) -> tuple[str, ...]:
        """Make new recovery codes, told this once; those of before are void. Raises VALIDATION_ERROR without any."""
        key, codes = name_key(name), _new_codes()
        record = self._record("factor.new_codes", "recovery_codes", name, session_id)

        def work(connection: Connection) -> None:
            own = select(second_factors.c.user_key).where(second_factors.c.user_key == key)
            if connection.execute(own).first() is None:
                raise invalid("$", "factor_none")
            self._put_codes(connection, key, codes)
            record(connection)

        await self._database.write(work)
        return codes

    async def remove(self, name: str, *, keep: str | None) -> None:
        """Remove a person's own factor; every session but `keep` ends. Raises VALIDATION_ERROR without one."""
        await self._drop(name, self._record("factor.remove", "factor_off", name, keep), keep=keep)

    async def take_off(self, name: str) -> None:
        """Take a lost one off somebody; all their sessions end. Raises USER_NOT_FOUND, VALIDATION_ERROR without one."""
        await self._drop(name, self._record("factor.take_off", "factor_off", name), keep=None)

    def _record(self, action: str, kind: NoticeKind, name: str, session_id: str | None = None) -> Deed:
        """Return what puts a deed on record and tells the person, in the transaction that does it."""
        note = noting(action, "user", name, self._clock)
        tell = telling(kind, self._clock, session_id=bytes.fromhex(session_id) if session_id else None)

        def write(connection: Connection) -> None:
            note(connection)
            tell(connection, name_key(name))

        return write

    async def _drop(self, name: str, record: Deed, *, keep: str | None) -> None:
        key = name_key(name)
        known = select(users.c.user_key).where(users.c.user_key == key)

        def work(connection: Connection) -> list[bytes]:
            gone = connection.execute(delete(second_factors).where(second_factors.c.user_key == key)).rowcount
            if not gone and connection.execute(known).first() is None:
                raise Refusal(Code.USER_NOT_FOUND)
            if not gone:
                raise invalid("$", "factor_none")
            connection.execute(delete(recovery_codes).where(recovery_codes.c.user_key == key))
            record(connection)
            return _end_sessions(connection, key, but=keep)

        self._access.forget(await self._database.write(work))
        self._access.judge_again(lambda caller: caller.session_id is not None and caller.session_id == keep)

    def _count_once(self, connection: Connection, row: Row[Any], given: str, reused: Deed) -> Verdict:
        key = self._open(row.key_sealed)
        step = None if key is None else self._step_of(key, given)
        if step is None:
            return "wrong"
        if step <= row.last_step:
            reused(connection)
            return "used"
        own = second_factors.c.user_key == row.user_key
        connection.execute(update(second_factors).where(own).values(last_step=step))
        return "proved"

    def _spend(self, connection: Connection, user_key: str, given: str, recovered: Deed) -> Verdict:
        own = select(recovery_codes).where(recovery_codes.c.user_key == user_key)
        # All of them are compared, whichever it is.
        fitting = [
            row
            for row in connection.execute(own)
            if hmac.compare_digest(row.code_hash, self._hash(row.salt, given))
        ]
        if not fitting:
            return "wrong"
        connection.execute(delete(recovery_codes).where(recovery_codes.c.code_hash == fitting[0].code_hash))
        recovered(connection)
        return "proved"

    def _put_codes(self, connection: Connection, user_key: str, codes: tuple[str, ...]) -> None:
        connection.execute(delete(recovery_codes).where(recovery_codes.c.user_key == user_key))
        for code in codes:
            salt = secrets.token_bytes(SALT_BYTES)
            code_hash = self._hash(salt, tidy_secret(code))
            connection.execute(
                insert(recovery_codes).values(user_key=user_key, salt=salt, code_hash=code_hash)
            )

    def _hash(self, salt: bytes, code: str) -> bytes:
        return self._keys.derive("recovery code", salt, code.encode("utf-8", "replace"))

    def _step_of(self, key: str, given: str) -> int | None:
        """Return the time step that the code is of, None if it is of none that is near."""
        if not is_of_app(given):
            return None
        seconds = self._clock.now_ms() // 1000
        try:
            return _codes_of(key).verify_and_get_timecode(given, for_time=seconds, valid_window=STEPS_OFF)
        except OTPVerificationError:
            return None

    def _seal(self, key: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, base64.b32decode(key), None)

    def _open(self, sealed: bytes) -> str | None:
        try:
            plain = self._sealer.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except InvalidTag:
            # Other keys than those it was sealed with: `benchcast-relay user reset-factor` lets the person in again.
            log.error("A second factor cannot be read with this relay's keys")  # noqa: TRY400 - the trace says nothing
            return None
        return base64.b32encode(plain).decode()


def tidy_code(code: str) -> str:
    """Read a code as it was meant: full-width digits of a Korean keyboard, spaces and dashes in between."""
    given = "".join(unicodedata.normalize("NFKC", code).replace("-", "").split())
    return given if is_of_app(given) else tidy_secret(given)


def is_of_app(given: str) -> bool:
    """Tell whether this looks like a code of an app, which can be guessed; a recovery code cannot."""
    return given.isascii() and given.isdigit() and len(given) <= DIGITS


def _codes_of(key: str) -> TOTP:
    return TOTP(key, digits=DIGITS, interval=STEP_SECONDS)


def _new_codes() -> tuple[str, ...]:
    """Make recovery codes as a person writes them down: `XXXX-XXXX-XXXX-XXXX`."""
    made = (
        "".join(secrets.choice(CROCKFORD) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)
    )
    return tuple("-".join(code[at : at + 4] for at in range(0, RECOVERY_LETTERS, 4)) for code in made)


def _end_sessions(connection: Connection, user_key: str, *, but: str | None) -> list[bytes]:
    kept = bytes.fromhex(but) if but else b""
    over = delete(sessions).where(sessions.c.user_key == user_key, sessions.c.session_id != kept)
    return list(connection.execute(over.returning(sessions.c.session_id)).scalars())
