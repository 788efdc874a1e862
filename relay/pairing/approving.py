"""The decision of an admin, within one transaction: the screen is there, nobody is thrown out unasked."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from relay.contract.pairing_check import same_number
from relay.contract.pairing_requests import PairingApproval
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.spelling import name_key
from relay.identity.tables import screens, sessions
from relay.pairing.tables import pairing_requests


@dataclass(frozen=True, slots=True)
class Approved:
    """What an admin has decided, and when; `own_check` is the check number of this relay's certificate."""

    approval: PairingApproval
    own_check: str | None
    caller: str
    now_ms: int
    fetch_until_ms: int


def approve(connection: Connection, request_id: str, expires_at: int, decision: Approved) -> str:
    """Write the decision down; returns the screen's id as it is spelt. Raises CERTIFICATE_MISMATCH or SCREEN_PAIRED."""
    wish = decision.approval
    # A relay without a certificate of its own, behind somebody else's, can vouch for no number.
    if wish.check is not None and not same_number(wish.check, decision.own_check or ""):
        raise Refusal(Code.CERTIFICATE_MISMATCH, what=decision.own_check or "-")
    key = name_key(wish.screen_id)
    there = connection.execute(select(screens.c.screen_id).where(screens.c.screen_key == key)).first()
    paired = connection.execute(select(sessions.c.device).where(sessions.c.screen_key == key)).first()
    if paired is not None and not wish.replace:
        raise Refusal(Code.SCREEN_PAIRED, screenId=wish.screen_id, what=paired.device or "")
    if there is None:
        connection.execute(
            insert(screens).values(
                screen_key=key,
                screen_id=wish.screen_id,
                name=wish.name.strip() or wish.screen_id,
                created_at=decision.now_ms,
            )
        )
    connection.execute(
        update(pairing_requests)
        .where(pairing_requests.c.request_id == request_id)
        .values(
            state="approved",
            screen_key=key,
            decided_by=decision.caller,
            expires_at=max(expires_at, decision.fetch_until_ms),
        )
    )
    return wish.screen_id if there is None else there.screen_id
