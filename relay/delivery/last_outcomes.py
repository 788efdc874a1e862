"""What a relay that starts remembers of its screens: how the newest delivery ended at each."""

import msgspec
from sqlalchemy import Connection, select

from relay.contract.reports import Outcome
from relay.contract.watching import LastOutcome
from relay.delivery.tables import delivery, mailbox
from relay.delivery.watch import UNTOLD_VERBS, Watch
from relay.errors import StorageUnavailableError
from relay.storage.database import Database

AT_ONCE = 200


async def recall(database: Database, watch: Watch) -> None:
    """Tell `watch` the last outcome of every screen that the journal knows; a few at a time, nobody waits for it."""
    after = ""
    try:
        while found := await database.read(lambda connection, after=after: _slice(connection, after)):
            for recipient, screen_id, outcome in found:
                if outcome is not None:
                    watch.remember(recipient, screen_id, outcome)
            after = found[-1][0]
    except StorageUnavailableError:
        return  # what ends from now on is told all the same


def _slice(connection: Connection, after: str) -> list[tuple[str, str, LastOutcome | None]]:
    recipients = connection.scalars(
        select(mailbox.c.recipient)
        .where(mailbox.c.recipient > after)
        .order_by(mailbox.c.recipient)
        .limit(AT_ONCE)
    )
    return [_last(connection, recipient) for recipient in recipients.all()]


def _last(connection: Connection, recipient: str) -> tuple[str, str, LastOutcome | None]:
    row = connection.execute(
        select(delivery)
        .where(delivery.c.recipient == recipient)
        .where(delivery.c.state.in_(("shown", "failed", "expired", "dead")))
        .where(delivery.c.verb.not_in(UNTOLD_VERBS))
        .order_by(delivery.c.seq.desc())
        .limit(1)
    ).first()
    if row is None:
        return recipient, "", None
    shown = msgspec.json.decode(row.outcome, type=Outcome) if row.outcome is not None else None
    return (
        recipient,
        row.screen_id,
        LastOutcome(
            id=row.id,
            verb=row.verb,
            state=row.state,
            at=row.ended_at,
            code=row.code,
            display=shown.display if shown else None,
            revision=shown.revision if shown else None,
        ),
    )
