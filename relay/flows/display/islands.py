"""Takes the scans that a screen answered without the relay: each once, into one record, with what is newest today."""

import hashlib
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Row, insert, select

from relay.contract import codec
from relay.contract.commands import DocumentRef
from relay.contract.island import IslandPage, IslandReceipt, IslandRecord, IslandReport, IslandScan
from relay.contract.names import OrderId, ScreenId, TriggerId
from relay.contract.problems import Code
from relay.contract.reports import Outcome
from relay.delivery.island import IslandDelivery, keep
from relay.delivery.records import recipient_of
from relay.documents.documents import url_of
from relay.documents.tables import blobs
from relay.errors import Refusal
from relay.flow import Core
from relay.flows.display.island_tables import island_scan
from relay.flows.display.orders import Orders
from relay.identity.caller import Caller
from relay.identity.spelling import name_key

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Written:
    states: tuple[str, ...]
    head: int


class Islands:
    """The relay's memory of what happened without it."""

    def __init__(self, core: Core, orders: Orders) -> None:
        """Write to the core's database; `orders` says what is newest."""
        self._core = core
        self._orders = orders

    async def take(self, screen_id: ScreenId, report: IslandReport, caller: Caller) -> list[IslandReceipt]:
        """Put the scans on record, each id once however often it comes, and say what is newest for each."""
        now_ms = self._core.clock.now_ms()

        def work(connection: Connection) -> _Written:
            states: list[str] = []
            head = 0
            for scan in report.scans:
                state, seq = _take(connection, screen_id, scan, caller, now_ms)
                states.append(state)
                head = max(head, seq)
            return _Written(tuple(states), head)

        written = await self._core.database.write(work)
        # The mailbox goes on counting after what was put into it here.
        box = self._core.courier.engine.mailbox(recipient_of(screen_id))
        box.head = max(box.head, written.head)
        fresh = written.states.count("recorded")
        log.info("A screen told of scans without the relay", screen_id=screen_id, scans=fresh)
        return [
            await self._receipt(scan, state) for scan, state in zip(report.scans, written.states, strict=True)
        ]

    async def page(self, screen_id: ScreenId, *, limit: int, before: int | None) -> IslandPage:
        """Read a page of a screen's scans without the relay, the newest report first; `before` is the cursor."""
        chosen = (
            select(island_scan)
            .where(island_scan.c.screen_key == name_key(screen_id))
            .order_by(island_scan.c.position.desc())
            .limit(limit + 1)
        )
        if before is not None:
            chosen = chosen.where(island_scan.c.position < before)
        rows = await self._core.database.read(lambda connection: connection.execute(chosen).all())
        page = rows[:limit]
        return IslandPage(
            scans=tuple(map(_record, page)),
            next=str(page[-1].position) if len(rows) > limit else None,
        )

    async def _receipt(self, scan: IslandScan, state: str) -> IslandReceipt:
        if state == "refused":
            return IslandReceipt(id=scan.id, state="refused", code=Code.IDEMPOTENCY_MISMATCH.value)
        is_new = state == "recorded"
        try:
            found = await self._orders.find_document(scan.order_id, scan.number)
        except Refusal as refusal:
            return IslandReceipt(id=scan.id, state="recorded" if is_new else "known", code=refusal.code.value)
        return IslandReceipt(id=scan.id, state="recorded" if is_new else "known", newest=found.ref)


def _take(
    connection: Connection, screen_id: ScreenId, scan: IslandScan, caller: Caller, now_ms: int
) -> tuple[str, int]:
    id_ = TriggerId(scan.id.lower())
    known = connection.execute(select(island_scan.c.screen_key).where(island_scan.c.id == id_)).scalar()
    if known is not None:
        return ("known" if known == name_key(screen_id) else "refused"), 0
    delivery = _delivery(connection, screen_id, scan, caller.subject, now_ms)
    kept = keep(connection, delivery)
    if kept.is_foreign:
        return "refused", 0
    connection.execute(
        insert(island_scan).values(
            id=id_,
            screen_key=name_key(screen_id),
            screen_id=screen_id,
            order_id=scan.order_id,
            number=scan.number,
            document_id=scan.document_id,
            sha256=scan.sha256,
            revision=scan.revision,
            title=scan.title,
            state=scan.state,
            code=scan.code,
            scanned_at=delivery.scanned_at,
            settled_at=delivery.settled_at,
            as_of=scan.as_of,
            age_ms=scan.age_ms,
            is_exact=int(scan.is_exact),
            reported_at=now_ms,
        )
    )
    return ("known", 0) if kept.seq is None else ("recorded", kept.seq)


def _delivery(
    connection: Connection, screen_id: ScreenId, scan: IslandScan, sender: str, now_ms: int
) -> IslandDelivery:
    id_ = TriggerId(scan.id.lower())
    file = connection.execute(select(blobs).where(blobs.c.sha256 == scan.sha256)).first()
    document = DocumentRef(
        id=scan.document_id,
        kind="image" if file is not None and file.kind == "image" else "pdf",
        url=url_of(scan.sha256),
        sha256=scan.sha256,
        media_type=file.media_type if file is not None else None,
        pages=file.pages if file is not None else None,
        revision=scan.revision,
        title=scan.title,
    )
    scanned_at = max(0, now_ms - scan.scanned_ms)
    return IslandDelivery(
        id=id_,
        screen_id=screen_id,
        order_id=OrderId(scan.order_id),
        window_id=scan.window_id,
        document=document,
        outcome=Outcome(
            id=id_,
            state="shown" if scan.state == "shown" else "failed",
            code=Code.SUPERSEDED.value if scan.state == "superseded" else scan.code,
            error=scan.error,
            display=scan.display,
            page=scan.page,
            revision=scan.revision,
        ),
        state=scan.state,
        sender=sender,
        body_hash=hashlib.sha256(codec.canonical(scan)).digest(),
        scanned_at=scanned_at,
        settled_at=max(scanned_at, now_ms - scan.settled_ms),
        reported_at=now_ms,
        age_ms=scan.age_ms,
        is_exact=scan.is_exact,
    )


def _record(row: Row[tuple[object, ...]]) -> IslandRecord:
    return IslandRecord(
        id=row.id,
        screen_id=row.screen_id,
        order_id=row.order_id,
        number=row.number,
        document_id=row.document_id,
        sha256=row.sha256,
        state=row.state,
        scanned_at=row.scanned_at,
        settled_at=row.settled_at,
        as_of=row.as_of,
        age_ms=row.age_ms,
        reported_at=row.reported_at,
        is_exact=bool(row.is_exact),
        revision=row.revision,
        title=row.title,
        code=row.code,
    )
