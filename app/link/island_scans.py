"""A scan that was answered without the relay, as this bench keeps it until the relay knows of it."""

from typing import Literal

import msgspec
from msgspec import Struct

from app.link.island_clock import IslandClock, Moment
from relay.contract.commands import DocumentRef
from relay.contract.island import IslandScan
from relay.contract.names import OrderId, TriggerId, WindowId
from relay.contract.problems import Code
from relay.contract.reports import Outcome

# The end of a scan that nobody saw the end of: the record must not say that it was not seen.
CUT_OFF = Code.INTERNAL_ERROR.value
CUT_OFF_REASON = "The app ended before it knew whether this was seen."


class ScanRow(Struct, frozen=True, kw_only=True):
    """One scan. `settled` and `outcome` come when it is known whether it was seen; `asks_again` is the id under which
    the relay is asked for a newer revision, made once, so that asking twice shows it once.
    """

    id: TriggerId
    order_id: OrderId
    number: int
    window_id: WindowId
    document: DocumentRef
    as_of: int
    age_ms: int
    age_is_exact: bool
    scanned: Moment
    asks_again: TriggerId
    # The relay's time at the scan, as far as it was known; says which of two wishes is the newer one.
    relay_ms: int | None = None
    settled: Moment | None = None
    outcome: Outcome | None = None

    def ended(self, outcome: Outcome, at: Moment) -> "ScanRow":
        """Add how it ended."""
        return msgspec.structs.replace(self, outcome=outcome, settled=at)

    @property
    def state(self) -> Literal["shown", "failed", "superseded"]:
        """Say how it ended; what was cut off by the end of the app was never known to be seen."""
        if self.outcome is not None and self.outcome.state == "shown":
            return "shown"
        is_superseded = self.outcome is not None and self.outcome.code == Code.SUPERSEDED.value
        return "superseded" if is_superseded else "failed"

    def report(self, clock: IslandClock) -> IslandScan:
        """Say it to the relay, in durations that end now."""
        assert self.document.sha256 is not None, "only files are shown without the relay"
        scanned = clock.about(self.scanned)
        settled = clock.about(self.settled) if self.settled is not None else scanned
        outcome = self.outcome or Outcome(id=self.id, state="failed", code=CUT_OFF, error=CUT_OFF_REASON)
        return IslandScan(
            id=self.id,
            order_id=self.order_id,
            number=self.number,
            document_id=self.document.id,
            sha256=self.document.sha256,
            state=self.state,
            scanned_ms=scanned.ms,
            settled_ms=min(settled.ms, scanned.ms),
            age_ms=self.age_ms,
            as_of=self.as_of,
            is_exact=scanned.is_exact and self.age_is_exact,
            revision=self.document.revision,
            title=self.document.title,
            window_id=self.window_id,
            code=outcome.code,
            error=outcome.error,
            display=outcome.display,
            page=outcome.page,
        )


class Memory(Struct, frozen=True, kw_only=True):
    """A document of an order, as the relay last spoke of it: its newest revision at `as_of` (relay's UTC ms)."""

    order_id: OrderId
    number: int
    document: DocumentRef
    as_of: int
    at: Moment
    size: int | None = None
