"""The journal's statements, each built and compiled once: they run several times for every trigger."""

from sqlalchemy import Connection, bindparam, func, insert, select, update

from relay.contract.problems import Code
from relay.delivery.records import Draft
from relay.delivery.tables import delivery, history, journal, mailbox
from relay.storage.prepared import Prepared

COLUMNS = [column for column in delivery.c if column.name != "payload"]
_this = delivery.c.id == bindparam("the_id")
_is_open = delivery.c.ended_at.is_(None)

FIND = Prepared(select(*COLUMNS).where(_this))
ACCEPTED_COLUMNS = (
    "id", "recipient", "seq", "slot", "verb", "payload", "body_hash", "sender", "screen_id", "order_id",
    "document", "revision", "state", "attempts", "created_at", "expires_at", "retry_of",
)  # fmt: skip
INSERT = Prepared(insert(delivery).values({name: bindparam(name) for name in ACCEPTED_COLUMNS}))
BUMP = Prepared(
    update(mailbox)
    .where(mailbox.c.recipient == bindparam("the_recipient"))
    .values(head=mailbox.c.head + 1)
    .returning(mailbox.c.head)
)
NOTE_CLOCK = Prepared(
    update(journal).values(boot=bindparam("the_boot"), difference_ms=bindparam("the_difference"))
)
NEW_MAILBOX = Prepared(
    insert(mailbox).values(recipient=bindparam("recipient"), head=bindparam("head"), gen=bindparam("gen"))
)
NOTE_GEN = Prepared(
    update(mailbox).where(mailbox.c.recipient == bindparam("the_recipient")).values(gen=bindparam("the_gen"))
)
NOTE_BREAKER = Prepared(
    update(mailbox)
    .where(mailbox.c.recipient == bindparam("the_recipient"))
    .values(shut_until=bindparam("until"))
)
SUPERSEDE = Prepared(
    update(delivery)
    .where(
        delivery.c.recipient == bindparam("the_recipient"),
        _is_open,
        delivery.c.slot == bindparam("the_slot"),
        delivery.c.state.in_(("waiting", "sent")),
    )
    .values(
        state="superseded",
        code=Code.SUPERSEDED.value,
        superseded_by=bindparam("by"),
        ended_at=bindparam("at"),
    )
    .returning(delivery.c.id)
)
NOTE_RETRY = Prepared(
    update(delivery)
    .where(_this, _is_open)
    .values(
        state="sent",
        attempts=bindparam("the_attempt"),
        sent_at=func.coalesce(delivery.c.sent_at, bindparam("at")),
    )
)
NOTE_WAITING = Prepared(
    update(delivery)
    .where(_this, _is_open, delivery.c.state.in_(("waiting", "sent")))
    .values(
        state="waiting",
        attempts=bindparam("the_attempts"),
        sent_at=func.coalesce(delivery.c.sent_at, bindparam("at")),
    )
)
_receipt = {
    "attempts": func.coalesce(bindparam("the_attempt"), delivery.c.attempts),
    "sent_at": func.coalesce(delivery.c.sent_at, bindparam("the_sent_at")),
    "received_at": func.coalesce(delivery.c.received_at, bindparam("the_received_at")),
}
NOTE_RECEIVED = Prepared(update(delivery).where(_this, _is_open).values(state="received", **_receipt))
# A screen that was slow to say that it reports outcomes may have ended in `received`; its word still counts.
SETTLE = Prepared(
    update(delivery)
    .where(_this, _is_open | (delivery.c.state == "received"))
    .values(
        state=bindparam("the_state"),
        code=bindparam("the_code"),
        detail=bindparam("the_detail"),
        superseded_by=bindparam("by"),
        outcome=bindparam("the_outcome"),
        ended_at=bindparam("at"),
        **_receipt,
    )
)
CANCEL = Prepared(
    update(delivery)
    .where(_this, _is_open, delivery.c.state.in_(("waiting", "sent")))
    .values(state="cancelled", ended_at=bindparam("at"))
)
REMEMBER = Prepared(
    insert(history).values(
        delivery_id=bindparam("delivery_id"),
        at=bindparam("at"),
        state=bindparam("state"),
        detail=bindparam("detail"),
    )
)
_older = delivery.alias()
SUCCESSOR = Prepared(
    select(delivery.c.id)
    .select_from(delivery.join(_older, _older.c.id == bindparam("the_id")))
    .where(
        delivery.c.recipient == _older.c.recipient,
        delivery.c.slot == _older.c.slot,
        delivery.c.seq > _older.c.seq,
    )
    .order_by(delivery.c.seq)
    .limit(1)
)
MARK_RETRIED = Prepared(
    update(delivery).where(_this, delivery.c.retried_as.is_(None)).values(retried_as=bindparam("the_new_id"))
)
DISCARD = Prepared(update(delivery).where(_this).values(discarded_at=bindparam("at")))
DATE = Prepared(
    update(delivery)
    .where(_this, _is_open)
    .values(payload=bindparam("the_payload"), expires_at=bindparam("at"))
)


def supersede(connection: Connection, draft: Draft) -> tuple[str, ...]:
    """End what waits for the same slot of the same screen, and return its ids."""
    if draft.slot is None:
        return ()
    ran = SUPERSEDE.run(
        connection, the_recipient=draft.recipient, the_slot=draft.slot, by=draft.id, at=draft.created_at
    )
    return tuple(row[0] for row in ran.rows)
