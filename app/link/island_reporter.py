"""Tells the relay of the scans that were answered without it, each until the relay has it on record.

What must always hold: a scan is put away only when the relay has answered for that very id. What the relay cannot take
now stays, and is told again on the next line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.credentials import Credentials, Revoked
from app.link.island import Island
from app.link.island_scans import ScanRow
from app.link.island_store import IslandBroken, IslandStore
from app.link.triggers import TOKEN_REFUSED
from relay.contract.island import MOST_SCANS, IslandReceipt, IslandReceipts, IslandReport

log = structlog.get_logger()

PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True)
class Told:
    """A scan that the relay knows of now, and what it says to it."""

    scan: ScanRow
    receipt: IslandReceipt


class IslandReporter:
    """The way of the scans to the relay."""

    def __init__(self, island: Island, store: IslandStore, heard: Callable[[Told], None]) -> None:
        """Tell what is in `store`; `heard` is called for every answer, when it is on disk."""
        self._island = island
        self._store = store
        self._heard = heard

    async def report(self, credentials: Credentials) -> bool:
        """Tell everything; returns whether nothing is left. Never raises, except when it is cancelled."""
        try:
            while scans := await self._island.untold(MOST_SCANS):
                if not await self._tell(credentials, scans):
                    return False
        except IslandBroken as error:
            log.exception("Scans without the relay could not be told", reason=str(error))
            return False
        except (RelayRefused, RelayUnreachable, Revoked) as failure:
            log.info("Scans without the relay could not be told now", reason=str(failure))
            return False
        return True

    async def _tell(self, credentials: Credentials, scans: tuple[ScanRow, ...]) -> bool:
        clock = self._island.clock
        report = IslandReport(scans=tuple(scan.report(clock) for scan in scans))
        answer = await self._send(credentials, report)
        receipts = {receipt.id.lower(): receipt for receipt in answer.receipts}
        told = [Told(scan, receipts[scan.id]) for scan in scans if scan.id in receipts]
        for each in told:
            if each.receipt.state == "refused":
                log.error(
                    "The relay does not take a scan without it", id=each.scan.id, code=each.receipt.code
                )
        await self._store.told([each.scan.id for each in told])
        log.info("The relay has the scans that were answered without it", scans=len(told))
        for each in told:
            self._heard(each)
        return bool(told)

    async def _send(self, credentials: Credentials, report: IslandReport) -> IslandReceipts:
        path = f"/api/screens/{credentials.screen_id}/island"
        for is_last in (False, True):
            token = await credentials.token()
            try:
                return await credentials.http.call(
                    "POST", path, IslandReceipts, body=report, token=token, patience=PATIENCE
                )
            except RelayRefused as refusal:
                if refusal.problem.code not in TOKEN_REFUSED or is_last:
                    raise
                credentials.expired(token)
        raise AssertionError("the second attempt returns or raises")
