"""The history: what was shown is found again after a restart, bounded, and never in anybody's way."""

import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.machine.shown_book import DAY_MS, ShownBook
from app.stage.shown_before import Search, ShownRecord

NOW = 1_800_000_000_000


@asynccontextmanager
async def book(file: Path, *, now: int = NOW, **bounds: int) -> AsyncIterator[ShownBook]:
    opened = await ShownBook.open(file, now_ms=lambda: now, **({"keep_days": 90} | bounds))
    try:
        yield opened
    finally:
        await opened.close()


def record(order: str, at_ms: int = NOW, **more: object) -> ShownRecord:
    return ShownRecord(at_ms=at_ms, order_id=order, display="LG", **more)


async def test_what_was_shown_is_there_after_a_restart_and_says_how_it_left(tmp_path):
    async with book(tmp_path / "h.sqlite") as history:
        history.note(record("WO-1", NOW, source="bench", revision="C"))
        history.note(record("WO-2", NOW + 1000))
        history.note(record("WO-9", NOW + 1500, window_id="side"))
        history.note(record("WO-3", NOW + 2000, code="ORDER_NOT_FOUND"))
        history.leave("main", NOW + 5000, "closed")
    async with book(tmp_path / "h.sqlite") as history:
        found = await history.search(Search())
    assert [(each.order_id, each.left, each.left_ms, each.code) for each in found] == [
        ("WO-3", None, None, "ORDER_NOT_FOUND"),
        ("WO-9", "stopped", None, None),  # the app ended in the meantime, nobody knows when
        ("WO-2", "closed", NOW + 5000, None),
        ("WO-1", "replaced", NOW + 1000, None),
    ]
    assert (found[3].source, found[3].revision, found[3].display) == ("bench", "C", "LG")


async def test_words_are_searched_everywhere_and_mean_themselves(tmp_path):
    async with book(tmp_path / "h.sqlite") as history:
        history.note(record("WO-2025-0001", title="기어박스 조립"))
        history.note(record("WO_2025", title="100% 검사", source="island"))
        history.note(record("WO-2", code="EXPIRED"))

        async def orders(**wish: object) -> set[str]:
            return {each.order_id for each in await history.search(Search(**wish))}

        assert await orders(text="조립") == {"WO-2025-0001"}
        assert await orders(text="wo 2025") == {"WO-2025-0001", "WO_2025"}
        assert await orders(text="_") == {"WO_2025"}
        assert await orders(text="%") == {"WO_2025"}
        assert await orders(text="'; DROP TABLE shown; --") == set()
        assert await orders(only_failed=True) == {"WO-2"}
        assert await orders(source="island") == {"WO_2025"}
        assert len(await history.search(Search(limit=2))) == 2


async def test_it_is_bounded_in_number_and_in_age(tmp_path):
    async with book(tmp_path / "h.sqlite", keep_most=10) as history:
        history.note(record("OLD", NOW - 100 * DAY_MS))
        for number in range(450):
            history.note(record(f"WO-{number}", NOW + number))
        assert len(await history.search(Search(limit=1000))) <= 10 + 200
    async with book(tmp_path / "h.sqlite", keep_most=10) as history:
        left = await history.search(Search(limit=1000))
    assert [each.order_id for each in left] == [f"WO-{number}" for number in range(449, 439, -1)]
    async with book(tmp_path / "h.sqlite", now=NOW + 91 * DAY_MS) as history:
        assert await history.search(Search()) == ()


async def test_a_damaged_file_is_put_aside_and_the_bench_goes_on(tmp_path):
    file = tmp_path / "h.sqlite"
    file.write_bytes(b"this is no database, but it is long enough to be taken for one" * 100)
    async with book(file) as history:
        history.note(record("WO-1"))
        assert len(await history.search(Search())) == 1
    assert file.with_suffix(".damaged").read_bytes().startswith(b"this is no database")


async def test_writing_down_never_waits_for_the_disk(tmp_path):
    async with book(tmp_path / "h.sqlite") as history:
        gate = threading.Event()
        history._later(gate.wait)  # the disk is busy
        history.note(record("WO-1"))
        gate.set()
        assert len(await history.search(Search())) == 1


async def test_what_cannot_be_written_disturbs_nobody(tmp_path, caplog):
    async with book(tmp_path / "h.sqlite") as history:
        other = sqlite3.connect(tmp_path / "h.sqlite")
        other.execute("DROP TABLE shown")
        other.close()
        history.note(record("WO-1"))
    history.note(record("WO-2"))  # after its end
