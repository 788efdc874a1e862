"""Writes into the journal what a screen showed without the relay, and reads what a screen was shown lately.

A scan that the relay has not seen becomes a delivery that has ended, with `island` in its history: whoever asks which
revision was shown to whom, and when, asks one journal. A trigger that had come through although its answer was lost
keeps its state; its history gets the line.

What must never happen: that something is sent, superseded or shown because of what is written here.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, insert, select

from relay.contract.commands import DocumentRef
from relay.contract.names import OrderId, ScreenId, TriggerId
from relay.contract.reports import DeliveryState, Outcome
from relay.delivery import statements
from relay.delivery.journal import find
from relay.delivery.records import recipient_of
from relay.delivery.tables import delivery, history

NAVIGATE = "navigate"


@dataclass(frozen=True, slots=True)
class IslandDelivery:
    """A scan without the relay, in the relay's time (UTC ms); `age_ms` is how old the screen's knowledge was."""

    id: TriggerId
    screen_id: ScreenId
    order_id: OrderId
    window_id: str
    document: DocumentRef
    outcome: Outcome
    state: Literal["shown", "failed", "superseded"]
    sender: str
    body_hash: bytes
    scanned_at: int
    settled_at: int
    reported_at: int
    age_ms: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done with it: `seq` of a delivery that is new, None for one that was there already."""

    seq: int | None
    is_foreign: bool = False


def keep(connection: Connection, scan: IslandDelivery) -> Kept:
    """Write it inside the caller's transaction; the caller knows that it was not reported before."""
    recipient = recipient_of(scan.screen_id)
    known = find(connection, scan.id)
    if known is not None:
        if known.recipient != recipient or known.order_id != scan.order_id:
            return Kept(None, is_foreign=True)
        _remember(connection, scan)
        return Kept(None)
    seq = _next_seq(connection, recipient)
    connection.execute(insert(delivery).values(_row(scan, recipient, seq)))
    _remember(connection, scan)
    return Kept(seq)


def documents_shown(connection: Connection, screen_id: str, since_ms: int, most: int) -> list[str]:
    """List the ids of the documents that the screen was shown since then, the latest first, each once."""
    chosen = (
        select(delivery.c.payload, delivery.c.created_at)
        .where(
            delivery.c.recipient == recipient_of(screen_id),
            delivery.c.verb == NAVIGATE,
            delivery.c.state == "shown",
        )
        .order_by(delivery.c.seq.desc())
        .limit(most)
    )
    found: dict[str, None] = {}
    for row in connection.execute(chosen):
        if row.created_at >= since_ms and (id_ := _document_in(row.payload)) is not None:
            found[id_] = None
    return list(found)


def _row(scan: IslandDelivery, recipient: str, seq: int) -> dict[str, Any]:
    payload = {
        "seq": seq,
        "id": scan.id,
        "screenId": scan.screen_id,
        "windowId": scan.window_id,
        "timestamp": scan.scanned_at,
        "expiresAt": scan.settled_at,
        "document": msgspec.to_builtins(scan.document),
        "orderId": scan.order_id,
    }
    return {
        "id": scan.id,
        "recipient": recipient,
        "seq": seq,
        "slot": f"window:{scan.window_id}",
        "verb": NAVIGATE,
        "payload": msgspec.json.encode(payload),
        "body_hash": scan.body_hash,
        "sender": scan.sender,
        "screen_id": scan.screen_id,
        "order_id": scan.order_id,
        "document": scan.document.title,
        "revision": scan.document.revision,
        "state": scan.state,
        "code": scan.outcome.code,
        "detail": scan.outcome.error,
        "outcome": msgspec.json.encode(scan.outcome),
        "attempts": 0,
        "created_at": scan.scanned_at,
        "expires_at": scan.settled_at,
        "ended_at": scan.settled_at,
    }


def _remember(connection: Connection, scan: IslandDelivery) -> None:
    state: DeliveryState = scan.state
    clock = "" if scan.is_exact else ", by the workstation's own clock"
    late_seconds = max(0, scan.reported_at - scan.settled_at) // 1000
    detail = (
        f"island: revision {scan.document.revision or '-'}, sha256 {(scan.document.sha256 or '-')[:12]}, known to be"
        f" the newest {scan.age_ms // 1000} s before{clock}; told {late_seconds} s later"
    )
    connection.execute(
        insert(history).values(delivery_id=scan.id, at=scan.settled_at, state=state, detail=detail)
    )


def _next_seq(connection: Connection, recipient: str) -> int:
    bumped = statements.BUMP.run(connection, the_recipient=recipient).rows
    if bumped:
        return int(bumped[0][0])
    statements.NEW_MAILBOX.run(connection, recipient=recipient, head=1, gen=0)
    return 1


def _document_in(payload: bytes) -> str | None:
    try:
        return msgspec.json.decode(payload, type=_Shown).document.id
    except msgspec.DecodeError:
        return None


class _Document(msgspec.Struct):
    id: str


class _Shown(msgspec.Struct):
    document: _Document
