"""Scans while the relay is away: shown from memory, told afterwards, and never over what the relay has sent since."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from helpers.cut_line import CutLine, cut_line
from helpers.island_bench import IslandBench, due_today, island_bench
from helpers.owned_tasks import until
from helpers.relay_running import Office, running_relay, small_pdf

from app.stage.island_answer import IslandNot, IslandShown
from app.stage.status import LinkState
from app.wiring import island as island_module
from relay.contract.names import MAIN_WINDOW
from relay.contract.problems import Problem
from relay.contract.reports import DeliveryReport

pytestmark = pytest.mark.asyncio(loop_scope="module")
_screens = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One relay for all: every test has a screen, and a bench, of its own."""
    async with running_relay(tmp_path_factory.mktemp("relay"), url_hosts=("plan.example",)) as office:
        for order_id in ("WO-1", "WO-2"):
            await due_today(office, order_id, revision="A")
        yield office


@pytest_asyncio.fixture(loop_scope="module")
async def line(office: Office) -> AsyncIterator[CutLine]:
    async with cut_line(office.url) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def bench(office: Office, line: CutLine, tmp_path: Path) -> AsyncIterator[IslandBench]:
    grant = await office.pair(f"SCREEN-{next(_screens)}")
    async with island_bench(line.url, tmp_path / "desk", grant) as bench:
        await bench.reaches(LinkState.CONNECTED)
        await bench.knows("WO-1", "WO-2")
        yield bench


async def goes_away(bench: IslandBench, line: CutLine) -> None:
    line.cut()
    await bench.reaches(LinkState.OFFLINE)


async def comes_back(bench: IslandBench, line: CutLine) -> None:
    line.mend()
    await bench.reaches(LinkState.CONNECTED)


async def told(office: Office, bench: IslandBench, count: int = 1) -> list[dict]:
    """Wait until so many of this bench's scans without the relay are on the relay's record."""
    path = f"/api/screens/{bench.screen_id}/island"
    async with asyncio.timeout(15):
        while len(scans := (await office.call("GET", path)).body["scans"]) < count:
            await asyncio.sleep(0.02)
    return scans


async def deliveries(office: Office, bench: IslandBench) -> list[tuple[str, str]]:
    listed = (await office.call("GET", f"/api/deliveries?screenId={bench.screen_id}")).body["deliveries"]
    return [(each["id"], each["state"]) for each in listed]


async def send(office: Office, bench: IslandBench, order_id: str, wait_ms: int | None = None) -> dict:
    """Have somebody else put an order on this bench's screen."""
    body = office.body(bench.screen_id, orderId=order_id)
    return (await office.trigger(body, wait_ms=wait_ms)).body


async def test_an_order_that_was_never_here_is_shown_without_the_relay_and_told_once(office, line, bench):
    await goes_away(bench, line)
    answer = await bench.scan("WO-1")
    assert isinstance(answer, IslandShown)
    (content,) = bench.seen
    assert (content.order_id, content.revision) == ("WO-1", "A")
    assert content.island
    assert content.cached
    assert 0 <= bench.relay_now_ms() - content.as_of_ms < 60_000
    assert await deliveries(office, bench) == []
    await comes_back(bench, line)
    (record,) = await told(office, bench)
    assert (record["id"], record["state"], record["isExact"]) == (bench.last_id, "shown", True)
    assert record["sha256"] == content.sha256
    assert await deliveries(office, bench) == [(bench.last_id, "shown")]
    delivery = await office.delivery(bench.last_id)
    assert any("island" in stage.get("detail", "") for stage in delivery["history"])
    await goes_away(bench, line)
    await comes_back(bench, line)
    assert len(await told(office, bench)) == 1
    assert len(bench.seen) == 1


async def test_what_was_shown_with_the_relay_is_shown_again_without_it(office, line, bench):
    await office.add_order("WO-3", revision="B")
    assert (await bench.scan("WO-3")).state == "shown"
    await bench.knows("WO-3")
    await goes_away(bench, line)
    assert isinstance(await bench.scan("WO-3"), IslandShown)
    assert [content.island for content in bench.seen] == [False, True]


async def test_an_order_that_nobody_told_of_is_refused_in_clear_words(office, line, bench):
    await goes_away(bench, line)
    assert await bench.scan("WO-9") == IslandNot("unknown", limit_hours=8)
    assert bench.seen == []


async def test_a_web_page_is_not_shown_without_the_relay(office, line, bench):
    await office.call("PUT", "/api/orders/WO-WEB", json={"title": "Plan"})
    page = {"url": "https://plan.example/3"}
    assert (await office.call("POST", "/api/orders/WO-WEB/documents", json=page)).status == 201
    assert (await bench.scan("WO-WEB")).state == "shown"
    async with asyncio.timeout(10):
        while await bench.mode._store.find("WO-WEB", 1) is None:
            await asyncio.sleep(0.02)
    await goes_away(bench, line)
    assert (await bench.scan("WO-WEB")).reason == "web"


async def test_a_damaged_file_is_removed_and_not_shown(office, line, bench, tmp_path):
    await goes_away(bench, line)
    for file in (tmp_path / "desk" / "library").iterdir():
        file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert (await bench.scan("WO-1")).reason == "no_file"
    assert bench.seen == []
    await comes_back(bench, line)
    assert (await bench.scan("WO-1")).state == "shown"


async def test_a_newer_revision_takes_the_place_of_the_old_one_when_the_relay_is_back(office, line, bench):
    await due_today(office, "WO-NEWER", revision="A")
    await bench.knows("WO-NEWER")
    await goes_away(bench, line)
    await bench.scan("WO-NEWER")
    newer = await office.add_order("WO-NEWER", small_pdf("newer"), revision="Z")
    await comes_back(bench, line)
    await until(lambda: len(bench.seen) == 2)
    assert (bench.seen[1].sha256, bench.seen[1].revision) == (newer["sha256"], "Z")
    assert not bench.seen[1].island
    (record,) = await told(office, bench)
    assert record["revision"] == "A"
    await until(lambda: any(isinstance(each, DeliveryReport) for each in bench.panel.said_to("WO-NEWER")))
    states = dict(await deliveries(office, bench))
    assert states[bench.last_id] == "shown"
    assert len(states) == 2


async def test_the_same_revision_stays_as_it_is_when_the_relay_is_back(office, line, bench):
    await goes_away(bench, line)
    await bench.scan("WO-1")
    await comes_back(bench, line)
    await told(office, bench)
    # Its caption says so, and nothing is loaded again.
    await until(lambda: bench.confirmed == [bench.last_id])
    assert (await bench.scan("WO-2")).state == "shown"
    assert [content.order_id for content in bench.seen] == ["WO-1", "WO-2"]


async def test_an_order_that_is_gone_is_told_and_not_shown_again(office, line, bench):
    await due_today(office, "WO-GONE")
    await bench.knows("WO-GONE")
    await goes_away(bench, line)
    await bench.scan("WO-GONE")
    await office.call("DELETE", "/api/orders/WO-GONE")
    await comes_back(bench, line)
    await until(lambda: len(bench.panel.said_to("WO-GONE")) == 2)
    assert bench.panel.said_to("WO-GONE")[1].code == "ORDER_NOT_FOUND"
    await goes_away(bench, line)
    async with asyncio.timeout(8):
        while (await bench.mode._store.find("WO-GONE", 1)) is not None:
            await asyncio.sleep(0.02)
    assert (await bench.scan("WO-GONE")).reason == "unknown"


async def test_with_the_rule_at_zero_nothing_is_shown_without_the_relay(office, line, tmp_path):
    async with island_bench(
        line.url, tmp_path / "desk", await office.pair(f"SCREEN-{next(_screens)}"), hours=0
    ) as bench:
        await bench.reaches(LinkState.CONNECTED)
        await bench.knows("WO-1")
        await goes_away(bench, line)
        answer = await bench.scan("WO-1")
        assert isinstance(answer, Problem)
        assert answer.code == "CONNECTION_REFUSED"
        assert bench.seen == []


# Races.


async def test_a_relay_that_falls_silent_under_a_scan_is_not_waited_for(office, line, bench, monkeypatch):
    monkeypatch.setattr(island_module, "SILENCE_SECONDS", 0.2)
    line.freeze()
    asking = island_module.spawn(bench.scan("WO-1"), "scan")
    await until(lambda: len(bench.seen) == 1)
    assert bench.state is LinkState.CONNECTED
    await until(lambda: bool(bench.panel.said_to("WO-1")))
    assert isinstance(bench.panel.said_to("WO-1")[0], IslandShown)
    line.mend()
    await told(office, bench)
    asking.cancel()
    await asyncio.wait({asking})


async def test_a_scan_that_got_through_although_its_answer_was_lost_is_shown_once(
    office, line, bench, monkeypatch
):
    monkeypatch.setattr(island_module, "SILENCE_SECONDS", 0.2)
    line.is_deaf = True
    asking = island_module.spawn(bench.scan("WO-1"), "scan")
    await until(lambda: len(bench.seen) == 1)
    async with asyncio.timeout(10):
        while not await deliveries(office, bench):
            await asyncio.sleep(0.02)
    line.mend()
    await bench.reaches(LinkState.CONNECTED)
    async with asyncio.timeout(15):
        while await deliveries(office, bench) != [(bench.last_id, "shown")]:
            await asyncio.sleep(0.02)
    await told(office, bench)
    delivery = await office.delivery(bench.last_id)
    assert any("island" in stage.get("detail", "") for stage in delivery["history"])
    assert len(bench.seen) == 1
    await asking


async def test_a_scan_that_got_through_with_a_newer_revision_is_shown_in_that(
    office, line, bench, monkeypatch
):
    await due_today(office, "WO-LATER", revision="A")
    await bench.knows("WO-LATER")
    monkeypatch.setattr(island_module, "SILENCE_SECONDS", 0.2)
    line.is_deaf = True
    newer = await office.add_order("WO-LATER", small_pdf("newer"), revision="Z")
    asking = island_module.spawn(bench.scan("WO-LATER"), "scan")
    await until(lambda: len(bench.seen) == 1)
    async with asyncio.timeout(10):
        while not await deliveries(office, bench):
            await asyncio.sleep(0.02)
    line.mend()
    await until(lambda: len(bench.seen) == 2, 15)
    assert [content.sha256 == newer["sha256"] for content in bench.seen] == [False, True]
    await asking


async def test_what_the_relay_sends_while_memory_is_loading_is_what_is_shown(office, line, bench):
    await goes_away(bench, line)
    wall = bench.walls.wall()
    wall.ready.clear()
    asking = island_module.spawn(bench.scan("WO-1"), "scan")
    await asyncio.wait_for(wall.asked.wait(), 8)
    sent = await send(office, bench, "WO-2")
    line.mend()
    await until(lambda: bench.mode._told[MAIN_WINDOW] == 1, 15)
    wall.ready.set()
    await asking
    await until(lambda: len(bench.seen) == 1)
    assert bench.seen[0].order_id == "WO-2"
    assert bench.panel.said_to("WO-1")[-1].code == "SUPERSEDED"
    (record,) = await told(office, bench)
    assert record["state"] == "superseded"
    async with asyncio.timeout(8):
        while (await office.delivery(sent["id"]))["state"] != "shown":
            await asyncio.sleep(0.02)


async def test_what_the_relay_sent_while_memory_was_looked_up_is_not_covered(
    office, line, bench, monkeypatch
):
    await goes_away(bench, line)
    library, gate, looked = bench.workplace.line.library, asyncio.Event(), asyncio.Event()
    here = library.here

    async def slow_here(sha256):
        looked.set()
        await gate.wait()
        return await here(sha256)

    monkeypatch.setattr(library, "here", slow_here)
    asking = island_module.spawn(bench.scan("WO-1"), "scan")
    await asyncio.wait_for(looked.wait(), 8)
    await send(office, bench, "WO-2")
    line.mend()
    await until(lambda: len(bench.seen) == 1, 15)
    gate.set()
    await asking
    assert [content.order_id for content in bench.seen] == ["WO-2"]


async def test_a_wish_from_before_the_scan_does_not_cover_it_and_one_from_after_does(
    office, line, bench, monkeypatch
):
    await goes_away(bench, line)
    older = await send(office, bench, "WO-2")
    monkeypatch.setattr("app.link.island.DOUBT_MS", 50)
    await asyncio.sleep(0.2)  # so that there is no doubt
    await bench.scan("WO-1")
    await comes_back(bench, line)
    async with asyncio.timeout(10):
        while (await office.delivery(older["id"]))["state"] != "superseded":
            await asyncio.sleep(0.02)
    assert [content.order_id for content in bench.seen] == ["WO-1"]
    newer = await send(office, bench, "WO-2", wait_ms=8_000)
    assert newer["state"] == "shown"
    assert [content.order_id for content in bench.seen] == ["WO-1", "WO-2"]


async def test_a_bench_that_dies_without_its_relay_tells_after_the_next_start(office, line, bench, tmp_path):
    await goes_away(bench, line)
    await bench.scan("WO-1")
    id_ = bench.last_id
    async with island_bench(line.url, tmp_path / "desk") as restarted:
        # As a kill leaves it: the first one has not closed its files.
        await restarted.reaches(LinkState.OFFLINE)
        assert isinstance(await restarted.scan("WO-2"), IslandShown)
        await comes_back(restarted, line)
        records = await told(office, bench, 2)
    assert sorted(each["id"] for each in records) == sorted([id_, restarted.last_id])
    assert len(await deliveries(office, bench)) == 2


async def test_what_could_not_be_told_is_told_on_the_next_line_without_waiting(
    office, line, bench, monkeypatch
):
    await goes_away(bench, line)
    await bench.scan("WO-1")
    reporter, tried = bench.mode._line._reporter, asyncio.Event()

    async def fail(_credentials):
        tried.set()
        return False

    report = reporter.report
    monkeypatch.setattr(reporter, "report", fail)
    await comes_back(bench, line)
    await asyncio.wait_for(tried.wait(), 8)
    monkeypatch.setattr(reporter, "report", report)
    await goes_away(bench, line)
    await comes_back(bench, line)
    assert len(await told(office, bench)) == 1


async def test_a_relay_that_refuses_what_was_shown_from_memory_is_believed(office, line, bench, monkeypatch):
    await due_today(office, "WO-OFF")
    await bench.knows("WO-OFF")
    monkeypatch.setattr(island_module, "SILENCE_SECONDS", 0.1)
    await office.call("DELETE", "/api/orders/WO-OFF")
    link = bench.workplace.line.link
    ask = link.trigger

    async def slow(trigger, *, wait_ms):
        await until(lambda: len(bench.seen) == 1)
        return await ask(trigger, wait_ms=wait_ms)

    monkeypatch.setattr(link, "trigger", slow)
    answer = await bench.scan("WO-OFF")
    assert isinstance(answer, Problem)
    assert answer.code == "ORDER_NOT_FOUND"
    assert bench.walls.wall().closed == 1
    assert await bench.mode._store.find("WO-OFF", 1) is None


async def test_an_unpaired_bench_remembers_nothing(office, line, bench):
    bench.workplace.status.link_changed(LinkState.UNPAIRED)
    async with asyncio.timeout(8):
        while await bench.mode._store.find("WO-1", 1) is not None:
            await asyncio.sleep(0.02)
