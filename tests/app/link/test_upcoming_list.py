"""What is due next is asked for when there is a reason, and fetched one after the other, behind everything else."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from helpers.owned_tasks import owned_tasks, until

from app.errors import RelayUnreachable
from app.link.island_clock import IslandClock
from app.link.island_store import IslandStore
from app.link.upcoming import UpcomingKeeper
from app.stage.displays import CannotShow
from relay.contract.commands import DocumentRef
from relay.contract.island import AS_OF_HEADER, Upcoming, UpcomingDocument
from relay.contract.names import DocumentId, OrderId, Sha256
from relay.contract.problems import Code

NOW = 1_760_000_000_000
MIB = 1024 * 1024


class Answering:
    """The relay's HTTP, as far as the list goes, and a library that says what was wanted of it."""

    def __init__(self) -> None:
        self.documents: tuple[UpcomingDocument, ...] = ()
        self.asked: list[str | None] = []
        self.is_away = False
        self.limit_bytes = 100 * MIB
        self.kept: list[Sha256] = []
        self.faults: dict[Sha256, CannotShow] = {}
        self.gate: asyncio.Event | None = None
        self.at_once = self.most_at_once = 0
        self.cleared: list[timedelta] = []
        self.screen_id = "SCREEN-001"
        self.http = self

    async def token(self) -> str:
        return "token"

    @asynccontextmanager
    async def download(
        self, path: str, *, token: str, headers: dict | None, **_more: object
    ) -> AsyncIterator:
        assert path == "/api/screens/SCREEN-001/upcoming"
        if self.is_away:
            raise RelayUnreachable("refused", "http://relay")
        mark = f'"{hashlib.sha256(msgspec.json.encode(self.documents)).hexdigest()}"'
        given = (headers or {}).get("If-None-Match")
        self.asked.append(given)
        body = msgspec.json.encode(Upcoming(as_of=NOW + len(self.asked), documents=self.documents))
        reader = asyncio.StreamReader()
        reader.feed_data(body)
        reader.feed_eof()
        yield SimpleNamespace(
            status=304 if given == mark else 200,
            headers={"ETag": mark, AS_OF_HEADER: str(NOW + len(self.asked))},
            content=reader,
        )

    def has(self, sha256: Sha256) -> bool:
        return sha256 in self.kept

    async def prefetch(self, document: DocumentRef) -> None:
        assert document.sha256 is not None
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            if (fault := self.faults.get(document.sha256)) is not None:
                raise fault
            self.kept.append(document.sha256)
        finally:
            self.at_once -= 1

    async def clear_out(self, older_than: timedelta) -> None:
        self.cleared.append(older_than)


def listed(*names: str, size: int = MIB) -> tuple[UpcomingDocument, ...]:
    return tuple(
        UpcomingDocument(
            order_id=OrderId(name),
            number=1,
            document=DocumentRef(
                id=DocumentId(name), kind="pdf", url="/api/documents/x", sha256=sha256(name), revision="A"
            ),
            why="due",
            size=size,
        )
        for name in names
    )


def sha256(name: str) -> Sha256:
    return Sha256(hashlib.sha256(name.encode()).hexdigest())


@pytest.fixture
def relay() -> Answering:
    return Answering()


@pytest.fixture
async def keeper(relay: Answering, tmp_path: Path) -> AsyncIterator[UpcomingKeeper]:
    store = await IslandStore.open(tmp_path / "island.sqlite")
    keeper = UpcomingKeeper(
        store=store,
        clock=IslandClock(wall_ms=lambda: NOW),
        credentials=relay,
        library=relay,
        keep_for=timedelta(days=30),
        chance=lambda: 0.0,
    )
    keeper.store = store
    async with owned_tasks() as tasks:
        running = tasks.spawn(keeper.run(), "keeper")
        yield keeper
        running.cancel()
        await asyncio.wait({running})
    await store.close()


async def test_a_new_line_brings_the_list_and_its_documents_one_by_one_in_its_order(relay, keeper):
    relay.documents = listed("WO-1", "WO-2", "WO-3")
    await asyncio.sleep(0.02)
    assert relay.asked == []
    keeper.line_is(up=True)
    await until(lambda: len(relay.kept) == 3)
    assert relay.kept == [sha256("WO-1"), sha256("WO-2"), sha256("WO-3")]
    assert relay.most_at_once == 1
    assert keeper.due() == set(relay.kept)
    assert (await keeper.store.find(OrderId("WO-2"), 1)).as_of == NOW + 1
    await until(lambda: relay.cleared == [timedelta(days=30)])


async def test_a_hint_has_it_asked_again_and_an_unchanged_list_only_grows_younger(relay, keeper):
    relay.documents = listed("WO-1")
    keeper.line_is(up=True)
    await until(lambda: len(relay.kept) == 1)
    keeper.hinted({"withinMs": 0})
    await until(lambda: len(relay.cleared) == 2)
    assert relay.asked[0] is None
    assert relay.asked[1] is not None
    assert (await keeper.store.find(OrderId("WO-1"), 1)).as_of == NOW + 2
    relay.documents = listed("WO-1", "WO-2")
    keeper.hinted({"withinMs": "nonsense"})
    keeper.hinted({"withinMs": 0})
    await until(lambda: len(relay.kept) == 2)
    assert len(relay.asked) == 3


async def test_nobody_is_asked_without_a_line_and_a_failure_waits_for_the_next(relay, keeper):
    relay.is_away = True
    relay.documents = listed("WO-1")
    keeper.line_is(up=True)
    await asyncio.sleep(0.05)
    keeper.line_is(up=False)
    relay.is_away = False
    keeper.hinted({"withinMs": 0})
    await asyncio.sleep(0.05)
    assert relay.asked == []
    keeper.line_is(up=True)
    await until(lambda: relay.kept == [sha256("WO-1")])


async def test_a_document_that_the_relay_lost_is_left_out_and_a_lost_line_ends_the_round(relay, keeper):
    relay.documents = listed("WO-1", "WO-2", "WO-3")
    relay.faults = {
        sha256("WO-1"): CannotShow(Code.DOCUMENT_NOT_FOUND),
        sha256("WO-3"): CannotShow(Code.CONNECTION_REFUSED),
    }
    keeper.line_is(up=True)
    await until(lambda: relay.kept == [sha256("WO-2")])
    keeper.line_is(up=False)
    relay.faults.clear()
    keeper.line_is(up=True)
    await until(lambda: len(relay.kept) == 3)


async def test_what_is_due_takes_four_fifths_of_the_library_and_no_more(relay, keeper):
    relay.limit_bytes = 10 * MIB
    relay.documents = listed("WO-1", "WO-2", "WO-3", size=3 * MIB)
    keeper.line_is(up=True)
    await until(lambda: len(relay.kept) == 2)
    assert keeper.due() == {sha256("WO-1"), sha256("WO-2")}
    assert (await keeper.store.find(OrderId("WO-3"), 1)) is not None


async def test_what_was_due_is_known_after_a_restart_before_anybody_is_asked(relay, keeper, tmp_path):
    relay.documents = listed("WO-1")
    keeper.line_is(up=True)
    await until(lambda: len(relay.kept) == 1)
    again = UpcomingKeeper(
        store=keeper.store,
        clock=IslandClock(wall_ms=lambda: NOW),
        credentials=relay,
        library=relay,
        keep_for=timedelta(days=30),
    )
    async with owned_tasks() as tasks:
        running = tasks.spawn(again.run(), "keeper")
        await until(lambda: again.due() == {sha256("WO-1")})
        running.cancel()
        await asyncio.wait({running})
