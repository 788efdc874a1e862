"""Orders and what belongs to them: written, read, searched, and found for the scanner in one indexed read."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from relay.clock import Clock
from relay.contract.commands import DocumentRef
from relay.contract.names import DocumentId, OrderId
from relay.contract.orders import DocumentInfo, OrderDraft, OrderInfo, OrderPage
from relay.contract.problems import Code
from relay.documents.documents import Documents, Incoming, url_of
from relay.documents.tables import blobs
from relay.errors import Refusal
from relay.flows.display.filing import Filed, Filing, file_document
from relay.flows.display.remembered import Remembered
from relay.flows.display.sources.origins import read_origins
from relay.flows.display.tables import documents, orders, revisions
from relay.identity.audit import with_note
from relay.storage.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """The newest revision of a document, ready to travel, and the order it belongs to."""

    ref: DocumentRef
    order_id: OrderId


class Orders:
    """The orders of this relay. Order ids are compared exactly, as the barcode has them."""

    def __init__(self, database: Database, clock: Clock, files: Documents) -> None:
        """Write rows to `database` and files to `files`."""
        self._database = database
        self._clock = clock
        self.files = files
        # Whether an order's source could not confirm it lately; nobody knows of sources until there are some.
        self.is_stale: Callable[[str], bool] = lambda _order_id: False
        self._remembered: Remembered[tuple[OrderId, int], Found] = Remembered()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever an order, or a document of one, has changed or may have."""
        self._remembered.changed = listener

    @property
    def changes(self) -> int:
        """How often an order has changed since the relay started."""
        return self._remembered.changes

    async def put(self, order_id: OrderId, draft: OrderDraft) -> tuple[OrderInfo, bool]:
        """Write an order, leaving its documents alone; the bool tells whether it is new."""

        def work(connection: Connection) -> tuple[OrderInfo, bool]:
            is_new = write_order(connection, order_id, draft, self._clock.now_ms())
            return read_order(connection, order_id, self.is_stale), is_new

        with self._remembered.changing():
            return await self._database.write(self._noted(work))

    async def get(self, order_id: OrderId) -> OrderInfo:
        """Read an order with the newest revision of each of its documents. Raises ORDER_NOT_FOUND."""
        return await self._database.read(lambda connection: read_order(connection, order_id, self.is_stale))

    async def find(self, order_id: OrderId) -> OrderInfo | None:
        """Read an order, if it is there."""
        try:
            return await self.get(order_id)
        except Refusal:
            return None

    async def page(self, *, search: str, limit: int, before: int | None) -> OrderPage:
        """Read a page of orders, the newest first; `before` is the cursor of the page before."""

        def work(connection: Connection) -> OrderPage:
            chosen = select(orders).order_by(orders.c.position.desc()).limit(limit + 1)
            if before is not None:
                chosen = chosen.where(orders.c.position < before)
            if words := searched(search):
                chosen = chosen.where(orders.c.searched.contains(words, autoescape=True))
            rows = connection.execute(chosen).all()
            shown = rows[:limit]
            return OrderPage(
                orders=tuple(_describe(connection, shown, self.is_stale)),
                next=str(shown[-1].position) if len(rows) > limit else None,
            )

        return await self._database.read(work)

    async def delete(self, order_id: OrderId) -> None:
        """Delete an order and its documents' names; the files stay, for what was shown. Raises ORDER_NOT_FOUND."""

        def work(connection: Connection) -> None:
            if connection.execute(delete(orders).where(orders.c.order_id == order_id)).rowcount == 0:
                raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)

        with self._remembered.changing():
            await self._database.write(self._noted(work))

    async def file(
        self,
        order_id: OrderId,
        filing: Filing,
        incoming: Incoming | None = None,
        *,
        draft: OrderDraft | None = None,
    ) -> tuple[DocumentInfo, bool]:
        """File a document under an order, in one step with writing the order where `draft` is given.

        The bool tells whether it is new. Raises ORDER_NOT_FOUND, ALREADY_EXISTS (the revision, with another content),
        and for an `incoming` file DOCUMENT_UNREADABLE; then nothing was changed.
        """

        def work(connection: Connection) -> tuple[DocumentInfo, bool]:
            now = self._clock.now_ms()
            if draft is not None:
                write_order(connection, order_id, draft, now)
            filed = file_document(connection, order_id, filing, now)
            return _read_filed(connection, filed), filed.is_new

        return await self.change(work, incoming)

    async def change(self, work: Callable[[Connection], T], incoming: Incoming | None = None) -> T:
        """Change orders by `work`, in one step with keeping a received file where there is one.

        Raises whatever `work` raises, and for `incoming` DOCUMENT_UNREADABLE; then nothing was changed.
        """
        noted = self._noted(work)
        with self._remembered.changing():
            if incoming is None:
                return await self._database.write(noted)
            return await self.files.keep(incoming, lambda connection, _stored: noted(connection))

    def _noted(self, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
        """Have it bring along the note of who changes an order or a source, where a person or a program does."""
        return with_note(work, self._clock.now_ms(), "order.", "order_source.")

    async def attempt(self, work: Callable[[Connection], None]) -> None:
        """Do `work`, which raises in any case and so changes nothing."""
        await self._database.write(work)

    async def note(self, work: Callable[[Connection], object]) -> None:
        """Write beside the orders what changes none of them."""
        await self._database.write(work)

    def now_ms(self) -> int:
        """Tell the relay's time, UTC ms."""
        return self._clock.now_ms()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Read orders by `work`."""
        return await self._database.read(work)

    async def exists(self, order_id: OrderId) -> bool:
        """Tell whether there is such an order."""
        found = select(orders.c.position).where(orders.c.order_id == order_id)
        return await self._database.read(lambda connection: connection.execute(found).first() is not None)

    async def find_document(self, order_id: OrderId, number: int | None = None) -> Found:
        """Find the order's document to show: its `number`th in the order of adding, from 1; the first if none is said.

        Raises ORDER_NOT_FOUND and DOCUMENT_NOT_FOUND.
        """
        wanted = 1 if number is None else number
        if (remembered := self._remembered.get((order_id, wanted))) is not None:
            return remembered
        changes = self._remembered.changes
        chosen = (
            newest(orders.outerjoin(documents, _nth(wanted)), is_outer=True)
            .add_columns(orders.c.order_id.label("its_order_id"))
            .where(orders.c.order_id == order_id)
        )
        row = await self._database.read(lambda connection: connection.execute(chosen).first())
        if row is None:
            raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)
        if row.document_id is None:
            what = "what.no_document" if wanted == 1 else "what.no_document_number"
            raise Refusal(Code.DOCUMENT_NOT_FOUND, what=what, orderId=order_id, number=wanted)
        found = Found(ref_of(row), order_id)
        self._remembered.keep((order_id, wanted), found, changes)
        return found

    async def find_document_by_id(self, document_id: DocumentId) -> Found:
        """Find the newest revision of a document. Raises DOCUMENT_NOT_FOUND."""
        chosen = newest(documents).where(documents.c.document_id == document_id)
        row = await self._database.read(lambda connection: connection.execute(chosen).first())
        if row is None:
            raise Refusal(Code.DOCUMENT_NOT_FOUND, what="what.no_such_document", documentId=document_id)
        return Found(ref_of(row), OrderId(row.order_id))


def write_order(connection: Connection, order_id: OrderId, draft: OrderDraft, now_ms: int) -> bool:
    """Write an order inside a write of the database; True if it is new. What is the same already stays untouched."""
    content: dict[str, object] = {
        "title": draft.title,
        "customer": draft.customer,
        "due_date": draft.due_date,
        "fields": msgspec.json.encode(draft.fields).decode() if draft.fields else None,
    }
    row = connection.execute(select(orders).where(orders.c.order_id == order_id)).first()
    if row is not None and all(getattr(row, name) == value for name, value in content.items()):
        return False
    content["searched"] = searched("\n".join((order_id, draft.title, draft.customer or "")))
    content["updated_at"] = now_ms
    if row is not None:
        connection.execute(update(orders).where(orders.c.order_id == order_id).values(content))
        return False
    connection.execute(insert(orders).values(order_id=order_id, created_at=now_ms, **content))
    return True


def read_order(connection: Connection, order_id: OrderId, is_stale: Callable[[str], bool]) -> OrderInfo:
    """Read an order inside a read or write of the database. Raises ORDER_NOT_FOUND."""
    row = connection.execute(select(orders).where(orders.c.order_id == order_id)).first()
    if row is None:
        raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)
    return next(_describe(connection, [row], is_stale))


def _nth(number: int) -> Any:
    return (documents.c.order_id == orders.c.order_id) & (documents.c.number == number)


def newest(source: Any, *, is_outer: bool = False) -> Any:
    """Select documents of `source` with their newest revision and what is known about its file."""
    highest = (
        select(func.max(revisions.c.id))
        .where(revisions.c.document_id == documents.c.document_id)
        .correlate(documents)
        .scalar_subquery()
    )
    joined = source.join(revisions, revisions.c.id == highest, isouter=is_outer)
    return select(
        documents.c.document_id,
        documents.c.order_id,
        documents.c.number,
        documents.c.title,
        revisions.c.revision,
        revisions.c.sha256,
        revisions.c.url,
        revisions.c.certificate_sha256,
        revisions.c.added_at,
        blobs.c.kind,
        blobs.c.media_type,
        blobs.c.pages,
        blobs.c.size,
    ).select_from(joined.outerjoin(blobs, blobs.c.sha256 == revisions.c.sha256))


def _describe(
    connection: Connection, rows: Iterable[Row[Any]], is_stale: Callable[[str], bool]
) -> Iterator[OrderInfo]:
    rows = list(rows)
    origins = read_origins(connection, [row.order_id for row in rows], is_stale)
    its = (
        newest(documents)
        .where(documents.c.order_id.in_([row.order_id for row in rows]))
        .order_by(documents.c.number)
    )
    belonging: dict[str, list[DocumentInfo]] = {}
    for document in connection.execute(its):
        belonging.setdefault(document.order_id, []).append(info_of(document))
    for row in rows:
        yield OrderInfo(
            order_id=OrderId(row.order_id),
            title=row.title,
            customer=row.customer,
            due_date=row.due_date,
            fields=msgspec.json.decode(row.fields, type=dict[str, str]) if row.fields else None,
            documents=tuple(belonging.get(row.order_id, ())),
            updated_at=row.updated_at,
            origin=origins.get(row.order_id),
        )


def _read_filed(connection: Connection, filed: Filed) -> DocumentInfo:
    """Read the revision that was filed, which need not be the newest."""
    chosen = (
        select(
            documents.c.document_id,
            documents.c.title,
            *(each for each in revisions.c if each.key != "document_id"),
        )
        .add_columns(blobs.c.kind, blobs.c.media_type, blobs.c.pages, blobs.c.size)
        .select_from(
            documents.join(revisions, revisions.c.document_id == documents.c.document_id).outerjoin(
                blobs, blobs.c.sha256 == revisions.c.sha256
            )
        )
        .where(documents.c.document_id == filed.document_id, revisions.c.revision == filed.revision)
    )
    return info_of(connection.execute(chosen).one())


def info_of(row: Row[Any]) -> DocumentInfo:
    """Describe a row of `newest`, or of another revision."""
    return DocumentInfo(
        document_id=row.document_id,
        kind=row.kind or "web",
        title=row.title,
        revision=row.revision,
        url=row.url or url_of(row.sha256),
        pages=row.pages,
        sha256=row.sha256,
        media_type=row.media_type,
        size=row.size,
        added_at=row.added_at,
        certificate_sha256=row.certificate_sha256,
    )


def ref_of(row: Row[Any]) -> DocumentRef:
    """Make a row of `newest` ready to travel."""
    return DocumentRef(
        id=row.document_id,
        kind=row.kind or "web",
        url=row.url or url_of(row.sha256),
        sha256=row.sha256,
        media_type=row.media_type,
        pages=row.pages,
        revision=row.revision,
        title=row.title,
        certificate_sha256=row.certificate_sha256,
    )


def searched(text: str) -> str:
    """Spell a text as a search compares it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
