"""Requests: a workstation asks to be paired, shows a code, and an admin who reads it there approves (RFC 8628).

How it works: the workstation gets a device code, its own secret of 130 bits, and a user code of 40 bits for people. An
admin names the screen that it shall be; the workstation, which asks every few seconds, then fetches the credential.

What must always hold: both codes are kept as keyed hashes. A request lives ten minutes by the relay's clock, also over
a restart. Only an admin can try user codes, at most `attempts_per_minute` a minute from one address: among at most 100
open requests that finds one within its life with 100 x 10 x 30 / 2^40, which is one in 36 million.

What it must never do: tell a user code to anybody but the workstation. Whoever approves has to look at it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, or_, select, update

from relay.clock import Clock
from relay.contract.codec import decode_json, to_json
from relay.contract.pairing import Device, Grant, RelayAddress
from relay.contract.pairing_requests import (
    PairingApproval,
    PairingRequest,
    PendingPairing,
    PendingPairings,
)
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.sessions import Sessions
from relay.identity.spelling import name_key
from relay.identity.tables import screens as screen_rows
from relay.identity.tables import sessions as session_rows
from relay.pairing.approving import Approved, approve
from relay.pairing.granting import Granted, give, hand_over
from relay.pairing.offers import check_of
from relay.pairing.pace import Pace
from relay.pairing.secrets import keyed_hash, make_code, make_token, plain
from relay.pairing.tables import pairing_requests as rows
from relay.storage.database import Database
from relay.web.qr import draw_qr

log = structlog.get_logger()
AnyRow = Row[*tuple[Any, ...]]

LIFE = timedelta(minutes=10)
INTERVAL_SECONDS = 3
MOST = 100
# The newest of one address stay; a workstation that asks again withdraws what it asked before.
MOST_PER_ADDRESS = 5
# An approved request waits so long for its workstation, and gives the credential again if the answer was lost.
FETCH = timedelta(minutes=2)
FULL_RETRY_MS = 30_000


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a request stands, as its workstation asks."""

    state: str
    is_over: bool


class Requests:
    """The requests that workstations have made."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        relay_address: Callable[[], RelayAddress],
    ) -> None:
        """Keep requests in `database`; a granted one begins one of `sessions`."""
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._relay_address = relay_address
        self._pace = Pace(clock, INTERVAL_SECONDS)

    async def ask(self, device: Device, address: str) -> PairingRequest:
        """Take a workstation's request. Raises RATE_LIMITED when too many are open."""
        now_ms = self._clock.now_ms()
        device_code, user_code = make_token(), make_code()
        told = plain(device)
        new: dict[str, object] = {
            "request_id": secrets.token_hex(8),
            "user_hash": self._hash(user_code),
            "device_hash": self._hash(device_code),
            "device": to_json(told).decode(),
            "address": address,
            "created_at": now_ms,
            "expires_at": now_ms + _ms(LIFE),
            "state": "open",
        }
        await self._database.write(lambda connection: _insert(connection, new, now_ms))
        log.info("A workstation asks to be paired", device=told.name, address=address, id=new["request_id"])
        relay = self._relay_address()
        page = f"{relay.addresses[0]}/pair"
        complete = f"{page}?code={user_code}"
        return PairingRequest(
            device_code=device_code,
            user_code=user_code,
            verification_uri=page,
            verification_uri_complete=complete,
            interval=INTERVAL_SECONDS,
            expires_in=int(LIFE.total_seconds()),
            qr_svg=draw_qr(complete) if device.is_browser else "",
        )

    async def redeem(self, device_code: str) -> Grant:
        """Answer the workstation: its credential, if it is approved.

        Raises AUTHORIZATION_PENDING, SLOW_DOWN, PAIRING_DENIED, PAIRING_EXPIRED, PAIRING_USED or PAIRING_INVALID.
        """
        hashed, now_ms = self._hash(device_code), self._clock.now_ms()
        standing = await self._database.read(lambda connection: _stand(connection, hashed, now_ms))
        if standing.state == "open" and not standing.is_over:
            self._pace.keep(hashed)
            raise Refusal(Code.AUTHORIZATION_PENDING, retryAfterMs=INTERVAL_SECONDS * 1000)
        self._pace.forget(hashed)
        granted = await self._database.write(
            lambda connection: _redeem(connection, self._sessions, hashed, now_ms)
        )
        return hand_over(granted, self._sessions, self._relay_address)

    async def cancel(self, device_code: str) -> None:
        """Take a request back that nobody has decided; one that is not there is no matter."""
        mine = delete(rows).where(rows.c.device_hash == self._hash(device_code), rows.c.state == "open")
        await self._database.write(lambda connection: connection.execute(mine))

    async def pending(self) -> PendingPairings:
        """List the open requests, oldest first."""
        now_ms = self._clock.now_ms()
        ordered = select(rows).where(*_open(now_ms)).order_by(rows.c.created_at)
        found = await self._database.read(lambda connection: connection.execute(ordered).all())
        return PendingPairings(requests=tuple(map(_describe, found)), check=await self.check())

    async def look_up(self, user_code: str) -> PendingPairing:
        """Return the open request of a code. Raises PAIRING_INVALID or PAIRING_EXPIRED."""
        hashed, now_ms = self._hash(user_code), self._clock.now_ms()
        wanted = select(rows).where(rows.c.user_hash == hashed)
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        return _describe(_still_open(row, now_ms))

    async def paired_device(self, screen_id: str) -> str | None:
        """Name the device that a screen is paired with; None if there is no such screen, or nothing is paired."""
        wanted = select(session_rows.c.device).where(session_rows.c.screen_key == name_key(screen_id))
        row = await self._database.read(lambda connection: connection.execute(wanted).first())
        return None if row is None else row.device or screen_id

    async def check(self) -> str | None:
        """Return the check number of the relay's certificate, None if it serves without one of its own."""
        return await check_of(self._relay_address())

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses at which a browser finds this relay."""
        return self._relay_address().addresses

    async def approve(self, user_code: str, approval: PairingApproval, caller: Caller) -> PendingPairing:
        """Say which screen the workstation shall be, adding the screen if it is not there.

        Raises CERTIFICATE_MISMATCH, SCREEN_PAIRED, PAIRING_INVALID or PAIRING_EXPIRED.
        """
        own_check = await self.check()
        hashed, now_ms = self._hash(user_code), self._clock.now_ms()
        decision = Approved(
            approval=approval,
            own_check=own_check,
            caller=caller.subject,
            now_ms=now_ms,
            fetch_until_ms=now_ms + _ms(FETCH),
        )

        note = noting("screen.approve", "screen", approval.screen_id, self._clock)

        def take(connection: Connection) -> PendingPairing:
            found = connection.execute(select(rows).where(rows.c.user_hash == hashed)).first()
            row = _still_open(found, now_ms)
            screen_id = approve(connection, row.request_id, row.expires_at, decision)
            note(connection)
            return _describe(row, screen_id)

        approved = await self._database.write(take)
        log.info(
            "A workstation's request was approved",
            id=approved.request_id,
            screen_id=approved.screen_id,
            by=caller.subject,
            device=approved.device.name,
            address=approved.address,
            compared=approval.check is not None,
        )
        return approved

    async def deny(self, code_or_id: str, caller: Caller) -> None:
        """Deny a request, named by its user code or its id. Raises PAIRING_INVALID or PAIRING_EXPIRED."""
        hashed, now_ms = self._hash(code_or_id), self._clock.now_ms()
        named = or_(rows.c.user_hash == hashed, rows.c.request_id == code_or_id)
        note = noting("screen.deny", "request", "", self._clock)

        def take(connection: Connection) -> str:
            row = _still_open(connection.execute(select(rows).where(named)).first(), now_ms)
            decided = update(rows).where(rows.c.request_id == row.request_id)
            connection.execute(decided.values(state="denied", decided_by=caller.subject))
            note(connection)
            return row.request_id

        request_id = await self._database.write(take)
        log.info("A workstation's request was denied", id=request_id, by=caller.subject)

    def _hash(self, code: str) -> bytes:
        return keyed_hash(self._sessions.keys, code)


def _insert(connection: Connection, new: dict[str, object], now_ms: int) -> None:
    connection.execute(delete(rows).where(rows.c.expires_at <= now_ms - _ms(LIFE)))
    own = select(rows.c.request_id).where(*_open(now_ms), rows.c.address == new["address"])
    newest = connection.execute(own.order_by(rows.c.created_at.desc())).scalars().all()
    withdrawn = newest[MOST_PER_ADDRESS - 1 :]
    connection.execute(delete(rows).where(rows.c.request_id.in_(withdrawn)))
    count = connection.execute(select(func.count()).select_from(rows).where(*_open(now_ms))).scalar_one()
    if count >= MOST:
        raise Refusal(Code.RATE_LIMITED, retryAfterMs=FULL_RETRY_MS)
    connection.execute(insert(rows).values(**new))


def _stand(connection: Connection, device_hash: bytes, now_ms: int) -> _Standing:
    row = connection.execute(
        select(rows.c.state, rows.c.expires_at).where(rows.c.device_hash == device_hash)
    ).first()
    if row is None:
        raise Refusal(Code.PAIRING_INVALID)
    return _Standing(row.state, is_over=row.expires_at <= now_ms)


def _redeem(connection: Connection, sessions: Sessions, device_hash: bytes, now_ms: int) -> Granted:
    row = connection.execute(_with_screen().where(rows.c.device_hash == device_hash)).first()
    if row is None:
        raise Refusal(Code.PAIRING_INVALID)
    if row.state == "denied":
        raise Refusal(Code.PAIRING_DENIED)
    if row.state == "redeemed" and row.redeemed_at + _ms(FETCH) <= now_ms:
        raise Refusal(Code.PAIRING_USED)
    if row.state != "redeemed" and row.expires_at <= now_ms:
        raise Refusal(Code.PAIRING_EXPIRED)
    if row.state == "open" or row.screen_id is None:
        raise Refusal(Code.AUTHORIZATION_PENDING, retryAfterMs=INTERVAL_SECONDS * 1000)
    this = update(rows).where(rows.c.request_id == row.request_id)
    first_at = row.redeemed_at if row.state == "redeemed" else now_ms
    connection.execute(this.values(state="redeemed", redeemed_at=first_at))
    return give(
        connection,
        sessions,
        screen_key=row.screen_key,
        screen_id=row.screen_id,
        device=decode_json(row.device.encode(), Device),
    )


def _with_screen() -> Select[*tuple[Any, ...]]:
    return select(rows, screen_rows.c.screen_id).join(
        screen_rows, screen_rows.c.screen_key == rows.c.screen_key, isouter=True
    )


def _open(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return rows.c.state == "open", rows.c.expires_at > now_ms


def _still_open(row: AnyRow | None, now_ms: int) -> AnyRow:
    if row is None:
        raise Refusal(Code.PAIRING_INVALID)
    if row.state in {"approved", "redeemed"}:
        raise Refusal(Code.PAIRING_USED)
    if row.state == "denied":
        raise Refusal(Code.PAIRING_DENIED)
    if row.expires_at <= now_ms:
        raise Refusal(Code.PAIRING_EXPIRED)
    return row


def _describe(row: AnyRow, screen_id: str | None = None) -> PendingPairing:
    return PendingPairing(
        request_id=row.request_id,
        device=decode_json(row.device.encode(), Device),
        address=row.address,
        created_at=row.created_at,
        expires_at=row.expires_at,
        screen_id=screen_id,
    )


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
