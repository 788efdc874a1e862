"""What is written about a delivery on its way without anybody waiting for it: receipts, retries, lost lines, breakers.

A lost note costs a question or a redelivery, which the screen recognises, so nothing here is written twice or retried.
A receipt is held back for a moment: mostly the outcome follows, and one write keeps both. It is never held back beyond
the next accept for the same screen, because what a screen has received must not be superseded.
"""

import asyncio
from collections.abc import Mapping

import structlog

from relay.delivery.journal import Journal
from relay.delivery.records import Receipt

log = structlog.get_logger()

HOLD_BACK_SECONDS = 0.25
RETRY_DISK_SECONDS = 1.0


class Notes:
    """Notes of one courier."""

    def __init__(self, journal: Journal) -> None:
        """Write to `journal`."""
        self._journal = journal
        self._receipts: dict[str, dict[str, Receipt]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def received(self, recipient: str, receipt: Receipt) -> None:
        """Keep a receipt, within a quarter of a second or with the outcome."""
        self._receipts.setdefault(recipient, {})[receipt.id] = receipt
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HOLD_BACK_SECONDS, self.flush)

    def receipt(self, recipient: str, id_: str) -> Receipt | None:
        """Return a receipt that is not written yet."""
        held = self._receipts.get(recipient)
        return held.get(id_) if held is not None else None

    def forget(self, recipient: str, id_: str) -> None:
        """Let go of a receipt that was written with something else."""
        if (held := self._receipts.get(recipient)) is not None:
            held.pop(id_, None)
            if not held:
                del self._receipts[recipient]

    def flush_for(self, recipient: str) -> None:
        """Write the receipts of one screen before anything else about it."""
        if (held := self._receipts.pop(recipient, None)) is not None:
            for receipt in held.values():
                self._journal.note_received(receipt, _report_failure)

    def flush(self) -> None:
        """Write all receipts."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for recipient in list(self._receipts):
            self.flush_for(recipient)

    def retried(self, id_: str, at: int, attempt: int) -> None:
        """Keep that a delivery went out again."""
        self._journal.note_retry(id_, at, attempt, _report_failure)

    def dropped(self, attempts: Mapping[str, int], sent_at: int, at: int) -> None:
        """Keep that the line was lost with these deliveries on it."""
        self._journal.note_waiting(attempts, sent_at, at, _report_failure)

    def breaker(self, recipient: str, shut_until: int | None) -> None:
        """Keep until when nothing is sent to a screen (UTC ms), or that it is sent to again."""
        self._journal.note_breaker(recipient, shut_until, _report_failure)

    def connection(self, recipient: str, gen: int) -> None:
        """Keep the generation of a screen's newest line."""
        self._journal.note_connection(recipient, gen, _report_failure)


def _report_failure(_result: object, error: BaseException | None) -> None:
    if error is not None:
        log.error("A note in the journal was lost", reason=str(error))
