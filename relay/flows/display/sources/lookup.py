"""Finds the document of an order: the relay's own orders first, then the sources in their order.

How it works: what a source says is kept as an order of ours, with its file by its content, so that everything that
follows (the bench's cache, the record of what was shown) is as always. Which orders came from where is kept in memory:
an order of our own costs one look into that table more than before, nothing else. An order of a source is asked for
again once it is older than the source's cache time; several scans of it wait for one question.

What must always hold: a source that is away never takes from the bench what is here already. It is shown, and said to
be as old as it is. An order that is not here and that a source which is away might know is ORDER_SOURCE_UNAVAILABLE,
never ORDER_NOT_FOUND. What a source no longer knows is no longer shown.
"""

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog

from relay.clock import Clock
from relay.contract.names import OrderId
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.flows.display.orders import Found, Orders
from relay.flows.display.sources.answers import Answer, Known, SourceError, Steps
from relay.flows.display.sources.book import Source, SourceBook
from relay.flows.display.sources.found import Sourced, forget_order, keep_found, read_sourced

log = structlog.get_logger()

MISSING_SECONDS = 10.0
MOST_MISSING = 10_000
# A source that failed a moment ago is not asked again for what is here already.
STALE_SECONDS = 5.0
DOCUMENT_SECONDS = 30.0
RETRY_MS = 5_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found. `as_of` (UTC ms) is set where its source could not be asked: nobody has confirmed it since."""

    found: Found
    as_of: int | None = None


class Lookup:
    """Finds orders here and elsewhere."""

    def __init__(self, orders: Orders, book: SourceBook, clock: Clock) -> None:
        """Look into these orders, and ask those sources."""
        self._orders = orders
        self._book = book
        self._clock = clock
        self._sourced: dict[str, Sourced] | None = None
        self._stale: dict[str, float] = {}
        self._missing: dict[str, float] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read the sources and what came from them, once."""
        async with self._loading:
            if self._sourced is None:
                await self._book.load()
                self._sourced = await self._orders.read(read_sourced)

    async def forget(self) -> None:
        """Begin anew after the sources were changed."""
        self._sourced = await self._orders.read(read_sourced)
        self._missing.clear()
        self._stale.clear()

    def is_stale(self, order_id: str) -> bool:
        """Tell whether the source of an order could not confirm it when it was asked last."""
        return order_id in self._stale

    async def find_document(self, order_id: OrderId, number: int | None = None) -> Looked:
        """Find the order's document to show.

        Raises ORDER_NOT_FOUND, DOCUMENT_NOT_FOUND, ORDER_SOURCE_UNAVAILABLE.
        """
        if self._sourced is None:
            await self.load()
        assert self._sourced is not None
        known = self._sourced.get(order_id)
        if known is not None:
            as_of = await self._refresh(order_id, known)
            try:
                return Looked(await self._orders.find_document(order_id, number), as_of)
            except Refusal as refusal:
                # Somebody has deleted it here, or its source has just said that it is gone.
                if refusal.code is not Code.ORDER_NOT_FOUND:
                    raise
                self._sourced.pop(order_id, None)
        try:
            return Looked(await self._orders.find_document(order_id, number))
        except Refusal as refusal:
            if refusal.code is not Code.ORDER_NOT_FOUND or not any(self._enabled()):
                raise
        async with self._lock(order_id):
            if order_id not in self._sourced:
                await self._search(order_id)
        return Looked(await self._orders.find_document(order_id, number))

    def _enabled(self) -> list[Source]:
        return [each for each in self._book.sources if each.draft.is_enabled]

    def _lock(self, order_id: str) -> asyncio.Lock:
        lock = self._locks.get(order_id)
        if lock is None:
            lock = self._locks[order_id] = asyncio.Lock()
        return lock

    async def _search(self, order_id: OrderId) -> None:
        """Ask the sources for an order that is not here. Raises ORDER_NOT_FOUND, ORDER_SOURCE_UNAVAILABLE."""
        now = self._clock.monotonic()
        if self._missing.get(order_id, now) > now:
            raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)
        away: Source | None = None
        for source in self._enabled():
            try:
                if await self._ask(source, order_id, Known()):
                    return
            except SourceError as error:
                log.warning("An order source failed", source=source.source_id, what=error.what)
                away = away or source
        if away is not None:
            raise Refusal(
                Code.ORDER_SOURCE_UNAVAILABLE,
                orderId=order_id,
                source=away.draft.name,
                retryAfterMs=RETRY_MS,
            )
        if len(self._missing) >= MOST_MISSING:
            self._missing.clear()
        self._missing[order_id] = self._clock.monotonic() + MISSING_SECONDS
        raise Refusal(Code.ORDER_NOT_FOUND, orderId=order_id)

    async def _refresh(self, order_id: OrderId, known: Sourced) -> int | None:
        """Ask again for what has aged; returns since when (UTC ms) nobody could confirm it, None where it holds."""
        source = next((each for each in self._enabled() if each.source_id == known.source_id), None)
        if source is None or self._is_fresh(source, known):
            return None
        if self._stale.get(order_id, 0.0) > self._clock.monotonic():
            return known.checked_at
        async with self._lock(order_id):
            assert self._sourced is not None
            known = self._sourced.get(order_id, known)
            if self._is_fresh(source, known):
                return None
            try:
                if not await self._ask(source, order_id, known.known):
                    await self._orders.change(lambda connection: forget_order(connection, order_id))
                    self._sourced.pop(order_id, None)
            except SourceError as error:
                log.warning("An order source failed", source=source.source_id, what=error.what)
                self._stale[order_id] = self._clock.monotonic() + STALE_SECONDS
                return known.checked_at
        return None

    def _is_fresh(self, source: Source, known: Sourced) -> bool:
        return self._clock.now_ms() - known.checked_at < source.draft.cache_seconds * 1000

    async def _ask(self, source: Source, order_id: OrderId, known: Known) -> bool:
        """Ask one source and keep what it says; tells whether it knows the order. Raises SourceError."""
        began = self._clock.monotonic()
        if source.breaker.is_open(began):
            raise SourceError("what.source_resting")
        if source.breaker.open_until is not None:
            source.breaker.new_line()
        try:
            async with asyncio.timeout(source.draft.timeout_ms / 1000 + DOCUMENT_SECONDS):
                answer = await source.connector.ask(order_id, known, Steps())
                if answer is not None:
                    await self._keep(source, order_id, answer)
        except TimeoutError as error:
            failure = SourceError("what.source_slow", seconds=f"{DOCUMENT_SECONDS:g}")
            self._failed(source, began, failure)
            raise failure from error
        except SourceError as failure:
            self._failed(source, began, failure)
            raise
        source.breaker.answered()
        source.answered_at, source.failure = self._clock.now_ms(), None
        self._stale.pop(order_id, None)
        return answer is not None

    def _failed(self, source: Source, began: float, failure: SourceError) -> None:
        source.failed_at, source.failure = self._clock.now_ms(), failure
        if source.breaker.failed(self._clock.monotonic(), since=began):
            log.warning("An order source is left alone for a while", source=source.source_id)

    async def _keep(self, source: Source, order_id: OrderId, answer: Answer) -> None:
        assert self._sourced is not None
        now_ms = self._clock.now_ms()
        try:
            async with answer.open() as body:
                if body.chunks is None:
                    self._sourced[order_id] = await self._orders.change(
                        lambda connection: keep_found(
                            connection,
                            order_id,
                            source.source_id,
                            answer,
                            sha256=None,
                            etag=body.etag,
                            now_ms=now_ms,
                        )
                    )
                    return
                async with self._orders.files.receive(body.chunks, answer.name or order_id) as incoming:
                    self._sourced[order_id] = await self._orders.change(
                        lambda connection: keep_found(
                            connection,
                            order_id,
                            source.source_id,
                            answer,
                            sha256=incoming.sha256,
                            etag=body.etag,
                            now_ms=now_ms,
                        ),
                        incoming,
                    )
        except Refusal as refusal:
            raise SourceError(
                "what.source_too_large"
                if refusal.code is Code.DOCUMENT_TOO_LARGE
                else "what.source_unreadable"
            ) from refusal
