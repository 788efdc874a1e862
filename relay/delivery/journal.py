"""The journal: every accepted delivery, its state and its history, on disk before anybody hears of it.

Every function that changes something runs inside the writer's transaction (relay.storage.database), so a delivery,
its seq, the older ones that it supersedes and their history are kept together or not at all. An end state is final: a
change that comes late finds `ended_at` set and does nothing.
"""

import secrets
from asyncio import Future
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from relay.contract.names import Epoch
from relay.contract.problems import Code
from relay.contract.reports import DeliveryState, Outcome, Stage
from relay.delivery.records import Appended, Delivery, Draft, End, recipient_of
from relay.delivery.tables import delivery, history, journal, mailbox
from relay.errors import Refusal
from relay.storage.database import Database

_COLUMNS = [column for column in delivery.c if column.name != "payload"]


class Journal:
    """The durable list of deliveries."""

    def __init__(self, database: Database) -> None:
        """Keep deliveries in `database`."""
        self._database = database

    async def open(self) -> tuple[Epoch, dict[str, tuple[int, int]]]:
        """Return the epoch (made once, when the journal is new) and every mailbox's head and gen."""

        def work(connection: Connection) -> tuple[Epoch, dict[str, tuple[int, int]]]:
            epoch = connection.execute(select(journal.c.epoch)).scalar()
            if epoch is None:
                epoch = secrets.token_hex(16)
                connection.execute(insert(journal).values(id=1, epoch=epoch))
            rows = connection.execute(select(mailbox.c.recipient, mailbox.c.head, mailbox.c.gen))
            return Epoch(epoch), {row.recipient: (row.head, row.gen) for row in rows}

        return await self._database.write(work)

    async def append(self, draft: Draft) -> Appended:
        """Accept a delivery; on disk when this returns. The same id with the same body returns the first one.

        Raises IDEMPOTENCY_MISMATCH for a known id with another body or another sender.
        """
        return await self._database.write(lambda connection: _append(connection, draft))

    async def find(self, id_: str) -> Delivery | None:
        """Read one delivery."""
        return await self._database.read(lambda connection: _find(connection, id_))

    async def stages(self, id_: str) -> tuple[Stage, ...]:
        """Read a delivery's history, oldest first."""

        def work(connection: Connection) -> tuple[Stage, ...]:
            rows = connection.execute(
                select(history).where(history.c.delivery_id == id_).order_by(history.c.id)
            )
            return tuple(Stage(state=row.state, at=row.at, detail=row.detail) for row in rows)

        return await self._database.read(work)

    async def list(
        self,
        *,
        screen_id: str | None = None,
        states: Sequence[str] = (),
        since_ms: int | None = None,
        before: tuple[int, str] | None = None,
        limit: int = 50,
    ) -> tuple[Delivery, ...]:
        """Read deliveries, newest first; `before` is the (created_at, id) of the last one already seen."""
        query = _select()
        if screen_id is not None:
            query = query.where(delivery.c.recipient == recipient_of(screen_id))
        if states:
            query = query.where(delivery.c.state.in_(states))
        if since_ms is not None:
            query = query.where(delivery.c.created_at >= since_ms)
        if before is not None:
            created_at, id_ = before
            older = and_(delivery.c.created_at == created_at, delivery.c.id < id_)
            query = query.where((delivery.c.created_at < created_at) | older)
        query = query.order_by(delivery.c.created_at.desc(), delivery.c.id.desc()).limit(limit)
        return await self._database.read(
            lambda connection: tuple(_delivery(row) for row in connection.execute(query))
        )

    async def open_ones(self) -> "tuple[tuple[Delivery, dict[str, object]], ...]":
        """Read every delivery that has not ended, with its payload, in seq order: what a restart has to go on with."""
        query = (
            select(delivery)
            .where(delivery.c.ended_at.is_(None))
            .order_by(delivery.c.recipient, delivery.c.seq)
        )

        def work(connection: Connection) -> tuple[tuple[Delivery, dict[str, object]], ...]:
            return tuple(
                (_delivery(row), msgspec.json.decode(row.payload)) for row in connection.execute(query)
            )

        return await self._database.read(work)

    def note_connection(self, recipient: str, gen: int) -> "Future[None]":
        """Keep the generation of a recipient's newest live connection."""

        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(mailbox).where(mailbox.c.recipient == recipient).values(gen=gen)
            )
            if changed.rowcount == 0:
                connection.execute(insert(mailbox).values(recipient=recipient, head=0, gen=gen))

        return self._database.submit(work)

    def note_sent(self, id_: str, at: int, attempts: int) -> "Future[None]":
        """Keep that a delivery went out; nobody has to wait for it (a lost note costs one more redelivery)."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(delivery)
                .where(delivery.c.id == id_, delivery.c.ended_at.is_(None))
                .values(
                    state="sent",
                    attempts=delivery.c.attempts + 1,
                    sent_at=func.coalesce(delivery.c.sent_at, at),
                )
            )
            _remember(connection, id_, at, "sent", f"attempt {attempts}")

        return self._database.submit(work)

    def note_waiting(self, ids: Sequence[str], at: int, detail: str) -> "Future[None]":
        """Keep that what was sent and not acknowledged waits again."""

        def work(connection: Connection) -> None:
            for id_ in ids:
                changed = connection.execute(
                    update(delivery)
                    .where(delivery.c.id == id_, delivery.c.state == "sent", delivery.c.ended_at.is_(None))
                    .values(state="waiting")
                )
                if changed.rowcount:
                    _remember(connection, id_, at, "waiting", detail)

        return self._database.submit(work)

    def note_received(self, id_: str, at: int, *, is_the_end: bool) -> "Future[bool]":
        """Keep that the screen has it; for a screen that reports no outcomes this is the end."""

        def work(connection: Connection) -> bool:
            changed = connection.execute(
                update(delivery)
                .where(delivery.c.id == id_, delivery.c.ended_at.is_(None))
                .values(
                    state="received",
                    received_at=func.coalesce(delivery.c.received_at, at),
                    ended_at=at if is_the_end else None,
                )
            )
            if changed.rowcount:
                _remember(connection, id_, at, "received", None)
            return bool(changed.rowcount)

        return self._database.submit(work)

    def settle(self, id_: str, at: int, end: End) -> "Future[bool]":
        """Put a delivery into an end state; answers whether it was still open."""
        return self._database.submit(lambda connection: _settle(connection, id_, at, end))


def _append(connection: Connection, draft: Draft) -> Appended:
    known = _find(connection, draft.id)
    if known is not None:
        if known.body_hash != draft.body_hash or known.sender != draft.sender:
            raise Refusal(Code.IDEMPOTENCY_MISMATCH)
        return Appended(known, is_repeat=True)
    seq = _next_seq(connection, draft.recipient)
    superseded = _supersede(connection, draft) if draft.slot is not None else ()
    connection.execute(
        insert(delivery).values(
            id=draft.id,
            recipient=draft.recipient,
            seq=seq,
            slot=draft.slot,
            verb=draft.verb,
            payload=msgspec.json.encode({**draft.payload, "seq": seq}),
            body_hash=draft.body_hash,
            sender=draft.sender,
            screen_id=draft.screen_id,
            order_id=draft.order_id,
            document=draft.document,
            revision=draft.revision,
            state="waiting",
            attempts=0,
            created_at=draft.created_at,
            expires_at=draft.expires_at,
        )
    )
    _remember(connection, draft.id, draft.created_at, "waiting", None)
    return Appended(draft.as_delivery(seq), is_repeat=False, superseded=superseded)


def _next_seq(connection: Connection, recipient: str) -> int:
    bumped = connection.execute(
        update(mailbox)
        .where(mailbox.c.recipient == recipient)
        .values(head=mailbox.c.head + 1)
        .returning(mailbox.c.head)
    ).scalar()
    if bumped is not None:
        return int(bumped)
    connection.execute(insert(mailbox).values(recipient=recipient, head=1, gen=0))
    return 1


def _supersede(connection: Connection, draft: Draft) -> tuple[str, ...]:
    older = connection.execute(
        update(delivery)
        .where(
            delivery.c.recipient == draft.recipient,
            delivery.c.ended_at.is_(None),
            delivery.c.slot == draft.slot,
            delivery.c.state.in_(("waiting", "sent")),
        )
        .values(
            state="superseded", code=Code.SUPERSEDED.value, superseded_by=draft.id, ended_at=draft.created_at
        )
        .returning(delivery.c.id)
    ).scalars()
    ids = tuple(older)
    for id_ in ids:
        _remember(connection, id_, draft.created_at, "superseded", f"by {draft.id}")
    return ids


def _settle(connection: Connection, id_: str, at: int, end: End) -> bool:
    superseded_by = end.superseded_by
    if end.state == "superseded" and superseded_by is None:
        superseded_by = _successor(connection, id_)
    # A screen that was slow to say that it reports outcomes may have ended in `received`; its word still counts.
    is_open = delivery.c.ended_at.is_(None) | (delivery.c.state == "received")
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.id == id_, is_open)
        .values(
            state=end.state,
            code=end.code,
            detail=end.detail,
            superseded_by=superseded_by,
            outcome=msgspec.json.encode(end.outcome) if end.outcome else None,
            ended_at=at,
        )
    )
    if changed.rowcount:
        _remember(connection, id_, at, end.state, end.code)
        return True
    if end.outcome is not None and end.outcome.state == "shown":
        # It was superseded or expired on the way and the screen had it painted all the same: that stays on record.
        _remember(connection, id_, at, "shown", "after its end")
    return False


def _successor(connection: Connection, id_: str) -> str | None:
    this = delivery.alias()
    return connection.execute(
        select(delivery.c.id)
        .join(this, this.c.id == id_)
        .where(
            delivery.c.recipient == this.c.recipient,
            delivery.c.slot == this.c.slot,
            delivery.c.seq > this.c.seq,
        )
        .order_by(delivery.c.seq)
        .limit(1)
    ).scalar()


def _remember(connection: Connection, id_: str, at: int, state: DeliveryState, detail: str | None) -> None:
    connection.execute(insert(history).values(delivery_id=id_, at=at, state=state, detail=detail))


def _select() -> Select[Any]:
    return select(*_COLUMNS)


def _find(connection: Connection, id_: str) -> Delivery | None:
    row = connection.execute(_select().where(delivery.c.id == id_)).one_or_none()
    return _delivery(row) if row is not None else None


def _delivery(row: Row[Any]) -> Delivery:
    outcome = msgspec.json.decode(row.outcome, type=Outcome) if row.outcome else None
    return Delivery(
        id=row.id,
        recipient=row.recipient,
        screen_id=row.screen_id,
        seq=row.seq,
        slot=row.slot,
        verb=row.verb,
        body_hash=row.body_hash,
        sender=row.sender,
        state=row.state,
        created_at=row.created_at,
        expires_at=row.expires_at,
        order_id=row.order_id,
        document=row.document,
        revision=row.revision,
        code=row.code,
        detail=row.detail,
        superseded_by=row.superseded_by,
        outcome=outcome,
        attempts=row.attempts,
        sent_at=row.sent_at,
        received_at=row.received_at,
        ended_at=row.ended_at,
    )
