"""The sources as an admin has set them up: checked, kept in their order, their secrets apart from all else."""

import asyncio
import re
import secrets as random
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from relay.contract.problems import Code
from relay.contract.sources import SourceDraft, SourceInfo
from relay.contract.wording import Language, Wording
from relay.delivery.breaker import Breaker
from relay.errors import Refusal, invalid
from relay.flows.display.filing import ALPHABET
from relay.flows.display.orders import Orders
from relay.flows.display.sources.answers import Connector, SourceError
from relay.flows.display.sources.dotted import PathError
from relay.flows.display.sources.http_source import PLACE, HttpConnector
from relay.flows.display.sources.secrets import Secrets
from relay.flows.display.sources.sql_source import QueryError, SqlConnector
from relay.flows.display.sources.tables import order_sources, sourced_orders

MOST_SOURCES = 20


@dataclass(slots=True)
class Source:
    """A source that can be asked, and how it does. Times are UTC ms."""

    source_id: str
    draft: SourceDraft
    connector: Connector
    has_secret: bool
    breaker: Breaker = field(default_factory=Breaker)
    answered_at: int | None = None
    failed_at: int | None = None
    failure: SourceError | None = None


class SourceBook:
    """The sources of this relay."""

    def __init__(self, orders: Orders, secrets: Secrets) -> None:
        """Keep rows beside these orders, and secrets there."""
        self._orders = orders
        self._secrets = secrets
        self.sources: tuple[Source, ...] = ()

    async def load(self) -> None:
        """Read the sources; how each does is found out anew."""

        def work(connection: Connection) -> list[tuple[str, str]]:
            rows = connection.execute(select(order_sources).order_by(order_sources.c.position))
            return [(row.source_id, row.draft) for row in rows]

        rows = await self._orders.read(work)
        drafts = [(id_, msgspec.json.decode(text, type=SourceDraft)) for id_, text in rows]
        secrets = await asyncio.to_thread(lambda: {id_: self._secrets.read(id_) for id_, _ in drafts})
        self.sources = tuple(
            Source(id_, draft, connector_of(draft, secrets[id_]), bool(secrets[id_])) for id_, draft in drafts
        )

    async def put(self, source_id: str | None, draft: SourceDraft) -> str:
        """Add or change a source. Raises VALIDATION_ERROR and NOT_FOUND."""
        is_new = source_id is None
        source_id = source_id or "s_" + "".join(random.choice(ALPHABET) for _ in range(12))
        if not is_new:
            self.find(source_id)
        elif len(self.sources) >= MOST_SOURCES:
            raise invalid("name", "too_many_sources")
        secret = draft.secret
        kept = secret if secret is not None else await asyncio.to_thread(self._secrets.read, source_id)
        check(draft, kept)
        bare = msgspec.json.encode(msgspec.structs.replace(draft, secret=None)).decode()
        now_ms = self._orders.now_ms()

        def work(connection: Connection) -> None:
            if is_new:
                last = connection.execute(select(func.max(order_sources.c.position))).scalar() or 0
                connection.execute(
                    insert(order_sources).values(
                        source_id=source_id,
                        position=last + 1,
                        draft=bare,
                        created_at=now_ms,
                        updated_at=now_ms,
                    )
                )
            else:
                changed = update(order_sources).where(order_sources.c.source_id == source_id)
                connection.execute(changed.values(draft=bare, updated_at=now_ms))

        if secret is not None:
            await asyncio.to_thread(self._secrets.write, source_id, secret)
        await self._orders.change(work)
        await self.load()
        return source_id

    async def remove(self, source_id: str) -> None:
        """Remove a source with its secret; the orders that came from it stay as the relay's own."""
        self.find(source_id)
        await self._orders.change(
            lambda connection: connection.execute(
                delete(order_sources).where(order_sources.c.source_id == source_id)
            )
        )
        await asyncio.to_thread(self._secrets.write, source_id, "")
        await self.load()

    async def arrange(self, source_ids: tuple[str, ...]) -> None:
        """Put the sources in this order. Raises VALIDATION_ERROR unless each is named once."""
        if sorted(source_ids) != sorted(each.source_id for each in self.sources):
            raise invalid("sourceIds", "choice")

        def work(connection: Connection) -> None:
            for position, source_id in enumerate(source_ids, start=1):
                its = update(order_sources).where(order_sources.c.source_id == source_id)
                connection.execute(its.values(position=position))

        await self._orders.change(work)
        await self.load()

    def find(self, source_id: str) -> Source:
        """Find a source. Raises NOT_FOUND."""
        for source in self.sources:
            if source.source_id == source_id:
                return source
        raise Refusal(Code.NOT_FOUND)

    async def describe(self, language: Language, now_seconds: float) -> tuple[SourceInfo, ...]:
        """Describe every source and how it does."""

        def work(connection: Connection) -> dict[str, int]:
            counted = select(sourced_orders.c.source_id, func.count()).group_by(sourced_orders.c.source_id)
            return {row[0]: row[1] for row in connection.execute(counted)}

        counts = await self._orders.read(work)
        say = Wording(language).say
        return tuple(
            SourceInfo(
                source_id=each.source_id,
                name=each.draft.name,
                is_enabled=each.draft.is_enabled,
                cache_seconds=each.draft.cache_seconds,
                timeout_ms=each.draft.timeout_ms,
                has_secret=each.has_secret,
                orders=counts.get(each.source_id, 0),
                http=each.draft.http,
                sql=each.draft.sql,
                is_resting=each.breaker.is_open(now_seconds),
                answered_at=each.answered_at,
                failed_at=each.failed_at,
                detail=None if each.failure is None else say(each.failure.what, **each.failure.values),
            )
            for each in self.sources
        )


def connector_of(draft: SourceDraft, secret: str) -> Connector:
    """Make what asks. Raises PathError and QueryError."""
    seconds = draft.timeout_ms / 1000
    if draft.http is not None:
        return HttpConnector(draft.http, secret, seconds)
    assert draft.sql is not None
    return SqlConnector(draft.sql, secret, seconds)


def check(draft: SourceDraft, secret: str) -> None:
    """Raise VALIDATION_ERROR for settings that cannot work, naming the field."""
    if (draft.http is None) == (draft.sql is None):
        raise invalid("http", "one_kind")
    if draft.http is not None:
        # The number may stand in path and query alone: it must not choose the host.
        before, place, _ = draft.http.url_template.partition(PLACE)
        if not place or before.count("/") < 3 or "@" in urlsplit(draft.http.url_template).netloc:
            raise Refusal(
                Code.VALIDATION_ERROR, field="urlTemplate", reason="reason.order_place", place=PLACE
            )
        if draft.http.auth == "header" and not draft.http.header_name:
            raise invalid("headerName", "missing")
        if draft.http.auth != "none" and not secret:
            raise invalid("secret", "missing")
        if re.search(r"[\r\n\0]", secret):
            raise invalid("secret", "pattern")
    try:
        connector_of(draft, secret)
    except PathError as error:
        raise invalid("documentPath", "dotted_path") from error
    except QueryError as error:
        raise invalid(error.field, error.reason) from error
    except SourceError as error:
        raise invalid("urlTemplate", "pattern") from error
