"""Accepts and ends of one group commit, written with a few statements for all of them.

Every statement costs its thread a turn at the interpreter's lock; under load that was most of the writer's time. The
meaning is that of `journal.append` and `journal.settle`, one after the other: whatever is not plain (an id that is
known, a retry, a screen seen for the first time) is left to them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    func,
    insert,
    select,
    union_all,
    update,
)

from relay.delivery import statements
from relay.delivery.records import Appended, Draft, Ending
from relay.delivery.tables import delivery, mailbox
from relay.storage.prepared import Prepared

# Statements are compiled once for each of these numbers of rows.
SIZES = (32, 16, 8, 4, 2, 1)


class NotPlainError(Exception):
    """These jobs cannot be written together; each is written by itself."""


def append_many(connection: Connection, drafts: Sequence[Draft]) -> list[Appended]:
    """Accept several drafts. Raises NotPlainError, and then nothing may be kept."""
    if any(draft.retry_of for draft in drafts) or len({draft.id for draft in drafts}) < len(drafts):
        raise NotPlainError
    for part in _parts(drafts):
        if _known(len(part)).run(connection, **{f"r{n}_id": each.id for n, each in enumerate(part)}).rows:
            raise NotPlainError
    appended: dict[str, Appended] = {}
    for round_ in _rounds(drafts):
        for part in _parts(round_):
            for each in _append_part(connection, part):
                appended[each.delivery.id] = each
    return [appended[draft.id] for draft in drafts]


def settle_many(connection: Connection, endings: Sequence[Ending]) -> list[bool]:
    """End several deliveries. Raises NotPlainError, and then nothing may be kept."""
    if any(not ending.is_plain for ending in endings) or len({each.id for each in endings}) < len(endings):
        raise NotPlainError
    open_ones: set[str] = set()
    for part in _parts(endings):
        values: dict[str, object] = {}
        for n, ending in enumerate(part):
            receipt, end = ending.receipt, ending.end
            values[f"r{n}_id"] = ending.id
            values[f"r{n}_state"] = end.state
            values[f"r{n}_code"] = end.code
            values[f"r{n}_detail"] = end.detail
            values[f"r{n}_outcome"] = msgspec.json.encode(end.outcome) if end.outcome else None
            values[f"r{n}_at"] = ending.at
            values[f"r{n}_attempt"] = receipt.attempt if receipt else None
            values[f"r{n}_sent_at"] = receipt.sent_at if receipt else None
            values[f"r{n}_received_at"] = receipt.received_at if receipt else None
        open_ones.update(row[0] for row in _settle(len(part)).run(connection, **values).rows)
    if len(open_ones) < len(endings):
        raise NotPlainError  # what was shown after its end is remembered one by one
    return [True] * len(endings)


def _append_part(connection: Connection, drafts: Sequence[Draft]) -> Iterator[Appended]:
    recipients = {f"r{n}_recipient": draft.recipient for n, draft in enumerate(drafts)}
    heads = dict(_bump(len(drafts)).run(connection, **recipients).rows)
    if len(heads) < len(drafts):
        raise NotPlainError
    values: dict[str, object] = {}
    for n, draft in enumerate(drafts):
        superseded = statements.supersede(connection, draft) if draft.may_supersede else ()
        seq: int = heads[draft.recipient]
        payload = draft.sealed(seq)
        for name, value in draft.row(seq, payload).items():
            values[f"r{n}_{name}"] = value
        yield Appended(draft.as_delivery(seq), is_repeat=False, payload=payload, superseded=superseded)
    _insert(len(drafts)).run(connection, **values)


def _rounds(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """Part drafts so that no recipient comes twice in a round, and those of one recipient stay in their order."""
    rounds: list[list[Draft]] = []
    turns: dict[str, int] = {}
    for draft in drafts:
        turn = turns.get(draft.recipient, 0)
        turns[draft.recipient] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(draft)
    return rounds


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    start = 0
    while start < len(items):
        size = next(size for size in SIZES if size <= len(items) - start)
        yield items[start : start + size]
        start += size


@cache
def _known(size: int) -> Prepared:
    ids = [bindparam(f"r{n}_id") for n in range(size)]
    return Prepared(select(delivery.c.id).where(delivery.c.id.in_(ids)))


@cache
def _bump(size: int) -> Prepared:
    recipients = [bindparam(f"r{n}_recipient") for n in range(size)]
    return Prepared(
        update(mailbox)
        .where(mailbox.c.recipient.in_(recipients))
        .values(head=mailbox.c.head + 1)
        .returning(mailbox.c.recipient, mailbox.c.head)
    )


@cache
def _insert(size: int) -> Prepared:
    rows = [{name: bindparam(f"r{n}_{name}") for name in statements.ACCEPTED_COLUMNS} for n in range(size)]
    return Prepared(insert(delivery).values(rows))


@cache
def _settle(size: int) -> Prepared:
    kinds: dict[str, Any] = {
        "id": Text,
        "state": Text,
        "code": Text,
        "detail": Text,
        "outcome": LargeBinary,
        "at": Integer,
        "attempt": Integer,
        "sent_at": Integer,
        "received_at": Integer,
    }
    rows = [
        select(*(bindparam(f"r{n}_{name}", type_=kind).label(name) for name, kind in kinds.items()))
        for n in range(size)
    ]
    ends = (union_all(*rows) if size > 1 else rows[0]).subquery("ends").c
    return Prepared(
        update(delivery)
        .where(delivery.c.id == ends.id, delivery.c.ended_at.is_(None) | (delivery.c.state == "received"))
        .values(
            state=ends.state,
            code=ends.code,
            detail=ends.detail,
            outcome=ends.outcome,
            ended_at=ends["at"],
            attempts=func.coalesce(ends.attempt, delivery.c.attempts),
            sent_at=func.coalesce(delivery.c.sent_at, ends.sent_at),
            received_at=func.coalesce(delivery.c.received_at, ends.received_at),
        )
        .returning(delivery.c.id)
    )
