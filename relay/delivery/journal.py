"""The journal: every accepted delivery, its state and its history, on disk before anybody hears of it.

Every function that changes something runs inside the writer's transaction (relay.storage.database), so a delivery,
its seq, the older ones that it supersedes and their history are kept together or not at all. An end state is final: a
change that comes late finds `ended_at` set and does nothing.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, collate, insert, select

from relay.contract.names import Epoch
from relay.contract.problems import Code
from relay.contract.reports import DeliveryState, Outcome, Stage
from relay.delivery import statements
from relay.delivery.content import Content
from relay.delivery.records import Appended, Delivery, Draft, Ending, Receipt, recipient_of
from relay.delivery.tables import delivery, history, is_dead_letter, journal, mailbox
from relay.delivery.together import append_many, settle_many
from relay.errors import Refusal
from relay.identity.audit import with_note
from relay.storage.database import Database
from relay.storage.sharing import Kind, Told

# In one commit ends come before accepts: what its screen has shown must not be superseded by what comes after it.
ENDINGS = Kind(0, settle_many)
APPENDS = Kind(1, append_many)

AFTER_ITS_END = "after its end"
_FIELDS = tuple(column.name for column in statements.COLUMNS)


@dataclass(frozen=True, slots=True)
class Opened:
    """The journal's own row: its epoch, and how the machine's clocks stood to each other when it was last written."""

    epoch: Epoch
    boot: str | None
    difference_ms: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a mailbox besides its deliveries; `shut_until` (UTC ms) while its breaker is open."""

    recipient: str
    head: int
    gen: int
    shut_until: int | None


class Journal:
    """The durable list of deliveries."""

    def __init__(self, database: Database) -> None:
        """Keep deliveries in `database`."""
        self._database = database

    @property
    def is_overloaded(self) -> bool:
        """Tell whether the disk takes nothing new now: it is full, or writes gather faster than it takes them."""
        return not self._database.accepts

    async def open(self) -> tuple[Opened, tuple[Kept, ...]]:
        """Return the journal's own row and what is kept of every mailbox.

        Only a new journal is written to (it gets its epoch): a relay starts also on a disk that takes nothing.
        """

        def look(connection: Connection) -> tuple[Opened | None, tuple[Kept, ...]]:
            found = connection.execute(select(journal)).first()
            rows = connection.execute(select(mailbox))
            kept = tuple(Kept(row.recipient, row.head, row.gen, row.shut_until) for row in rows)
            if found is None:
                return None, kept
            return Opened(Epoch(found.epoch), found.boot, found.difference_ms or 0, is_new=False), kept

        opened, kept = await self._database.read(look)
        if opened is None:
            epoch = Epoch(secrets.token_hex(16))
            await self._database.write(
                lambda connection: connection.execute(insert(journal).values(id=1, epoch=epoch))
            )
            opened = Opened(epoch, None, 0, is_new=True)
        return opened, kept

    async def note_clock(self, boot: str | None, difference_ms: int) -> None:
        """Keep how the machine's two clocks stand to each other, in this boot of it."""

        def work(connection: Connection) -> None:
            statements.NOTE_CLOCK.run(connection, the_boot=boot, the_difference=difference_ms)

        await self._database.write(work)

    def append(self, draft: Draft, told: Told) -> None:
        """Accept a delivery; `told` hears the Appended once it is on disk. The same id and body brings the first one.

        The error may be IDEMPOTENCY_MISMATCH (a known id with another body or another sender).
        """

        def work(connection: Connection) -> Appended:
            return append(connection, draft)

        # Sent again by somebody: it is done by `work` and never with others (append_many), so the note comes along.
        noted = with_note(work, draft.created_at, "delivery.retry") if draft.retry_of is not None else work
        self._database.post(noted, told, APPENDS, draft)

    async def find(self, id_: str) -> Delivery | None:
        """Read one delivery."""
        return await self._database.read(lambda connection: find(connection, id_))

    async def stages(self, found: Delivery) -> tuple[Stage, ...]:
        """Read a delivery's history, oldest first: what its row says, and what is kept beside it."""
        query = select(history).where(history.c.delivery_id == found.id).order_by(history.c.id)

        def work(connection: Connection) -> tuple[Stage, ...]:
            rows = connection.execute(query)
            return tuple(Stage(state=row.state, at=row.at, detail=row.detail) for row in rows)

        beside = await self._database.read(work)
        return tuple(sorted((*_own_stages(found), *beside), key=lambda stage: stage.at))

    async def list(
        self,
        *,
        screen_id: str | None = None,
        among: Collection[str] | None = None,
        states: Sequence[str] = (),
        since_ms: int | None = None,
        until_ms: int | None = None,
        order_id: str | None = None,
        before: tuple[int, str] | None = None,
        only_dead_letters: bool = False,
        limit: int = 50,
    ) -> tuple[Delivery, ...]:
        """Read deliveries, newest first; `before` is the (created_at, id) of the last one already seen.

        `among` are the recipients that may be seen, None for all.
        """
        query = _select()
        if among is not None:
            query = query.where(delivery.c.recipient.in_(among))
        if screen_id is not None:
            query = query.where(delivery.c.recipient == recipient_of(screen_id))
        if only_dead_letters:
            query = query.where(is_dead_letter)
        if states:
            query = query.where(delivery.c.state.in_(states))
        if since_ms is not None:
            query = query.where(delivery.c.created_at >= since_ms)
        if until_ms is not None:
            query = query.where(delivery.c.created_at < until_ms)
        if order_id is not None:
            query = query.where(collate(delivery.c.order_id, "NOCASE") == order_id)
        if before is not None:
            created_at, id_ = before
            older = and_(delivery.c.created_at == created_at, delivery.c.id < id_)
            query = query.where((delivery.c.created_at < created_at) | older)
        query = query.order_by(delivery.c.created_at.desc(), delivery.c.id.desc()).limit(limit)
        return await self._database.read(
            lambda connection: tuple(_delivery(row) for row in connection.execute(query))
        )

    async def open_ones(self) -> "tuple[tuple[Delivery, bytes], ...]":
        """Read every delivery that has not ended, with its payload, in seq order: what a restart has to go on with."""
        query = (
            select(delivery)
            .where(delivery.c.ended_at.is_(None))
            .order_by(delivery.c.recipient, delivery.c.seq)
        )

        def work(connection: Connection) -> tuple[tuple[Delivery, bytes], ...]:
            return tuple((_delivery(row), row.payload) for row in connection.execute(query))

        return await self._database.read(work)

    async def payload(self, id_: str) -> dict[str, Any]:
        """Read the command as it travelled. Raises DELIVERY_NOT_FOUND."""
        query = select(delivery.c.payload).where(delivery.c.id == id_)
        found = await self._database.read(lambda connection: connection.execute(query).scalar())
        if found is None:
            raise Refusal(Code.DELIVERY_NOT_FOUND, id=id_)
        return msgspec.json.decode(found)

    def note_connection(self, recipient: str, gen: int, told: Told) -> None:
        """Keep the generation of a recipient's newest live connection."""

        def work(connection: Connection) -> None:
            if statements.NOTE_GEN.run(connection, the_recipient=recipient, the_gen=gen).rowcount == 0:
                statements.NEW_MAILBOX.run(connection, recipient=recipient, head=0, gen=gen)

        self._database.post(work, told)

    def note_breaker(self, recipient: str, shut_until: int | None, told: Told) -> None:
        """Keep until when nothing is sent to a recipient (UTC ms), or that it is sent to again."""

        def work(connection: Connection) -> None:
            statements.NOTE_BREAKER.run(connection, the_recipient=recipient, until=shut_until)

        self._database.post(work, told)

    def note_retry(self, id_: str, at: int, attempt: int, told: Told) -> None:
        """Keep that a delivery went out again."""

        def work(connection: Connection) -> None:
            if statements.NOTE_RETRY.run(connection, the_id=id_, at=at, the_attempt=attempt).rowcount:
                _remember(connection, id_, at, "sent", f"attempt {attempt}")

        self._database.post(work, told)

    def note_waiting(self, attempts: Mapping[str, int], sent_at: int, at: int, told: Told) -> None:
        """Keep that what was sent and not acknowledged waits again, because the line dropped."""

        def work(connection: Connection) -> None:
            for id_, attempt in attempts.items():
                waiting = statements.NOTE_WAITING.run(
                    connection, the_id=id_, the_attempts=attempt, at=sent_at
                )
                if waiting.rowcount:
                    _remember(connection, id_, at, "waiting", "the line dropped")

        self._database.post(work, told)

    def note_received(self, receipt: Receipt, told: Told) -> None:
        """Keep that the screen has it."""

        def work(connection: Connection) -> None:
            statements.NOTE_RECEIVED.run(
                connection,
                the_id=receipt.id,
                the_attempt=receipt.attempt,
                the_sent_at=receipt.sent_at,
                the_received_at=receipt.received_at,
            )

        self._database.post(work, told)

    def settle(self, ending: Ending, told: Told) -> None:
        """Put a delivery into an end state, with a receipt that is not written yet; tells whether it was still open."""
        self._database.post(lambda connection: settle(connection, ending), told, ENDINGS, ending)

    def cancel(self, id_: str, at: int, told: Told) -> None:
        """Cancel a delivery that no screen has acknowledged; tells whether it was so."""

        def work(connection: Connection) -> bool:
            return bool(statements.CANCEL.run(connection, the_id=id_, at=at).rowcount)

        self._database.post(with_note(work, at, "delivery.cancel"), told)

    async def discard(self, id_: str, at: int) -> None:
        """Keep that somebody has read a dead letter and wants no more of it."""

        def work(connection: Connection) -> None:
            statements.DISCARD.run(connection, the_id=id_, at=at)

        await self._database.write(with_note(work, at, "delivery.discard"))

    def date(self, contents: Mapping[str, Content], boot: str | None, difference_ms: int, told: Told) -> None:
        """Keep until when what is open lives, in the time that a clock which was set now tells."""

        def work(connection: Connection) -> None:
            for id_, content in contents.items():
                statements.DATE.run(
                    connection, the_id=id_, the_payload=content.payload, at=content.expires_at
                )
            statements.NOTE_CLOCK.run(connection, the_boot=boot, the_difference=difference_ms)

        self._database.post(work, told)


def append(connection: Connection, draft: Draft) -> Appended:
    """Accept `draft` inside the caller's transaction; see `Journal.append`."""
    known = find(connection, draft.id)
    if known is not None:
        if known.body_hash != draft.body_hash or known.sender != draft.sender:
            raise Refusal(Code.IDEMPOTENCY_MISMATCH)
        return Appended(known, is_repeat=True)
    if draft.retry_of is not None:
        marked = statements.MARK_RETRIED.run(connection, the_id=draft.retry_of, the_new_id=draft.id)
        if marked.rowcount == 0:
            first = find(connection, draft.retry_of)
            again = find(connection, first.retried_as) if first and first.retried_as else None
            if again is None:
                raise Refusal(Code.DELIVERY_NOT_FOUND, id=draft.retry_of)
            return Appended(again, is_repeat=True)
    seq = _next_seq(connection, draft.recipient)
    superseded = statements.supersede(connection, draft) if draft.may_supersede else ()
    payload = draft.sealed(seq)
    statements.INSERT.run(connection, **draft.row(seq, payload))
    return Appended(draft.as_delivery(seq), is_repeat=False, payload=payload, superseded=superseded)


def find(connection: Connection, id_: str) -> Delivery | None:
    """Read one delivery inside the caller's transaction."""
    rows = statements.FIND.run(connection, the_id=id_).rows
    return _read(rows[0]) if rows else None


def settle(connection: Connection, ending: Ending) -> bool:
    """Put a delivery into an end state inside the caller's transaction; see `Journal.settle`."""
    id_, at, end, receipt = ending.id, ending.at, ending.end, ending.receipt
    superseded_by = end.superseded_by
    if end.state == "superseded" and superseded_by is None:
        found = statements.SUCCESSOR.run(connection, the_id=id_).rows
        superseded_by = found[0][0] if found else None
    settled = statements.SETTLE.run(
        connection,
        the_id=id_,
        the_state=end.state,
        the_code=end.code,
        the_detail=end.detail,
        by=superseded_by,
        the_outcome=msgspec.json.encode(end.outcome) if end.outcome else None,
        at=at,
        the_attempt=receipt.attempt if receipt else None,
        the_sent_at=receipt.sent_at if receipt else None,
        the_received_at=receipt.received_at if receipt else None,
    )
    if settled.rowcount:
        return True
    if end.outcome is not None and end.outcome.state == "shown":
        # It was superseded or expired on the way and the screen had it painted all the same: that stays on record.
        before = find(connection, id_)
        if before is not None and before.state != "shown":
            _remember(connection, id_, at, "shown", AFTER_ITS_END)
    return False


def _next_seq(connection: Connection, recipient: str) -> int:
    bumped = statements.BUMP.run(connection, the_recipient=recipient).rows
    if bumped:
        return int(bumped[0][0])
    statements.NEW_MAILBOX.run(connection, recipient=recipient, head=1, gen=0)
    return 1


def _remember(connection: Connection, id_: str, at: int, state: DeliveryState, detail: str | None) -> None:
    statements.REMEMBER.run(connection, delivery_id=id_, at=at, state=state, detail=detail)


def _own_stages(found: Delivery) -> Iterator[Stage]:
    yield Stage(state="waiting", at=found.created_at)
    if found.sent_at is not None:
        yield Stage(state="sent", at=found.sent_at, detail="attempt 1")
    if found.received_at is not None:
        yield Stage(state="received", at=found.received_at)
    if found.ended_at is not None and found.state != "received":
        reason = f"by {found.superseded_by}" if found.superseded_by else found.code
        yield Stage(state=found.state, at=found.ended_at, detail=reason)


def _select() -> Select[Any]:
    return select(*statements.COLUMNS)


def _delivery(row: Row[Any]) -> Delivery:
    return _read([getattr(row, name) for name in _FIELDS])


def _read(values: Sequence[Any]) -> Delivery:
    fields: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    if fields["outcome"] is not None:
        fields["outcome"] = msgspec.json.decode(fields["outcome"], type=Outcome)
    return Delivery(**fields)
