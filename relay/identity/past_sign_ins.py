"""What the audit log tells of sign-ins before this relay was started: who failed lately, and who was where."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from relay.clock import Clock
from relay.contract.problems import Code
from relay.identity.audit import DONE
from relay.identity.tables import audit
from relay.storage.database import Database

SIGN_IN = "auth.sign_in"
HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Past:
    """Failures of the last hour by name, and the addresses of the last week; each with the seconds since then.

    The log has the same failure at the same address once a minute, so those are fewer than there were.
    """

    failed: Sequence[tuple[str, float]]
    known: Sequence[tuple[str, str, float]]


class PastSignIns:
    """Reads them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read from this database."""
        self._database = database
        self._clock = clock

    async def read(self) -> Past:
        """Return them, oldest first."""
        now_ms = self._clock.now_ms()
        sign_ins = audit.c.action == SIGN_IN, audit.c.target != ""
        failed = (
            select(audit.c.target, audit.c.at)
            .where(*sign_ins, audit.c.outcome == Code.SIGN_IN_FAILED.value, audit.c.at > now_ms - HOUR_MS)
            .order_by(audit.c.at)
        )
        last = func.max(audit.c.at)
        known = (
            select(audit.c.target, audit.c.address, last.label("at"))
            .where(*sign_ins, audit.c.outcome == DONE, audit.c.at > now_ms - WEEK_MS)
            .group_by(audit.c.target, audit.c.address)
            .order_by(last)
        )

        def seconds(at_ms: int) -> float:
            return max(0, now_ms - at_ms) / 1000

        def look(connection: Connection) -> Past:
            return Past(
                [(row.target, seconds(row.at)) for row in connection.execute(failed)],
                [(row.target, row.address, seconds(row.at)) for row in connection.execute(known)],
            )

        return await self._database.read(look)
